/* SPDX-License-Identifier: Apache-2.0 */
/* What the options of a bubblewrap command line have made so far. */
#include "rules/bwrap_reading.h"
#include "rules/order.h"

#include <string.h>

const char *bwrap_tidy(struct rules *rules, const char *path)
{
    char *copy = arena_printf(&rules->arena, "/%s/", path);
    char *write = copy;

    for (const char *read = copy; read && *read; read++)
        if (*read != '/' || write == copy || write[-1] != '/')
            *write++ = *read;
    if (copy && write > copy + 1)
        write--;
    if (copy)
        *write = '\0';
    return copy;
}

struct rule *bwrap_find(struct rules *rules, const char *path)
{
    for (size_t i = 0; i < rules->length; i++)
        if (strcmp(rules->values[i].path, path) == 0)
            return &rules->values[i];
    return NULL;
}

/* What was at the path, and below it, can't be seen any more. */
static void cover(struct rules *rules, const char *path)
{
    size_t kept = 0;

    for (size_t i = 0; i < rules->length; i++)
        if (!path_below(rules->values[i].path, path))
            rules->values[kept++] = rules->values[i];
    rules->length = kept;
}

const struct rule *bwrap_find_region(const struct rules *rules, const char *path)
{
    const struct rule *region = NULL;

    for (size_t i = 0; i < rules->length; i++) {
        const struct rule *rule = &rules->values[i];

        if (rule->kind != RULE_DIRECTORY && rule->kind != RULE_SYMLINK && path_below(path, rule->path) &&
            (!region || strlen(rule->path) > strlen(region->path)))
            region = rule;
    }
    return region;
}

/* What leads to a place in memory is made, and bubblewrap lets nobody into it whom the last permissions keep out. */
static int add_parents(struct bwrap_reading *work, const char *path, uint32_t mode, struct error *error)
{
    struct rule parent = {.kind = RULE_DIRECTORY, .origin = work->option, .has_mode = true};

    parent.mode = 0755u & ~(mode & 0070 ? 0u : 0050u) & ~(mode & 0007 ? 0u : 0005u);
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        const struct rule *region;

        parent.path = arena_copy_range(&work->rules->arena, path, (size_t)(slash - path));
        if (!parent.path)
            return error_memory(error);
        region = bwrap_find_region(work->rules, parent.path);
        if (!region || region->kind != RULE_TMPFS || bwrap_find(work->rules, parent.path))
            continue;
        if (rules_add(work->rules, &parent, error) < 0)
            return -error->code;
    }
    return 0;
}

int bwrap_add(struct bwrap_reading *work, struct rule *rule, uint32_t mode, struct error *error)
{
    cover(work->rules, rule->path);
    rule->origin = work->option;
    if (add_parents(work, rule->path, mode, error) < 0)
        return -error->code;
    return rules_add(work->rules, rule, error);
}

int bwrap_add_words(struct bwrap_reading *work, const char *text, struct strings *list, struct error *error)
{
    struct arena *arena = &work->rules->arena;
    char *rest = arena_copy(arena, text);
    char *word;

    while (rest && (word = strsep(&rest, ","))) {
        const char **place =
            arena_append(arena, (void **)&list->values, &list->length, sizeof(*list->values));

        if (!place)
            return error_memory(error);
        *place = word;
    }
    return 0;
}
