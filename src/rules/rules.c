/* SPDX-License-Identifier: Apache-2.0 */
/* A set of rules: adding to it, finding in it. */
#include "rules/order.h"
#include "rules/resolve.h"

#include <string.h>

static const char *const kind_names[RULE_KINDS] = {
    [RULE_RO] = "ro",
    [RULE_RW] = "rw",
    [RULE_OVERLAY] = "overlay",
    [RULE_BIND] = "bind",
    [RULE_DENY] = "deny",
    [RULE_TMPFS] = "tmpfs",
    [RULE_PROC] = "proc",
    [RULE_DEV] = "dev",
    [RULE_MQUEUE] = "mqueue",
    [RULE_SYSFS] = "sysfs",
    [RULE_DIRECTORY] = "directory",
    [RULE_SYMLINK] = "symlink",
    [RULE_FILE] = "file",
};

const char *rule_kind_name(enum rule_kind kind)
{
    return kind_names[kind];
}

void rules_clear(struct rules *rules)
{
    arena_clear(&rules->arena);
    *rules = (struct rules){0};
}

void rule_error_place(const struct rule *rule, struct error *error)
{
    error_place(error, "%s", rule->origin);
}

static int copy_text(struct rules *rules, const char **text)
{
    if (!*text)
        return 0;
    *text = arena_copy(&rules->arena, *text);
    return *text ? 0 : -ENOMEM;
}

/* A bind shows the mounts below its source, too, unless it says "bind". */
static bool needs_rbind(const struct rule *rule)
{
    if (rule->kind != RULE_BIND)
        return false;
    for (size_t i = 0; i < rule->options.length; i++)
        if (strcmp(rule->options.values[i], "bind") == 0 || strcmp(rule->options.values[i], "rbind") == 0)
            return false;
    return true;
}

static int copy_options(struct rules *rules, struct rule *rule)
{
    const struct strings *given = &rule->options;
    const char **values = arena_allocate(&rules->arena, given->length + 1, sizeof(*values));
    size_t length = 0;

    if (!values)
        return -ENOMEM;
    if (needs_rbind(rule))
        values[length++] = "rbind";
    for (size_t i = 0; i < given->length; i++, length++) {
        values[length] = given->values[i];
        if (copy_text(rules, &values[length]) < 0)
            return -ENOMEM;
    }
    rule->options = (struct strings){values, length};
    return 0;
}

static int copy_rule(struct rules *rules, struct rule *rule)
{
    if (copy_text(rules, &rule->path) < 0 || copy_text(rules, &rule->origin) < 0 ||
        copy_text(rules, &rule->source) < 0 || copy_options(rules, rule) < 0)
        return -ENOMEM;
    if (!rule->data)
        return 0;
    rule->data = arena_copy_range(&rules->arena, rule->data, rule->data_length);
    return rule->data ? 0 : -ENOMEM;
}

int rules_add(struct rules *rules, const struct rule *rule, struct error *error)
{
    struct rule copy = *rule;
    struct rule *place;

    if (copy_rule(rules, &copy) < 0)
        return error_memory(error);
    place = arena_append(&rules->arena, (void **)&rules->values, &rules->length, sizeof(*rules->values));
    if (!place)
        return error_memory(error);
    *place = copy;
    rules->settled = false;
    return 0;
}

/* "/" comes before every other character, so that a directory is followed by all that is below it. */
int path_order(const char *one, const char *other)
{
    while (*one && *one == *other) {
        one++;
        other++;
    }
    if (*one == *other)
        return 0;
    if (!*one || !*other)
        return *one ? 1 : -1;
    if (*one == '/' || *other == '/')
        return *one == '/' ? -1 : 1;
    return (unsigned char)*one < (unsigned char)*other ? -1 : 1;
}

const char *path_below(const char *path, const char *directory)
{
    size_t length = directory[1] ? strlen(directory) : 0;

    if (strncmp(path, directory, length) != 0 || (path[length] != '/' && path[length]))
        return NULL;
    return path[length] ? path + length : "/";
}

const struct rule *rules_find_exactly(const struct rules *rules, const char *path)
{
    size_t low = 0, high = rules->length;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = path_order(rules->values[middle].path, path);

        if (order == 0)
            return &rules->values[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct rule *rules_find(const struct rules *rules, const char *path)
{
    CLEANUP_FREE char *copy = strdup(path);

    while (copy && *copy) {
        const struct rule *found = rules_find_exactly(rules, copy);
        char *slash;

        if (found || !copy[1])
            return found;
        slash = strrchr(copy, '/');
        slash[slash == copy] = '\0';
    }
    return NULL;
}
