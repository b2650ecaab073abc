/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule becomes one item or a few; then src/rules/targets.c looks at what they need to be put at. */
#include "rules/arrange.h"
#include "rules/machine_tree.h"
#include "rules/resolve.h"
#include "rules/targets.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct arranging {
    struct config *config;
    struct rules *rules;
    struct items items;
    struct machine_tree tree;
};

static int examine(const struct rule *rule, struct stat *ret_status)
{
    char given[32];

    snprintf(given, sizeof(given), "/proc/self/fd/%d", rule->fd);
    if (rule->has_fd)
        return stat(given, ret_status) < 0 ? -errno : 0;
    return stat(rule->source, ret_status) < 0 ? -errno : 0;
}

static struct item *add(struct arranging *work, enum config_part_kind kind, const struct rule *rule)
{
    struct item *item = items_add(&work->items, kind, rule->path, rule->origin);

    if (item)
        item->rule = rule;
    return item;
}

/* A mount as mounts[] of a configuration would have it; the options are static or the rule's. */
static struct item *add_mount(struct arranging *work, const struct rule *rule, const char *path,
                              const char *type, struct strings options)
{
    struct item *item = items_add(&work->items, PART_MOUNT, path, rule->origin);
    struct config_mount *mount = arena_allocate(work->items.arena, 1, sizeof(*mount));

    if (!item || !mount)
        return NULL;
    *mount =
        (struct config_mount){.origin = rule->origin, .destination = path, .type = type, .options = options};
    item->part.mount = mount;
    item->rule = rule;
    item->is_directory = true;
    item->region = REGION_KERNEL;
    return item;
}

/* ------------------------------------------------------------------ what is the machine's */

static int add_bind(struct arranging *work, const struct rule *rule, const struct stat *status,
                    struct strings options, bool writable, struct error *error)
{
    struct item *item = add_mount(work, rule, rule->path, NULL, options);
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

    return add_bind(work, rule, status, (struct strings){options, ARRAY_LENGTH(options)}, false, error);
}

static int add_writable(struct arranging *work, const struct rule *rule, const struct stat *status,
                        struct error *error)
{
    static const char *options[] = {"rbind"};

    return add_bind(work, rule, status, (struct strings){options, ARRAY_LENGTH(options)}, true, error);
}

static bool has_option(const struct strings *options, const char *word)
{
    for (size_t i = 0; i < options->length; i++)
        if (strcmp(options->values[i], word) == 0)
            return true;
    return false;
}

static int add_given_bind(struct arranging *work, const struct rule *rule, const struct stat *status,
                          struct error *error)
{
    bool readonly = has_option(&rule->options, "ro") || has_option(&rule->options, "rro");

    return add_bind(work, rule, status, rule->options, !readonly, error);
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
    item = add(work, PART_COPY_ON_WRITE, rule);
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
    struct item *item = add(work, PART_DENY, rule);

    if (!item)
        return error_memory(error);
    item->part.face = FACE_ENOENT;
    item->is_vacant = true;
    return 0;
}

static int add_shown(struct arranging *work, const struct rule *rule, struct error *error)
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

/* ------------------------------------------------------------------ what is made */

static int add_denied(struct arranging *work, const struct rule *rule, struct error *error)
{
    struct item *item = add(work, PART_DENY, rule);

    if (!item)
        return error_memory(error);
    item->part.face = rule->face;
    item->is_vacant = rule->face == FACE_ENOENT;
    item->region = item->is_vacant ? REGION_NONE : REGION_MEMORY;
    return 0;
}

static int add_tmpfs(struct arranging *work, const struct rule *rule, struct error *error)
{
    static const char *options[] = {"nosuid", "nodev"};
    struct strings usual = {options, ARRAY_LENGTH(options)};
    struct item *item =
        add_mount(work, rule, rule->path, "tmpfs", rule->options.length ? rule->options : usual);

    if (!item)
        return error_memory(error);
    item->region = REGION_MEMORY;
    return 0;
}

static int add_proc(struct arranging *work, const struct rule *rule, struct error *error)
{
    static const char *fresh[] = {"nosuid", "nodev", "noexec"};
    static const char *outer[] = {"rbind", "rro", "rnosuid", "rnodev", "rnoexec"};
    struct rule machine = *rule;
    struct item *item;
    struct stat status;

    switch (rule->proc) {
    case PROC_FRESH:
        item = add_mount(work, rule, rule->path, "proc",
                         rule->options.length ? rule->options : (struct strings){fresh, ARRAY_LENGTH(fresh)});
        if (!item)
            return error_memory(error);
        /* Before /dev, some of whose links are there only with what they lead to. */
        item->before = strcmp(rule->path, "/proc") == 0 ? "/dev" : NULL;
        item->turn = 0;
        return 0;
    case PROC_OUTER:
        machine.source = "/proc";
        if (stat(machine.source, &status) < 0)
            return error_call(error, errno, "stat", "cannot find the machine's /proc");
        return add_bind(work, &machine, &status, (struct strings){outer, ARRAY_LENGTH(outer)}, false, error);
    case PROC_NONE:
        item = add(work, PART_DENY, rule);
        if (!item)
            return error_memory(error);
        item->is_directory = true;
        return 0;
    }
    return 0;
}

static int add_dev(struct arranging *work, const struct rule *rule, struct error *error)
{
    static const char *dev[] = {"nosuid", "strictatime", "mode=755", "size=65536k", "ro"};
    static const char *pts[] = {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=620", "gid=5"};
    bool readonly = has_option(&rule->options, "ro");
    struct item *item;

    if (rule->options.length > readonly)
        return error_set(error, EINVAL, "the only option that /dev takes is \"ro\"");
    if (strcmp(rule->path, "/dev") != 0)
        return error_set(error, ENOTSUP, "the devices can be at /dev only, not at %s", rule->path);
    item = add_mount(work, rule, "/dev", "tmpfs", (struct strings){dev, ARRAY_LENGTH(dev) - !readonly});
    if (!item)
        return error_memory(error);
    item->region = REGION_MEMORY;
    /* Nodes and links are there before anything that a rule has to say about one of them. */
    item = add_mount(work, rule, "/dev/pts", "devpts", (struct strings){pts, ARRAY_LENGTH(pts)});
    if (!item)
        return error_memory(error);
    item->before = "/dev";
    item = add(work, PART_DEVICES, rule);
    if (!item)
        return error_memory(error);
    item->makes_itself = true;
    return 0;
}

static int add_kernel(struct arranging *work, const struct rule *rule, struct error *error)
{
    static const char *options[] = {"nosuid", "nodev", "noexec", "ro"};
    struct strings usual = {options, ARRAY_LENGTH(options) - (rule->kind == RULE_MQUEUE)};
    const char *type = rule->kind == RULE_MQUEUE ? "mqueue" : "sysfs";

    return add_mount(work, rule, rule->path, type, rule->options.length ? rule->options : usual)
               ? 0
               : error_memory(error);
}

static int add_directory(struct arranging *work, const struct rule *rule, struct error *error)
{
    struct item *item = add(work, PART_DIRECTORY, rule);

    if (!item)
        return error_memory(error);
    item->part.mode = rule->has_mode ? rule->mode : 0755;
    item->makes_itself = true;
    item->is_directory = true;
    return 0;
}

static int add_symlink(struct arranging *work, const struct rule *rule, struct error *error)
{
    struct item *item = add(work, PART_SYMLINK, rule);

    if (!item)
        return error_memory(error);
    item->part.text = rule->source;
    item->makes_itself = true;
    return 0;
}

static int add_file(struct arranging *work, const struct rule *rule, struct error *error)
{
    struct item *item = add(work, PART_FILE, rule);

    if (!item)
        return error_memory(error);
    item->part.mode = rule->has_mode ? rule->mode : 0644;
    item->part.text = rule->data ? rule->data : "";
    item->part.text_length = rule->data_length;
    item->part.readonly = rule->readonly;
    return 0;
}

/* ------------------------------------------------------------------ all of them */

static int (*const kinds[RULE_KINDS])(struct arranging *work, const struct rule *rule,
                                      struct error *error) = {
    [RULE_RO] = add_shown,
    [RULE_RW] = add_shown,
    [RULE_OVERLAY] = add_shown,
    [RULE_BIND] = add_shown,
    [RULE_DENY] = add_denied,
    [RULE_TMPFS] = add_tmpfs,
    [RULE_PROC] = add_proc,
    [RULE_DEV] = add_dev,
    [RULE_MQUEUE] = add_kernel,
    [RULE_SYSFS] = add_kernel,
    [RULE_DIRECTORY] = add_directory,
    [RULE_SYMLINK] = add_symlink,
    [RULE_FILE] = add_file,
};

/* Without a rule about it the root is copy-on-write; read-only, it is the same, sealed when all is in place. */
static int add_base(struct arranging *work, struct error *error)
{
    const struct rule *rule = rules_find_exactly(work->rules, "/");

    if (rule && rule->kind != RULE_RO && rule->kind != RULE_OVERLAY)
        return 0;
    work->tree.rule = rule;
    work->tree.sealed = rule && rule->kind == RULE_RO;
    work->config->rootfs_readonly = work->tree.sealed;
    return machine_tree_add(&work->tree, "/", error);
}

static bool is_base(const struct rule *rule)
{
    return strcmp(rule->path, "/") == 0 && (rule->kind == RULE_RO || rule->kind == RULE_OVERLAY);
}

static int add_rules(struct arranging *work, struct error *error)
{
    for (size_t i = 0; i < work->rules->length; i++) {
        const struct rule *rule = &work->rules->values[i];
        int status = is_base(rule) ? 0 : kinds[rule->kind](work, rule, error);

        if (status < 0) {
            rule_error_place(rule, error);
            return status;
        }
    }
    return 0;
}

/* What a box has of its own where no rule says something else. */
static int add_system(struct rules *rules, struct error *error)
{
    static const char *shm[] = {"nosuid", "nodev", "noexec", "mode=1777"};
    static const struct rule system[] = {
        {.kind = RULE_PROC, .path = "/proc"},
        {.kind = RULE_SYSFS, .path = "/sys"},
        {.kind = RULE_DEV, .path = "/dev"},
        {.kind = RULE_TMPFS, .path = "/dev/shm", .options = {shm, ARRAY_LENGTH(shm)}},
        {.kind = RULE_MQUEUE, .path = "/dev/mqueue"},
    };
    size_t length = rules->length;
    int status = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(system) && status == 0; i++) {
        struct rule rule = system[i];
        bool given = false;

        rule.origin = "the box's own";
        for (size_t j = 0; j < length; j++) {
            const char *path = rules->values[j].path;

            given = given || strcmp(path, rule.path) == 0 ||
                    (strcmp(path, "/dev") == 0 && path_below(rule.path, path) &&
                     rules->values[j].kind != RULE_DEV);
        }
        if (!given)
            status = rules_add(rules, &rule, error);
    }
    return status;
}

int rules_arrange(struct rules *rules, const struct arrangement *arrangement, struct config *config,
                  struct error *error)
{
    struct arranging work = {.config = config, .rules = rules, .items = {.arena = &config->arena}};
    int status = rules->settled ? 0 : rules_settle(rules, error);

    work.tree = (struct machine_tree){.items = &work.items, .rules = rules, .locked = arrangement->locked};
    if (status == 0 && !rules->without_system)
        status = add_system(rules, error);
    if (status == 0)
        status = rules_merge_same(rules, error);
    if (status == 0)
        status = rules_resolve(rules, error);
    if (status == 0)
        status = machine_tree_read(&work.tree, error);
    if (status == 0)
        status = add_base(&work, error);
    if (status == 0)
        status = add_rules(&work, error);
    if (status == 0)
        status = targets_see_to(&work.items, &work.tree, error);
    return status == 0 ? items_emit(&work.items, config, error) : status;
}
