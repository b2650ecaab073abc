/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that show what is the machine's. */
#include "rules/arranging.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int examine(const struct rule *rule, struct stat *ret_status)
{
    char given[32];

    snprintf(given, sizeof(given), "/proc/self/fd/%d", rule->fd);
    if (rule->has_fd)
        return stat(given, ret_status) < 0 ? -errno : 0;
    return stat(rule->source, ret_status) < 0 ? -errno : 0;
}

int arranging_add_bind(struct arranging *work, const struct rule *rule, const struct stat *status,
                       struct strings options, bool writable, struct error *error)
{
    struct item *item = arranging_add_mount(work, rule, rule->path, NULL, options);
    struct config_mount *mount;

    if (!item)
        return error_memory(error);
    mount = (struct config_mount *)(uintptr_t)item->part.mount;
    mount->source = rule->has_fd ? NULL : rule->source;
    mount->has_source_fd = rule->has_fd;
    mount->source_fd = rule->fd;
    item->is_directory = S_ISDIR(status->st_mode);
    item->region = item->is_directory ? REGION_HOST : REGION_NONE;
    item->source = rule->source;
    if (rule->has_fd)
        item->source = arena_printf(work->items.arena, "/proc/self/fd/%d", rule->fd);
    item->writable = writable;
    return item->source ? 0 : error_memory(error);
}

static int add_readonly(struct arranging *work, const struct rule *rule, const struct stat *status,
                        struct error *error)
{
    static const char *options[] = {"rbind", "rro"};

    return arranging_add_bind(work, rule, status, (struct strings){options, ARRAY_LENGTH(options)}, false,
                              error);
}

static int add_writable(struct arranging *work, const struct rule *rule, const struct stat *status,
                        struct error *error)
{
    static const char *options[] = {"rbind"};

    return arranging_add_bind(work, rule, status, (struct strings){options, ARRAY_LENGTH(options)}, true,
                              error);
}

static int add_given_bind(struct arranging *work, const struct rule *rule, const struct stat *status,
                          struct error *error)
{
    bool readonly = rule_has_option(&rule->options, "ro") || rule_has_option(&rule->options, "rro");

    return arranging_add_bind(work, rule, status, rule->options, !readonly, error);
}

static int add_overlay(struct arranging *work, const struct rule *rule, const struct stat *status,
                       struct error *error)
{
    struct item *item;

    if (!S_ISDIR(status->st_mode)) {
        error_set(error, ENOTDIR, "%s is no directory", rule->source);
        error_hint(error, "only a directory can be shown copy-on-write: give the one that it is in");
        return -ENOTDIR;
    }
    if (!rule->has_fd && strcmp(rule->source, rule->path) == 0) {
        work->tree.rule = rule;
        work->tree.sealed = false;
        return machine_tree_add(&work->tree, rule->path, error);
    }
    item = arranging_add(work, PART_COPY_ON_WRITE, rule);
    if (!item)
        return error_memory(error);
    item->part.source = rule->source;
    item->region = REGION_COPY;
    item->source = rule->source;
    item->is_directory = true;
    return 0;
}

/* Nothing can be read-only where nothing is: so nothing may be made there. */
static int add_vacant(struct arranging *work, const struct rule *rule, struct error *error)
{
    struct item *item = arranging_add(work, PART_DENY, rule);

    if (!item)
        return error_memory(error);
    item->part.face = FACE_ENOENT;
    item->is_vacant = true;
    return 0;
}

int arrange_shown(struct arranging *work, const struct rule *rule, struct error *error)
{
    static int (*const kinds[])(struct arranging * work, const struct rule *rule, const struct stat *status,
                                struct error *error) = {
        [RULE_RO] = add_readonly,
        [RULE_RW] = add_writable,
        [RULE_OVERLAY] = add_overlay,
        [RULE_BIND] = add_given_bind,
    };
    struct stat status;
    int result = examine(rule, &status);

    if (result == 0)
        return kinds[rule->kind](work, rule, &status, error);
    if (rule->optional && (result == -ENOENT || result == -ENOTDIR))
        return 0;
    if (rule->kind == RULE_RO && (result == -ENOENT || result == -ENOTDIR))
        return add_vacant(work, rule, error);
    error_call(error, result, "stat", "cannot open the source %s", rule->has_fd ? "given" : rule->source);
    if (result == -ENOENT)
        error_hint(error,
                   "it is never made: create it, correct the rule, or make it \"optional\" in a policy");
    return result;
}
