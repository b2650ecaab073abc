/* SPDX-License-Identifier: Apache-2.0 */
#include "container/drift_causes.h"
#include "verify/id_map.h"

#include <string.h>

struct search {
    struct drift *drift;
    struct arena *arena;
    const char *changes;
    struct id_map by_id; /* of the table */
};

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);

    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* Whether the last change that `holdfast mounts` made at the path, or above it, is this one. */
static bool was_changed(const struct search *search, char sign, const char *path)
{
    bool found = false;

    for (const char *line = search->changes; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t length = strcspn(line, "\n");

        if (length > 1 && strncmp(path, line + 1, length - 1) == 0 &&
            (path[length - 1] == '\0' || path[length - 1] == '/'))
            found = *line == sign;
    }
    return found;
}

/* The number of the group that a mount hears; NULL: none. */
static const char *find_master(struct arena *arena, const char *tags)
{
    const char *master = strstr(tags, "master:");

    return master ? arena_printf(arena, "peer group %.*s", (int)strspn(master + 7, "0123456789"), master + 7)
                  : NULL;
}

/* What the kernel brings lies in a mount that hears or shares, and hears itself of its original, or shares with it. */
static const char *find_propagation(const struct search *search, const struct mount_entry *entry)
{
    const struct mount_table *table = &search->drift->table;
    size_t parent = id_map_find(&search->by_id, entry->parent_id);
    const char *group = parent == NO_PLACE ? NULL : find_master(search->arena, table->entries[parent].tags);

    return group && strstr(entry->tags, "master:")
               ? arena_printf(search->arena, "propagated from the host, %s", group)
               : NULL;
}

static const char *cause_of_unexpected(const struct search *search, const struct difference *difference)
{
    const struct mount_entry *entry = &search->drift->table.entries[difference->entry];
    const char *cause;

    if (was_changed(search, '+', entry->point))
        return "added by holdfast mounts add";
    cause = find_propagation(search, entry);
    return cause ? cause : "mounted inside the container";
}

static const char *cause_of_missing(const struct search *search, const struct difference *difference)
{
    const struct expected_mount *mount = &search->drift->expectation.mounts[difference->mount];
    const char *group = find_master(search->arena, mount->tags);

    if (was_changed(search, '-', mount->place))
        return "removed by holdfast mounts remove";
    return group ? arena_printf(search->arena, "unmounted inside the container, or on the host (%s)", group)
                 : "unmounted inside the container";
}

static const char *cause_of_root(const struct search *search, const struct difference *difference)
{
    (void)search;
    return ends_with(difference->found, "//deleted") ? "the source was deleted or replaced"
                                                     : "the source was renamed";
}

static const char *cause_of_flags(const struct search *search, const struct difference *difference)
{
    (void)search, (void)difference;
    return "changed inside the container";
}

static const char *(*const causes[DIFFERENCE_KINDS])(const struct search *search,
                                                     const struct difference *difference) = {
    [DIFFERENCE_UNEXPECTED] = cause_of_unexpected,
    [DIFFERENCE_MISSING] = cause_of_missing,
    [DIFFERENCE_ROOT] = cause_of_root,
    [DIFFERENCE_ATTRIBUTES] = cause_of_flags,
    [DIFFERENCE_PROPAGATION] = cause_of_flags,
};

int drift_find_causes(struct drift *drift, const char *changes, struct error *error)
{
    struct search search = {.drift = drift, .arena = &drift->arena, .changes = changes};

    if (drift->comparison.length == 0)
        return 0;
    if (id_map_init(&search.by_id, search.arena, drift->table.length) < 0)
        return error_memory(error);
    for (size_t i = 0; i < drift->table.length; i++)
        id_map_put(&search.by_id, drift->table.entries[i].id, i);
    for (size_t i = 0; i < drift->comparison.length; i++) {
        struct difference *difference = &drift->comparison.differences[i];

        if (causes[difference->kind])
            difference->cause = causes[difference->kind](&search, difference);
    }
    return 0;
}
