/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/resolve.h"
#include "rules/order.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINK_LIMIT 40 /* as many as the kernel follows (path_resolution(7)) */

const struct rule *rules_find_parent(const struct rules *rules, const char *path)
{
    CLEANUP_FREE char *copy = strdup(path);
    char *slash = copy ? strrchr(copy, '/') : NULL;

    if (!slash || !path[1])
        return NULL;
    slash[slash == copy] = '\0';
    return rules_find(rules, copy);
}

/* ------------------------------------------------------------------ sources */

static bool shows_machine(enum rule_kind kind)
{
    return kind == RULE_RO || kind == RULE_RW || kind == RULE_OVERLAY;
}

/* The path of the machine that is seen at path, where that rule decides about it. false: none is. */
static bool find_machine_path(const struct rule *rule, const char *path, char ret_path[PATH_MAX])
{
    const char *below = rule ? path_below(path, rule->path) : path;
    const char *source = rule ? (rule->source ? rule->source : rule->path) : "/";
    char given[32];

    if (rule && !shows_machine(rule->kind) && rule->kind != RULE_BIND)
        return false;
    if (rule && rule->has_fd) {
        snprintf(given, sizeof(given), "/proc/self/fd/%d", rule->fd);
        source = given;
    }
    if (!below)
        return false;
    return snprintf(ret_path, PATH_MAX, "%s%s", source[1] ? source : "",
                    below[1] || !source[1] ? below : "") < PATH_MAX;
}

bool rules_show_directory(const struct rules *rules, const char *path)
{
    const struct rule *rule = rules_find(rules, path);
    char machine[PATH_MAX];
    struct stat status;

    if (rule && strcmp(rule->path, path) == 0 &&
        (rule->kind == RULE_TMPFS || rule->kind == RULE_DIRECTORY || rule->kind == RULE_DENY))
        return rule->kind != RULE_DENY || rule->face != FACE_ENOENT;
    return find_machine_path(rule, path, machine) && stat(machine, &status) == 0 && S_ISDIR(status.st_mode);
}

/* What would be seen there without the rule. */
static int find_source(struct rules *rules, struct rule *rule, struct error *error)
{
    char path[PATH_MAX];

    if (!shows_machine(rule->kind) || rule->has_fd)
        return 0;
    rule->source = rule->path;
    if (!find_machine_path(rules_find_parent(rules, rule->path), rule->path, path))
        return 0;
    if (strcmp(path, rule->path) == 0)
        return 0;
    rule->source = arena_copy(&rules->arena, path);
    return rule->source ? 0 : error_memory(error);
}

static int find_sources(struct rules *rules, struct error *error)
{
    int status = 0;

    for (size_t i = 0; i < rules->length && status == 0; i++)
        status = find_source(rules, &rules->values[i], error);
    return status;
}

/* ------------------------------------------------------------------ links */

struct walk {
    const struct rules *rules;
    char path[PATH_MAX]; /* so far; "" is the root */
    int links;
    /* The last directory that was resolved, for many rules lie in one. */
    char last_given[PATH_MAX], last_resolved[PATH_MAX];
};

/* The text of the link at the walk's path, or -1: it is none. */
static ssize_t read_link(const struct walk *walk, char text[PATH_MAX])
{
    const struct rule *exact = rules_find_exactly(walk->rules, walk->path);
    char machine[PATH_MAX];
    ssize_t length;

    if (exact && exact->kind == RULE_SYMLINK)
        return snprintf(text, PATH_MAX, "%s", exact->source);
    if (exact && (exact->kind == RULE_DENY || exact->kind == RULE_FILE))
        return -1;
    if (!find_machine_path(rules_find_parent(walk->rules, walk->path), walk->path, machine))
        return -1;
    length = readlink(machine, text, PATH_MAX - 1);
    if (length >= 0)
        text[length] = '\0';
    return length;
}

static int take(struct walk *walk, const char *text, bool follow_last, const char *what, struct error *error);

static int take_component(struct walk *walk, const char *name, size_t length, bool follow, const char *what,
                          struct error *error)
{
    size_t before = strlen(walk->path);
    char text[PATH_MAX];

    if (length == 1 && *name == '.')
        return 0;
    if (length == 2 && strncmp(name, "..", 2) == 0) {
        char *slash = strrchr(walk->path, '/');

        if (slash)
            *slash = '\0';
        return 0;
    }
    if (before + 1 + length >= PATH_MAX)
        return error_set(error, ENAMETOOLONG, "the path %s is too long", what);
    walk->path[before] = '/';
    memcpy(walk->path + before + 1, name, length);
    walk->path[before + 1 + length] = '\0';
    if (!follow || read_link(walk, text) < 0)
        return 0;
    if (++walk->links > LINK_LIMIT)
        return error_set(error, ELOOP, "the path %s goes through too many links", what);
    walk->path[*text == '/' ? 0 : before] = '\0';
    return take(walk, text, true, what, error);
}

static int take(struct walk *walk, const char *text, bool follow_last, const char *what, struct error *error)
{
    int status = 0;

    for (text += strspn(text, "/"); *text && status == 0;) {
        size_t length = strcspn(text, "/");
        const char *next = text + length + strspn(text + length, "/");

        status = take_component(walk, text, length, *next || follow_last, what, error);
        text = next;
    }
    return status;
}

/* The directory that the path lies in. */
static int take_directory(struct walk *walk, const char *path, struct error *error)
{
    size_t length = (size_t)(strrchr(path, '/') - path);
    int status;

    walk->links = 0;
    *walk->path = '\0';
    if (length >= PATH_MAX)
        return error_set(error, ENAMETOOLONG, "the path %s is too long", path);
    if (length > 0 && strncmp(walk->last_given, path, length) == 0 && !walk->last_given[length]) {
        strcpy(walk->path, walk->last_resolved);
        return 0;
    }
    memcpy(walk->last_given, path, length);
    walk->last_given[length] = '\0';
    status = take(walk, walk->last_given, true, path, error);
    if (status < 0)
        *walk->last_given = '\0';
    strcpy(walk->last_resolved, walk->path);
    return status;
}

static bool is_about_link(const struct rule *rule)
{
    return rule->kind == RULE_DENY || rule->kind == RULE_SYMLINK || rule->kind == RULE_FILE;
}

static int resolve(struct walk *walk, struct rules *rules, struct rule *rule, const char **ret_path,
                   struct error *error)
{
    int status = take_directory(walk, rule->path, error);

    if (status == 0)
        status = take(walk, strrchr(rule->path, '/'), !is_about_link(rule), rule->path, error);
    if (status < 0) {
        rule_error_place(rule, error);
        return status;
    }
    *ret_path = rule->path;
    if (strcmp(*walk->path ? walk->path : "/", rule->path) == 0)
        return 0;
    *ret_path = arena_copy(&rules->arena, *walk->path ? walk->path : "/");
    return *ret_path ? 0 : error_memory(error);
}

static int resolve_all(struct walk *walk, struct rules *rules, struct error *error)
{
    const char **paths = arena_allocate(&rules->arena, rules->length + 1, sizeof(*paths));
    int status = 0;

    if (!paths)
        return error_memory(error);
    walk->rules = rules;
    for (size_t i = 0; i < rules->length && status == 0; i++)
        status = resolve(walk, rules, &rules->values[i], &paths[i], error);
    for (size_t i = 0; i < rules->length && status == 0; i++) {
        rules->values[i].path = paths[i];
        if (shows_machine(rules->values[i].kind)) /* it was that of the old path */
            rules->values[i].source = NULL;
    }
    return status == 0 ? rules_merge_same(rules, error) : status;
}

int rules_resolve(struct rules *rules, struct error *error)
{
    CLEANUP_FREE struct walk *walk = calloc(1, sizeof(*walk));
    int status = walk ? find_sources(rules, error) : error_memory(error);

    if (status == 0)
        status = resolve_all(walk, rules, error);
    return status == 0 ? find_sources(rules, error) : status;
}
