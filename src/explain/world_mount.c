/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each kind of mount will show.
 *
 *   of the host:  openat2(source, O_PATH), fstat, statx(STATX_MNT_ID), readlink(/proc/self/fd/N)
 */
#include "base/fd.h"
#include "explain/world_build.h"
#include "kernel/mount_api.h"
#include "plan/target.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* What may not be reached from here is unknown; what isn't there would end the start. */
static int explain_source(int status, const char *source, struct error *error)
{
    if (status == -EACCES || status == -EPERM)
        return 0;
    error_call(error, status, "openat2", "cannot open the source %s", source);
    if (status == -ENOENT)
        error_hint(error, "a start fails here, too: create it on the host, or correct the configuration");
    return status;
}

static int open_host(struct world *world, struct world_mount *mount, const char *source, bool nofollow,
                     struct error *error)
{
    int fd = kernel_openat2(world->host_fd, source, O_PATH | (nofollow ? O_NOFOLLOW : 0), 0, 0);

    if (fd < 0)
        return explain_source(fd, source, error);
    mount->fd = fd;
    return world_mount_identify(world, mount, error);
}

/* The container's own files: those of the host that the mount there shows. */
static int open_in_root(struct world *world, struct world_mount *mount, const char *source,
                        struct error *error)
{
    const struct world_walk walk = {.root = "/"};
    CLEANUP_PLACE struct place place = PLACE_NONE;
    int status = world_resolve(world, source, &walk, &place, error);

    if (status == 0 && place.state == PLACE_MISSING)
        status = explain_source(-ENOENT, source, error);
    if (status < 0 || place.fd < 0)
        return status;
    mount->fd = fd_take(&place.fd);
    return world_mount_identify(world, mount, error);
}

static int fill_bind(struct world *world, const struct operation *operation, struct world_mount *mount,
                     struct error *error)
{
    const struct bind_operation *bind = &operation->bind;

    mount->recursive = bind->recursive;
    if (bind->from_root)
        return open_in_root(world, mount, bind->source, error);
    if (!bind->has_fd)
        return open_host(world, mount, bind->source, bind->nofollow, error);
    mount->fd = fcntl(bind->fd, F_DUPFD_CLOEXEC, 3);
    return mount->fd < 0 ? error_call(error, errno, "fcntl", "cannot use %s", bind->source)
                         : world_mount_identify(world, mount, error);
}

static unsigned long parameter(const struct filesystem_operation *filesystem, const char *name, int base,
                               unsigned long otherwise)
{
    size_t length = strlen(name);

    for (size_t i = filesystem->parameters.length; i > 0; i--)
        if (strncmp(filesystem->parameters.values[i - 1], name, length) == 0)
            return strtoul(filesystem->parameters.values[i - 1] + length, NULL, base);
    return otherwise;
}

static const struct filesystem_root {
    const char *type;
    mode_t mode;
    bool in_memory;  /* begins empty, with the parameters mode=, uid= and gid= for its root */
    bool of_machine; /* belongs to the machine's root, whoever mounts it */
} filesystem_roots[] = {
    {"tmpfs", 01777, true, false},  {"ramfs", 0755, true, false},    {"proc", 0555, false, true},
    {"sysfs", 0555, false, true},   {"cgroup", 0555, false, true},   {"cgroup2", 0555, false, true},
    {"devpts", 0755, false, false}, {"mqueue", 01777, false, false},
};

static const struct filesystem_root *find_root(const char *type)
{
    for (size_t i = 0; i < ARRAY_LENGTH(filesystem_roots); i++)
        if (strcmp(filesystem_roots[i].type, type) == 0)
            return &filesystem_roots[i];
    return NULL;
}

/* The new file system's root: a tmpfs without mode= takes that of what it covers (src/mount/filesystem.c). */
static void fill_filesystem(struct world *world, const struct filesystem_operation *filesystem,
                            const struct place *target, struct world_mount *mount)
{
    const struct filesystem_root *root = find_root(filesystem->type);
    struct stat covered;
    mode_t mode;
    bool inside;

    if (!root)
        return;
    mode = root->mode;
    if (filesystem->keeps_mode && !target->node && place_status(world, target, &covered, &inside))
        mode = covered.st_mode & 07777;
    mount->is_empty = root->in_memory && !filesystem->copies_up;
    mount->host_ids = root->of_machine;
    mount->status = (struct stat){.st_mode = S_IFDIR | mode};
    if (!root->in_memory)
        return;
    mount->status.st_mode = S_IFDIR | (mode_t)(parameter(filesystem, "mode=", 8, mode) & 07777);
    mount->status.st_uid = (uid_t)parameter(filesystem, "uid=", 10, 0);
    mount->status.st_gid = (gid_t)parameter(filesystem, "gid=", 10, 0);
}

static int fill(struct world *world, const struct operation *operation, struct world_mount *mount,
                struct error *error)
{
    switch (operation->kind) {
    case OPERATION_BIND:
        return fill_bind(world, operation, mount, error);
    case OPERATION_OVERLAY:
        return open_host(world, mount, operation->overlay.lower, false, error);
    case OPERATION_CONSOLE:
        mount->status = (struct stat){.st_mode = S_IFCHR | 0600,
                                      .st_uid = operation->console.uid,
                                      .st_gid = operation->console.gid,
                                      .st_rdev = makedev(136, 0)};
        return 0;
    case OPERATION_FILE:
        mount->status = (struct stat){.st_mode = S_IFREG | operation->file.mode};
        return 0;
    default:
        return 0;
    }
}

static mode_t mode_of_target(const struct operation *operation, const struct world_mount *mount)
{
    struct stat status;

    if (mount->fd >= 0 && fstat(mount->fd, &status) == 0 && !S_ISDIR(status.st_mode))
        return S_IFREG | 0644;
    return operation->kind == OPERATION_CONSOLE || operation->kind == OPERATION_FILE ? S_IFREG | 0644
                                                                                     : S_IFDIR | 0755;
}

/* "copy-symlink": the link is made again, and nothing is mounted. */
static bool is_copied_link(const struct operation *operation, const struct world_mount *mount)
{
    struct stat status;

    return operation->kind == OPERATION_BIND && operation->bind.copies_symlink && mount->fd >= 0 &&
           fstat(mount->fd, &status) == 0 && S_ISLNK(status.st_mode);
}

static int copy_link(struct world *world, const struct world_mount *mount, const char *path,
                     struct error *error)
{
    struct world_node *node = world->nodes_length > 0 ? &world->nodes[world->nodes_length - 1] : NULL;
    char text[PATH_MAX];
    ssize_t length = readlinkat(mount->fd, "", text, sizeof(text));

    if (length < 0)
        return error_call(error, errno, "readlink", "cannot read the link %s", mount->source);
    if (!node || strcmp(node->path, path) != 0)
        return 0; /* something is there already */
    node->mode = S_IFLNK | 0777;
    node->link = arena_copy_range(&world->arena, text, (size_t)length);
    return node->link ? 0 : error_memory(error);
}

static int attach(struct world *world, size_t index, struct world_mount *mount, struct error *error)
{
    const struct operation *operation = &world->plan->operations[index];
    CLEANUP_PLACE struct place target = PLACE_NONE;
    int status;

    if (index == OPERATION_ROOT) {
        mount->point = "/";
        target.path = "/";
    } else {
        status = world_find_target(world, index, true, mode_of_target(operation, mount), &target, error);
        if (status == 0 && is_copied_link(operation, mount))
            return copy_link(world, mount, target.path, error);
        if (status < 0)
            return status;
        mount->point = target.path;
    }
    if (operation->kind == OPERATION_FILESYSTEM)
        fill_filesystem(world, &operation->filesystem, &target, mount);
    status = world_add_mount(world, *mount, error);
    mount->fd = -1;
    return status;
}

int world_mount_operation(struct world *world, size_t index, struct error *error)
{
    struct world_mount mount = {.operation = index, .fd = -1};
    int status = fill(world, &world->plan->operations[index], &mount, error);

    if (status < 0)
        plan_error_place(world->plan, index, error);
    else
        status = attach(world, index, &mount, error);
    fd_close(&mount.fd);
    return status;
}
