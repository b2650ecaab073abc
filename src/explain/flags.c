/* SPDX-License-Identifier: Apache-2.0 */
/* The flags of a mount: what the source brings along, what its options change, what later operations
 * change. */
#include "explain/explain.h"
#include "plan/lexical.h"

#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>

const struct flag_description flag_descriptions[FLAG_COUNT] = {
    [FLAG_RO] = {"ro", "rro", ATTRIBUTE_RDONLY, ST_RDONLY},
    [FLAG_NOSUID] = {"nosuid", "rnosuid", ATTRIBUTE_NOSUID, ST_NOSUID},
    [FLAG_NODEV] = {"nodev", "rnodev", ATTRIBUTE_NODEV, ST_NODEV},
    [FLAG_NOEXEC] = {"noexec", "rnoexec", ATTRIBUTE_NOEXEC, ST_NOEXEC},
};

/* A place below a mount of the source's own is not on the top one. */
static bool is_on_top(const struct world *world, const struct place *place)
{
    struct statx status;

    return place->fd < 0 || (statx(place->fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) == 0 &&
                             status.stx_mnt_id == world->mounts[place->mount].mount_id);
}

/* One step: what it sets, what it clears, and who says so. */
static int apply(struct world *world, struct explained_flag *flags, uint64_t set, uint64_t clear, bool tree,
                 const char *origin, struct error *error)
{
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct flag_description *flag = &flag_descriptions[i];

        if (!((set | clear) & flag->attribute))
            continue;
        flags[i].set = set & flag->attribute;
        flags[i].reason =
            flags[i].set ? arena_printf(&world->arena, "%s: %s", origin, tree ? flag->tree_name : flag->name)
                         : arena_printf(&world->arena, "%s clears it", origin);
        if (!flags[i].reason)
            return error_memory(error);
    }
    return 0;
}

static int apply_source(struct world *world, const struct place *place, struct explained_flag *flags,
                        struct error *error)
{
    struct statvfs status;

    if (place->fd < 0 || fstatvfs(place->fd, &status) < 0)
        return 0;
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        flags[i].set = status.f_flag & flag_descriptions[i].statvfs_flag;
        if (!flags[i].set)
            continue;
        flags[i].reason = arena_printf(&world->arena, "the host's mount is %s", flag_descriptions[i].name);
        if (!flags[i].reason)
            return error_memory(error);
    }
    return 0;
}

static int apply_operation(struct world *world, const struct place *place, struct explained_flag *flags,
                           struct error *error)
{
    const struct operation *operation = &world->plan->operations[world->mounts[place->mount].operation];
    const struct bind_operation *bind = &operation->bind;
    int status;

    switch (operation->kind) {
    case OPERATION_BIND:
        status = apply(world, flags, bind->tree.set, bind->tree.clear, true, operation->origin, error);
        if (status == 0 && is_on_top(world, place))
            status = apply(world, flags, bind->top.set, bind->top.clear, false, operation->origin, error);
        return status;
    case OPERATION_FILESYSTEM:
        return apply(world, flags, operation->filesystem.attributes.set, 0, false, operation->origin, error);
    case OPERATION_OVERLAY:
        return apply(world, flags, operation->overlay.attributes.set, 0, false, operation->origin, error);
    case OPERATION_MASK:
    case OPERATION_DENY:
        return apply(world, flags, ATTRIBUTE_RDONLY, 0, false, operation->origin, error);
    default:
        return 0;
    }
}

static bool concerns(const struct world *world, const struct world_change *change, const struct place *place)
{
    const char *point = world->mounts[place->mount].point;

    if (place->mount >= change->until)
        return false;
    if (world->plan->operations[change->operation].kind == OPERATION_READONLY)
        return lexical_below(place->path, change->path);
    if (change->recursive)
        return lexical_below(point, change->path);
    return strcmp(point, change->path) == 0 && is_on_top(world, place);
}

int explain_flags(struct world *world, const struct place *place, struct explained_flag *ret_flags,
                  struct error *error)
{
    int status;

    memset(ret_flags, 0, FLAG_COUNT * sizeof(*ret_flags));
    status = apply_source(world, place, ret_flags, error);
    if (status == 0)
        status = apply_operation(world, place, ret_flags, error);
    for (size_t i = 0; i < world->changes_length && status == 0; i++) {
        const struct world_change *change = &world->changes[i];

        if (concerns(world, change, place))
            status = apply(world, ret_flags, change->set, change->clear, false,
                           world->plan->operations[change->operation].origin, error);
    }
    return status;
}
