/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/compare.h"
#include "base/fd.h"
#include "verify/attribute_words.h"
#include "verify/compare_fields.h"
#include "verify/place_index.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#define TEXT_DIFFERENCES 5

static const char *const names[DIFFERENCE_KINDS] = {
    [DIFFERENCE_MISSING] = "missing",
    [DIFFERENCE_UNEXPECTED] = "unexpected",
    [DIFFERENCE_PLACE] = "place",
    [DIFFERENCE_PARENT] = "parent",
    [DIFFERENCE_TYPE] = "type",
    [DIFFERENCE_DEVICE] = "device",
    [DIFFERENCE_ROOT] = "root",
    [DIFFERENCE_SOURCE] = "source",
    [DIFFERENCE_OBJECT] = "object",
    [DIFFERENCE_ATTRIBUTES] = "attributes",
    [DIFFERENCE_PROPAGATION] = "propagation",
};

const char *difference_name(enum difference_kind kind)
{
    return names[kind];
}

int compare_note(struct comparing *comparing, struct difference difference)
{
    struct comparison *comparison = &comparing->comparison;
    struct difference *place;

    if (!difference.expected || !difference.found)
        return -ENOMEM;
    place = arena_append(comparing->arena, (void **)&comparison->differences, &comparison->length,
                         sizeof(*place));
    if (!place)
        return -ENOMEM;
    *place = difference;
    return 0;
}

/* ------------------------------------------------------------------ expected mounts */

/* Mounts that went leave their numbers to later ones. One that is elsewhere is the same mount, moved, only if it has what
 * never changes of a mount. */
static bool is_later_one(const struct expected_mount *mount, const struct mount_entry *entry)
{
    return strcmp(mount->place, entry->point) != 0 &&
           (strcmp(mount->type, entry->type) != 0 || strcmp(mount->source, entry->source) != 0 ||
            mount->device != makedev(entry->major, entry->minor));
}

static size_t find_recorded(const struct comparing *comparing, const struct expected_mount *mount)
{
    size_t entry = id_map_find(&comparing->by_id, mount->id);

    return entry != NO_PLACE && is_later_one(mount, &comparing->table->entries[entry]) ? NO_PLACE : entry;
}

static size_t find_entry(struct comparing *comparing, size_t index)
{
    const struct expected_mount *mount = &comparing->expectation->mounts[index];

    if (mount->id && comparing->expectation->by_id.slots &&
        id_map_find(&comparing->expectation->by_id, mount->id) != index)
        return NO_PLACE;
    if (mount->id && comparing->expectation->is_exact)
        return find_recorded(comparing, mount);
    if (mount->id)
        return id_map_find(&comparing->by_id, mount->id);
    return place_index_take(&comparing->by_place, mount->place);
}

static int compare_expected(struct comparing *comparing, size_t index)
{
    const struct expected_mount *mount = &comparing->expectation->mounts[index];
    size_t entry = find_entry(comparing, index);

    if (entry != NO_PLACE) {
        comparing->comparison.owners[entry] = (struct owner){OWNER_PLAN, index};
        return compare_fields(comparing, index, entry);
    }
    if (mount->may_be_missing)
        return 0;
    return compare_note(comparing, (struct difference){DIFFERENCE_MISSING, mount->place, mount->origin,
                                                       "a mount", "none", NULL, NO_PLACE, index});
}

/* ------------------------------------------------------------------ the others */

static bool is_in_peer_group(const struct mount_entry *entry)
{
    return strstr(entry->tags, "shared:") || strstr(entry->tags, "master:");
}

/* The nearest mount above that is known about; NO_PLACE: none. Since Linux 6.8 a table is in the order of the mounts'
 * numbers, and a mount may be older than the one that it was put in. */
static size_t find_above(const struct comparing *comparing, size_t index)
{
    const struct mount_table *table = comparing->table;

    for (size_t steps = 0; steps < table->length; steps++) {
        size_t parent = id_map_find(&comparing->by_id, table->entries[index].parent_id);

        if (parent == NO_PLACE || parent == index)
            return NO_PLACE;
        if (comparing->comparison.owners[parent].kind != OWNER_UNKNOWN)
            return parent;
        index = parent;
    }
    return NO_PLACE;
}

/* Below what the hooks found there, and new since then. */
static bool is_of_hooks(const struct comparing *comparing, size_t index, const struct expected_mount *above)
{
    const struct id_map *before = &comparing->expectation->before_hooks;

    return before->slots && above->before_hooks &&
           id_map_find(before, comparing->table->entries[index].id) == NO_PLACE;
}

static struct owner owner_below(const struct comparing *comparing, size_t index, size_t parent)
{
    const struct comparison *comparison = &comparing->comparison;
    struct owner owner =
        parent == NO_PLACE ? (struct owner){OWNER_NONE, NO_PLACE} : comparison->owners[parent];
    const struct expected_mount *mount =
        owner.kind == OWNER_PLAN ? &comparing->expectation->mounts[owner.mount] : NULL;

    if (comparing->expectation->is_exact)
        return (struct owner){OWNER_NONE, NO_PLACE};
    if (comparing->expectation->is_addition && (parent == NO_PLACE || owner.kind == OWNER_OTHER))
        return (struct owner){OWNER_OTHER, NO_PLACE};
    if (mount && is_of_hooks(comparing, index, mount))
        return (struct owner){OWNER_HOOKS, NO_PLACE};
    if (mount && (mount->brings_mounts || is_in_peer_group(&comparing->table->entries[parent])))
        return (struct owner){OWNER_BELOW, owner.mount};
    if (owner.kind == OWNER_BELOW)
        return owner;
    return comparing->expectation->has_hooks ? (struct owner){OWNER_HOOKS, NO_PLACE}
                                             : (struct owner){OWNER_NONE, NO_PLACE};
}

static int note_unexpected(struct comparing *comparing, size_t index)
{
    const struct mount_entry *entry = &comparing->table->entries[index];
    const char *found =
        arena_printf(comparing->arena, "%s of %s", entry->type, *entry->source ? entry->source : "nothing");

    return compare_note(comparing, (struct difference){DIFFERENCE_UNEXPECTED, entry->point, NULL, "no mount",
                                                       found, NULL, index, NO_PLACE});
}

static int compare_other(struct comparing *comparing, size_t index)
{
    struct owner owner = owner_below(comparing, index, find_above(comparing, index));

    comparing->comparison.owners[index] = owner;
    if (owner.kind == OWNER_BELOW)
        return compare_below(comparing, owner.mount, index);
    return owner.kind == OWNER_NONE ? note_unexpected(comparing, index) : 0;
}

/* ------------------------------------------------------------------ all */

static int begin(struct comparing *comparing)
{
    const struct mount_table *table = comparing->table;
    int status = id_map_init(&comparing->by_id, comparing->arena, table->length);

    comparing->comparison.owners =
        arena_allocate(comparing->arena, table->length + 1, sizeof(*comparing->comparison.owners));
    if (status < 0 || !comparing->comparison.owners)
        return -ENOMEM;
    for (size_t i = 0; i < table->length; i++)
        id_map_put(&comparing->by_id, table->entries[i].id, i);
    for (size_t i = 0; i < comparing->expectation->length; i++)
        if (!comparing->expectation->mounts[i].id)
            return place_index_init(&comparing->by_place, comparing->arena, table);
    return 0;
}

static int compare_all(struct comparing *comparing)
{
    int status = begin(comparing);

    for (size_t i = 0; i < comparing->expectation->length && status == 0; i++)
        status = compare_expected(comparing, i);
    for (size_t i = 0; i < comparing->table->length && status == 0; i++)
        if (comparing->comparison.owners[i].kind == OWNER_UNKNOWN)
            status = compare_other(comparing, i);
    return status;
}

int compare_mounts(const struct expectation *expectation, const struct mount_table *table, int root_fd,
                   struct arena *arena, struct comparison *ret_comparison, struct error *error)
{
    struct comparing comparing = {
        .expectation = expectation, .table = table, .root_fd = root_fd, .arena = arena};

    if (compare_all(&comparing) < 0)
        return error_memory(error);
    *ret_comparison = comparing.comparison;
    return 0;
}

static const char *add_text(struct arena *arena, const char *text, const struct difference *difference)
{
    /* What is added to a running container is named by its place. */
    bool has_origin = difference->origin && strcmp(difference->origin, difference->place) != 0;

    return arena_printf(arena, "%s%s%s%s%s%s: expected %s, found %s", text, *text ? "; " : "",
                        difference->place, has_origin ? " (" : "", has_origin ? difference->origin : "",
                        has_origin ? ")" : "", difference->expected, difference->found);
}

const char *comparison_text(const struct comparison *comparison, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < comparison->length && i < TEXT_DIFFERENCES && text; i++)
        text = add_text(arena, text, &comparison->differences[i]);
    if (text && comparison->length > TEXT_DIFFERENCES)
        text = arena_printf(arena, "%s; and %zu more", text, comparison->length - TEXT_DIFFERENCES);
    return text;
}
