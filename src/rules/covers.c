/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/covers.h"

#include <stdio.h>
#include <string.h>

int covers_ask(struct covers *covers, struct arena *arena, const struct cover_request *request,
               struct error *error)
{
    struct cover_request *place =
        arena_append(arena, (void **)&covers->requests, &covers->length, sizeof(*covers->requests));

    if (!place)
        return error_memory(error);
    *place = *request;
    return 0;
}

static int compare(const void *one, const void *other)
{
    return path_order(((const struct cover_request *)one)->directory,
                      ((const struct cover_request *)other)->directory);
}

static int note(struct arena *arena, struct strings *list, const char *path, struct error *error)
{
    const char **place = arena_append(arena, (void **)&list->values, &list->length, sizeof(*list->values));

    if (!place || !path)
        return error_memory(error);
    *place = path;
    return 0;
}

static const char *source_of(struct arena *arena, const struct item *region, const char *directory)
{
    const char *below = path_below(directory, region->part.path);

    return arena_printf(arena, "%s%s", region->source[1] ? region->source : "",
                        below[1] || !region->source[1] ? below : "");
}

/* Writes must go through where the directory is writable, and mounts below it must be seen. */
static bool can_be_overlay(const struct machine_tree *tree, const struct item *region, const char *source)
{
    return !region->writable && strncmp(source, "/proc/", 6) != 0 && !machine_tree_has_below(tree, source) &&
           machine_tree_takes_overlay(tree, source);
}

static int make_cover(struct items *items, const struct machine_tree *tree,
                      const struct cover_request *request, size_t *ret_index, struct error *error)
{
    const char *origin = items->values[request->item].part.origin;
    const char *source = source_of(items->arena, &items->values[request->region], request->directory);
    struct item *cover = source ? items_add(items, PART_COVER, request->directory, origin) : NULL;
    const struct item *region = &items->values[request->region];

    if (!cover)
        return error_memory(error);
    cover->turn = TURN_COVER;
    if (can_be_overlay(tree, region, source)) {
        cover->part.kind = PART_COPY_ON_WRITE;
        cover->part.source = source;
        cover->part.readonly = true;
    } else if (region->writable) {
        const struct item *item = &items->values[request->item];
        const char *path = item->part.path;

        cover->part.warning =
            arena_printf(items->arena,
                         "%s: nothing new can be made in %s itself (EROFS), for %s %s; what is in it stays "
                         "as writable as it is%s%s",
                         origin, request->directory, path,
                         request->hides    ? "is taken out of it"
                         : item->is_vacant ? "must not appear there"
                                           : "is missing there",
                         item->is_vacant ? "" : ": to be without this, create it on the machine first: ",
                         item->is_vacant ? "" : path);
        if (!cover->part.warning)
            return error_memory(error);
    }
    *ret_index = items->length - 1;
    return 0;
}

/* What an overlay gets in its upper layer; a cover in memory gets it when its turn comes. */
static int add_request(struct items *items, struct item *cover, const struct cover_request *request,
                       struct error *error)
{
    const struct item *item = &items->values[request->item];
    const char *below = path_below(item->part.path, request->directory) + 1;

    if (request->hides)
        return note(items->arena, &cover->part.hidden, below, error);
    if (item->is_vacant || item->makes_itself || cover->part.kind != PART_COPY_ON_WRITE)
        return 0;
    if (item->is_directory)
        below = arena_printf(items->arena, "%s/", below);
    return note(items->arena, &cover->part.added, below, error);
}

int covers_add(struct covers *covers, struct items *items, const struct machine_tree *tree,
               struct error *error)
{
    size_t cover = 0;
    int status = 0;

    if (covers->length > 1)
        qsort(covers->requests, covers->length, sizeof(*covers->requests), compare);
    for (size_t i = 0; i < covers->length && status == 0; i++) {
        const struct cover_request *request = &covers->requests[i];

        if (i == 0 || strcmp(request->directory, covers->requests[i - 1].directory) != 0)
            status = make_cover(items, tree, request, &cover, error);
        if (status == 0)
            status = add_request(items, &items->values[cover], request, error);
    }
    return status;
}
