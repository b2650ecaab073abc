/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk over the sorted items, with the regions that each one lies in on a stack:
 *
 *   in memory         what is missing is made when its turn comes
 *   copy-on-write     it is made in the upper layer before the overlay is mounted; what is to be hidden is whited out
 *   the machine's     the directory that lacks it, or has it, is covered: read-only by an overlay that nobody can write
 *                     in the end, writable by a tmpfs with a bind of each entry, so that what is written to those
 *                     goes through
 */
#include "rules/targets.h"
#include "rules/covers.h"
#include "rules/region.h"

#include <string.h>

struct seeing {
    struct items *items;
    const struct machine_tree *tree;
    struct covers covers;
    size_t *stack; /* items whose regions the present one lies in */
    size_t depth;
    size_t length;   /* the items that were there in the beginning */
    bool has_hidden; /* in what stays writable */
    const char *last_pinned;
};

/* ------------------------------------------------------------------ where an item lies */

static struct item *find_parent(struct seeing *work, const struct item *item)
{
    size_t depth;

    while (work->depth > 0 &&
           !path_below(item->part.path, work->items->values[work->stack[work->depth - 1]].part.path))
        work->depth--;
    depth = work->depth;
    while (depth > 0 && strcmp(work->items->values[work->stack[depth - 1]].part.path, item->part.path) == 0)
        depth--;
    return depth > 0 ? &work->items->values[work->stack[depth - 1]] : NULL;
}

/* ------------------------------------------------------------------ what leads to an item */

static char *directory_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    return arena_copy_range(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

/* The deepest directory on the way to path that is there; the region's own is. */
static char *find_deepest(struct seeing *work, const struct item *region, const char *path)
{
    char *directory = directory_of(work->items->arena, path);

    while (directory && strcmp(directory, region->part.path) != 0 && region_has(region, directory) != 1)
        directory = directory_of(work->items->arena, directory);
    return directory;
}

/* Rules that protect would be got round by it. */
static bool has_to_stay(const struct item *item)
{
    return item->rule && (item->part.kind == PART_DENY || item->rule->kind == RULE_RO);
}

/* A directory on the way could be renamed, and another one made in its place: as a mount point it can't (rename(2),
 * EBUSY). In what is copy-on-write all of them are there by then; in what covers the machine's they can't be renamed. */
static int pin_way(struct seeing *work, const struct item *item, const struct item *region,
                   struct error *error)
{
    char *directory;

    if (!has_to_stay(item))
        return 0;
    directory = region->region == REGION_COPY ? directory_of(work->items->arena, item->part.path)
                                              : find_deepest(work, region, item->part.path);
    if (directory && work->last_pinned && strcmp(directory, work->last_pinned) == 0)
        return 0;
    work->last_pinned = directory;
    for (; directory && strcmp(directory, region->part.path) != 0;
         directory = directory_of(work->items->arena, directory)) {
        struct item *pin = items_add(work->items, PART_PIN, directory, "kept in its place");

        if (!pin)
            return error_memory(error);
        pin->turn = TURN_PIN;
    }
    return directory ? 0 : error_memory(error);
}

/* ------------------------------------------------------------------ copy-on-write */

static int note(struct seeing *work, struct strings *list, const char *path, struct error *error)
{
    const char **place =
        arena_append(work->items->arena, (void **)&list->values, &list->length, sizeof(*list->values));

    if (!place)
        return error_memory(error);
    *place = path;
    return 0;
}

static int see_to_copy(struct seeing *work, size_t index, size_t region_index, struct error *error)
{
    const struct item *item = &work->items->values[index];
    struct item *region = &work->items->values[region_index];
    const char *below = path_below(item->part.path, region->part.path) + 1;
    int found = item->makes_itself ? 1 : region_has(region, item->part.path);
    int status = 0;

    if (found < 0)
        return error_call(error, found, "lstat", "cannot look at %s", item->part.path);
    if (!region->part.readonly)
        status = pin_way(work, item, region, error);
    if (status < 0)
        return status;
    region = &work->items->values[region_index]; /* the pins may have moved them */
    if (item->is_vacant) {
        work->has_hidden = work->has_hidden || !region->part.readonly;
        return note(work, &region->part.hidden, below, error);
    }
    if (found)
        return 0;
    if (item->is_directory)
        below = arena_printf(work->items->arena, "%s/", below);
    return below ? note(work, &region->part.added, below, error) : error_memory(error);
}

/* ------------------------------------------------------------------ in memory */

/* A directory that the machine's entries were put into: it is the user's now, and was not. */
static int seal_root(struct seeing *work, const struct item *item, struct error *error)
{
    struct item *root = &work->items->values[0];

    root->part.readonly = true;
    if (root->part.warning)
        return 0;
    root->part.warning = arena_printf(
        work->items->arena,
        "%s: directories that other mounts lie in are read-only in this box, so that nothing is made at %s",
        item->part.origin, item->part.path);
    return root->part.warning ? 0 : error_memory(error);
}

static int see_to_memory(struct seeing *work, struct item *item, struct item *region, struct error *error)
{
    if (!item->is_vacant)
        return 0;
    if (region->part.kind == PART_DIRECTORY)
        return seal_root(work, item, error);
    error_set(error, EINVAL, "nothing is at %s: what it lies in, by %s, is empty", item->part.path,
              region->part.origin);
    error_hint(error, "leave the rule out, or choose the face empty or eacces, which take the name");
    return -EINVAL;
}

/* ------------------------------------------------------------------ the machine's own */

static int cover(struct seeing *work, struct item *item, struct item *region, bool there, struct error *error)
{
    struct cover_request request = {
        .region = (size_t)(region - work->items->values),
        .item = (size_t)(item - work->items->values),
        .hides = there,
        .directory = there ? directory_of(work->items->arena, item->part.path)
                           : find_deepest(work, region, item->part.path),
    };
    int status;

    if (!request.directory)
        return error_memory(error);
    status = region_check_directory(region, request.directory, item, error);
    return status == 0 ? covers_ask(&work->covers, work->items->arena, &request, error) : status;
}

static int see_to_host(struct seeing *work, size_t index, size_t region_index, struct error *error)
{
    struct item *item = &work->items->values[index], *region = &work->items->values[region_index];
    const char *path = item->part.path;
    int found = region_has(region, path), status = 0;

    if (found == -ENOTDIR && item->is_vacant)
        return 0;
    if (found < 0 && found != -ENOTDIR)
        return error_call(error, found, "lstat", "cannot look at %s", path);
    if (item->is_vacant ? found == 1 || region->writable : found != 1)
        status = cover(work, item, region, item->is_vacant && found == 1, error);
    return status < 0 || !region->writable ? status : pin_way(work, item, region, error);
}

/* ------------------------------------------------------------------ all of them */

static int see_to(struct seeing *work, size_t index, struct error *error)
{
    struct item *item = &work->items->values[index];
    struct item *region = find_parent(work, item);

    if (!region)
        return 0;
    switch (region->region) {
    case REGION_COPY:
        return see_to_copy(work, index, (size_t)(region - work->items->values), error);
    case REGION_HOST:
        return item->part.kind == PART_DEVICES
                   ? 0
                   : see_to_host(work, index, (size_t)(region - work->items->values), error);
    case REGION_MEMORY:
        return see_to_memory(work, item, region, error);
    case REGION_KERNEL:
        if (!item->is_vacant)
            return 0;
        error_set(error, ENOTSUP, "what the kernel shows at %s can't be taken away", item->part.path);
        error_hint(error, "choose the face empty or eacces");
        return -ENOTSUP;
    default:
        return 0;
    }
}

static int walk(struct seeing *work, struct error *error)
{
    for (size_t i = 0; i < work->length; i++) {
        int status = see_to(work, i, error);

        if (status < 0) {
            if (work->items->values[i].part.origin)
                error_place(error, "%s", work->items->values[i].part.origin);
            return status;
        }
        if (work->items->values[i].region != REGION_NONE)
            work->stack[work->depth++] = i;
    }
    return 0;
}

/* Something that a mount comes onto for sure, so that nobody sees what is below. */
static bool hides_layers(const struct item *item, bool of_kernel)
{
    if (item->part.kind != PART_MOUNT || !item->is_directory || !item->part.path[1])
        return false;
    return !of_kernel || item->region == REGION_KERNEL;
}

static int add_layers(struct items *items, struct error *error)
{
    for (size_t i = 0; i < 2 * items->length; i++) {
        const struct item *item = &items->values[i % items->length];
        struct item *layers;

        if (!hides_layers(item, i < items->length))
            continue;
        layers = items_add(items, PART_LAYERS, item->part.path, "names that are denied");
        if (!layers)
            return error_memory(error);
        layers->turn = 0;
        layers->makes_itself = true;
        return 0;
    }
    error_set(error, ENOTSUP, "no name can be taken away in a box without any other mount");
    error_hint(error, "choose the face empty or eacces");
    return -ENOTSUP;
}

int targets_see_to(struct items *items, const struct machine_tree *tree, struct error *error)
{
    struct seeing work = {.items = items, .tree = tree, .length = items->length};
    int status;

    items_sort(items);
    work.stack = arena_allocate(items->arena, items->length + 1, sizeof(*work.stack));
    if (!work.stack)
        return error_memory(error);
    status = walk(&work, error);
    if (status == 0)
        status = covers_add(&work.covers, items, tree, error);
    if (status == 0 && work.has_hidden)
        status = add_layers(items, error);
    if (status < 0)
        return status;
    items_sort(items);
    items_drop(items);
    return 0;
}
