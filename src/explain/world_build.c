/* SPDX-License-Identifier: Apache-2.0 */
/* A plan's operations, one after the other, as what they will do to the world. */
#include "explain/world_build.h"
#include "base/fd.h"
#include "plan/target.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int world_add_mount(struct world *world, struct world_mount mount, struct error *error)
{
    struct world_mount *place =
        arena_append(&world->arena, (void **)&world->mounts, &world->mounts_length, sizeof(*world->mounts));

    if (!place) {
        fd_close(&mount.fd);
        return error_memory(error);
    }
    *place = mount;
    return 0;
}

int world_mount_identify(struct world *world, struct world_mount *mount, struct error *error)
{
    char link[64], name[PATH_MAX];
    struct statx status;
    ssize_t length;

    if (statx(mount->fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0)
        return error_call(error, errno, "statx", "cannot examine a source");
    mount->mount_id = status.stx_mnt_id;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", mount->fd);
    length = readlink(link, name, sizeof(name));
    if (length < 0)
        return error_call(error, errno, "readlink", "cannot tell a source's name");
    mount->source = arena_copy_range(&world->arena, name, (size_t)length);
    return mount->source ? 0 : error_memory(error);
}

static int add_node(struct world *world, struct world_node node, struct error *error)
{
    struct world_node *place =
        arena_append(&world->arena, (void **)&world->nodes, &world->nodes_length, sizeof(*world->nodes));

    if (!place)
        return error_memory(error);
    node.mount = world_find_mount(world, node.path, world->mounts_length);
    *place = node;
    return 0;
}

/* Makes what is missing from `from` on (path_ensure of src/path): directories, and at the end a node of
 * that mode. */
static int make_path(struct world *world, size_t index, const char *path, mode_t mode, struct error *error)
{
    for (const char *end = strchr(path + 1, '/');; end = strchr(end + 1, '/')) {
        size_t length = end ? (size_t)(end - path) : strlen(path);
        CLEANUP_PLACE struct place place = PLACE_NONE;
        struct world_node node = {.path = arena_copy_range(&world->arena, path, length),
                                  .operation = index,
                                  .mode = end ? S_IFDIR | 0755 : mode};
        int status = node.path ? world_look(world, node.path, world->mounts_length, &place, error)
                               : error_memory(error);

        if (status == 0 && place.state == PLACE_MISSING)
            status = add_node(world, node, error);
        if (status < 0 || !end)
            return status;
    }
}

int world_find_target(struct world *world, size_t index, bool make, mode_t mode, struct place *ret_place,
                      struct error *error)
{
    const struct operation *operation = &world->plan->operations[index];
    struct world_walk walk = {.root = "/", .nofollow = operation->nofollow};
    CLEANUP_PLACE struct place place = PLACE_NONE;
    int status;

    for (size_t i = 0; operation->base != OPERATION_ROOT && i < world->mounts_length; i++)
        if (world->mounts[i].operation == operation->base)
            walk.root = world->mounts[i].point;
    status = world_resolve(world, operation->target, &walk, &place, error);
    if (status == 0 && make && place.state == PLACE_MISSING)
        status = make_path(world, index, place.path, mode, error);
    if (status < 0) {
        plan_error_place(world->plan, index, error);
        return status;
    }
    *ret_place = place;
    place.fd = -1;
    return 0;
}

static int add_change(struct world *world, size_t index, const char *path, bool recursive,
                      const struct mount_attributes *change, struct error *error)
{
    struct world_change *place;

    if (!change->set && !change->clear)
        return 0;
    place = arena_append(&world->arena, (void **)&world->changes, &world->changes_length,
                         sizeof(*world->changes));
    if (!place)
        return error_memory(error);
    *place = (struct world_change){index, path, world->mounts_length, recursive, change->set, change->clear};
    return 0;
}

static int change_attributes(struct world *world, size_t index, const char *path, struct error *error)
{
    const struct operation *operation = &world->plan->operations[index];
    static const struct mount_attributes readonly = {.set = ATTRIBUTE_RDONLY};
    int status;

    if (operation->kind == OPERATION_ATTRIBUTES)
        return add_change(world, index, path, operation->attributes.recursive, &operation->attributes.change,
                          error);
    if (operation->kind == OPERATION_READONLY)
        return add_change(world, index, path, true, &readonly, error);
    status = add_change(world, index, path, true, &operation->remount.tree, error);
    return status == 0 ? add_change(world, index, path, false, &operation->remount.top, error) : status;
}

/* What is masked is there, or the mask is left out. */
static int mask(struct world *world, size_t index, const struct place *place, struct error *error)
{
    struct world_mount mount = {
        .operation = index, .point = place->path, .fd = -1, .is_empty = true, .host_ids = true};
    struct stat status;
    bool inside;

    if (place_status(world, place, &status, &inside))
        mount.status = S_ISDIR(status.st_mode)
                           ? (struct stat){.st_mode = S_IFDIR | 0755}
                           : (struct stat){.st_mode = S_IFCHR | 0666, .st_rdev = makedev(1, 3)};
    return world_add_mount(world, mount, error);
}

static mode_t mode_of_device(const struct config_device *device)
{
    mode_t type = device->type == 'b' ? S_IFBLK : device->type == 'c' ? S_IFCHR : S_IFIFO;

    return type | device->mode;
}

/* A link is made only where nothing is. */
static int make_node(struct world *world, size_t index, struct error *error)
{
    const struct operation *operation = &world->plan->operations[index];
    CLEANUP_PLACE struct place place = PLACE_NONE;
    size_t before = world->nodes_length;
    mode_t mode = operation->kind == OPERATION_DIRECTORY ? S_IFDIR | operation->directory.mode
                  : operation->kind == OPERATION_SYMLINK ? S_IFLNK | 0777
                                                         : mode_of_device(&operation->device);
    int status = world_find_target(world, index, true, mode, &place, error);
    struct world_node *node;

    if (status < 0 || world->nodes_length == before)
        return status;
    node = &world->nodes[world->nodes_length - 1];
    if (operation->kind == OPERATION_SYMLINK)
        node->link = operation->symlink.text;
    if (operation->kind == OPERATION_DEVICE) {
        node->uid = operation->device.uid;
        node->gid = operation->device.gid;
    }
    return 0;
}

static int carry_out(struct world *world, size_t index, struct error *error)
{
    CLEANUP_PLACE struct place place = PLACE_NONE;
    int status;

    switch (world->plan->operations[index].kind) {
    case OPERATION_BIND:
    case OPERATION_FILESYSTEM:
    case OPERATION_OVERLAY:
    case OPERATION_CONSOLE:
    case OPERATION_FILE:
        return world_mount_operation(world, index, error);
    case OPERATION_DIRECTORY:
    case OPERATION_SYMLINK:
    case OPERATION_DEVICE:
        return make_node(world, index, error);
    case OPERATION_ATTRIBUTES:
    case OPERATION_REMOUNT:
    case OPERATION_READONLY:
    case OPERATION_MASK:
    case OPERATION_DENY:
        break;
    default:
        return 0;
    }
    status = world_find_target(world, index, false, 0, &place, error);
    if (status < 0 || place.state == PLACE_MISSING)
        return status;
    return world->plan->operations[index].kind == OPERATION_MASK ||
                   world->plan->operations[index].kind == OPERATION_DENY
               ? mask(world, index, &place, error)
               : change_attributes(world, index, place.path, error);
}

int world_from_plan(struct world *world, const struct plan *plan, struct error *error)
{
    const char *bundle = plan->config->bundle ? plan->config->bundle : "/";
    int status = 0;

    *world = WORLD_NONE;
    if (plan->length == 0 || !operation_is_mount(&plan->operations[OPERATION_ROOT]))
        return error_set(error, EINVAL, "a plan without a root has nothing to be explained");
    world->plan = plan;
    world->host_fd = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (world->host_fd < 0)
        return error_call(error, errno, "open", "cannot open %s", bundle);
    for (size_t i = 0; i < plan->length && status == 0; i++)
        status = carry_out(world, i, error);
    if (status < 0)
        world_clear(world);
    return status;
}

int world_from_root(struct world *world, const struct plan *plan, int root_fd, struct error *error)
{
    struct world_mount mount = {.operation = NO_OPERATION, .point = "/", .recursive = true};
    int status;

    *world = WORLD_NONE;
    world->plan = plan;
    mount.fd = fcntl(root_fd, F_DUPFD_CLOEXEC, 3);
    if (mount.fd < 0)
        return error_call(error, errno, "fcntl", "cannot use the container's root");
    status = world_add_mount(world, mount, error);
    if (status < 0)
        world_clear(world);
    return status;
}
