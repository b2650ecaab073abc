/* SPDX-License-Identifier: Apache-2.0 */
/* Which operation of a plan makes a place what it is, and what is below it, unseen. */
#include "explain/explain.h"
#include "plan/lexical.h"

#include <string.h>

/* The host's name of a place; NULL: it has none, or memory is short. */
static const char *name_on_host(struct world *world, const struct place *place)
{
    const struct world_mount *mount = &world->mounts[place->mount];

    return place->fd >= 0 && mount->source
               ? world_join(world, mount->source, lexical_below(place->path, mount->point))
               : NULL;
}

static const char *describe_new(struct world *world, const struct place *place,
                                const struct operation *operation)
{
    if (operation->kind == OPERATION_MASK)
        return "nothing: it is masked";
    if (operation->kind == OPERATION_CONSOLE)
        return "the container's terminal";
    if (operation->kind == OPERATION_BIND)
        return arena_printf(&world->arena, "what is below the host's %s, which can't be looked into",
                            operation->bind.source);
    if (operation->kind != OPERATION_FILESYSTEM)
        return "what is not there yet";
    if (place->is_root)
        return arena_printf(&world->arena, "a new %s", operation->filesystem.type);
    return arena_printf(&world->arena, "in a new %s", operation->filesystem.type);
}

static const char *describe_node(struct world *world, const struct world_node *node)
{
    const struct operation *maker = &world->plan->operations[node->operation];

    switch (maker->kind) {
    case OPERATION_DEVICE:
        return arena_printf(&world->arena, "made: device %u:%u", maker->device.major, maker->device.minor);
    case OPERATION_SYMLINK:
        return arena_printf(&world->arena, "made: a link to %s", node->link ? node->link : "");
    default:
        return "made as a mount point";
    }
}

/* A phrase for what a place shows; NULL when memory is short. */
static const char *describe(struct world *world, const struct place *place)
{
    const struct world_mount *mount = &world->mounts[place->mount];
    const struct operation *operation = &world->plan->operations[mount->operation];
    const char *host = name_on_host(world, place);

    if (host)
        return arena_printf(&world->arena, "the host's %s%s", host,
                            operation->kind != OPERATION_OVERLAY ? ""
                            : operation->overlay.layers          ? ", changes are kept apart"
                                                                 : ", changes stay in memory");
    if (place->node)
        return describe_node(world, place->node);
    if (place->fd < 0 && mount->fd >= 0)
        return arena_printf(&world->arena, "below the host's %s", mount->source);
    return describe_new(world, place, operation);
}

static int add_hidden(struct world *world, const struct place *place, struct strings *hides,
                      struct error *error)
{
    const char *origin = world->plan->operations[world->mounts[place->mount].operation].origin;
    const char **string =
        arena_append(&world->arena, (void **)&hides->values, &hides->length, sizeof(*hides->values));
    const char *phrase = describe(world, place);

    if (string && phrase)
        *string = arena_printf(&world->arena, "%s (%s)", phrase, origin);
    return string && *string ? 0 : error_memory(error);
}

/* What the same path would be without the mounts from `limit` on, and so on downwards. */
static int find_hidden(struct world *world, const struct place *place, struct strings *hides,
                       struct error *error)
{
    size_t limit = place->mount;
    int status = 0;

    while (limit > 0 && status == 0) {
        CLEANUP_PLACE struct place below = PLACE_NONE;

        status = world_look(world, place->path, limit, &below, error);
        if (status == 0 && below.state == PLACE_FOUND && !below.node)
            status = add_hidden(world, &below, hides, error);
        limit = below.mount;
    }
    return status;
}

int explain_origin(struct world *world, const struct place *place, struct explanation *explanation,
                   struct error *error)
{
    int status;

    explanation->operation = place->node ? place->node->operation : world->mounts[place->mount].operation;
    explanation->origin = world->plan->operations[explanation->operation].origin;
    explanation->host = name_on_host(world, place);
    explanation->shows = describe(world, place);
    if (!explanation->shows)
        return error_memory(error);
    status = explain_flags(world, place, explanation->flags, error);
    return status == 0 ? find_hidden(world, place, &explanation->hides, error) : status;
}
