/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hides a file behind /dev/null and a directory behind an empty read-only tmpfs: one for all of them. What is
 * used was opened on the host and verified, never by a name inside the container (CVE-2025-31133).
 *
 *   host side:      openat(/dev/null, O_PATH), fstat, open_tree(OPEN_TREE_CLONE)
 *                   fsopen(tmpfs), fsconfig(FSCONFIG_CMD_CREATE), fsmount
 *   container side: openat2(path), fstat, move_mount; for the second and later ones open_tree of the first;
 *                   the tmpfs is given to the container's root and made read-only before it is attached
 */
#include "base/fd.h"
#include "mount/operations.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MASK_ATTRIBUTES (ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV | ATTRIBUTE_NOEXEC)

static int open_null(struct build *build, struct error *error)
{
    CLEANUP_FD int fd = kernel_openat2(AT_FDCWD, "/dev/null", O_PATH, 0, 0);
    CLEANUP_FD int mount = -1;
    struct stat status;
    int result;

    if (fd < 0 || fstat(fd, &status) < 0)
        return error_call(error, fd < 0 ? fd : errno, "openat2", "cannot open the host's /dev/null");
    if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3))
        return error_set(error, EINVAL, "the host's /dev/null is not the character device 1:3");
    mount = kernel_clone_mount(fd, false);
    if (mount < 0)
        return error_call(error, mount, "open_tree", "cannot bind the host's /dev/null");
    result = change_mount(mount, false, (struct mount_attributes){.propagation = PROPAGATE_PRIVATE}, error);
    if (result == 0)
        build->null_fd = fd_take(&mount);
    return result;
}

static int open_empty(struct build *build, struct error *error)
{
    const char *parameters[] = {"mode=755", "size=4k"};
    struct filesystem_operation empty = {
        .type = "tmpfs", .source = "tmpfs", .parameters = {parameters, ARRAY_LENGTH(parameters)}};
    CLEANUP_FD int context = -1;
    int status;

    status = filesystem_open(&empty, &context, error);
    if (status < 0)
        return status;
    build->empty_fd = kernel_fs_mount(context, MASK_ATTRIBUTES);
    if (build->empty_fd < 0)
        return error_call(error, build->empty_fd, "fsmount", "cannot mount the empty tmpfs");
    return 0;
}

int mask_prepare(struct step *step, struct error *error)
{
    struct build *build = step->build;
    int status = 0;

    if (build->null_fd < 0)
        status = open_null(build, error);
    if (status == 0 && build->empty_fd < 0)
        status = open_empty(build, error);
    return status;
}

/* The container's root is known by now; nobody may put anything into the directory afterwards. */
static int seal_empty(const struct build *build, struct error *error)
{
    if (fchownat(build->empty_fd, "", build->owner_uid, build->owner_gid, AT_EMPTY_PATH) < 0)
        return error_call(error, errno, "fchownat", "cannot give the mask to the container's root");
    return change_mount(build->empty_fd, false, (struct mount_attributes){.set = ATTRIBUTE_RDONLY}, error);
}

/* A copy of the mask that is in place already; before 6.15 a detached mount can't be copied. */
static int next_mask(int mask_fd, bool attached)
{
    int fd = attached ? kernel_clone_mount(mask_fd, false) : fcntl(mask_fd, F_DUPFD_CLOEXEC, 3);

    return fd == -1 ? -errno : fd;
}

int mask_attach(struct step *step, struct error *error)
{
    struct build *build = step->build;
    CLEANUP_FD int target = path_open(build->root_fd, step->operation->target, O_PATH);
    CLEANUP_FD int mask = -1;
    struct stat status;
    bool *attached;
    int result;

    if (target == -ENOENT || target == -ENOTDIR)
        return 0; /* config-linux.md, "Masked Paths": nothing to hide */
    if (target < 0 || fstat(target, &status) < 0)
        return error_call(error, target < 0 ? target : errno, "openat2", "cannot open %s",
                          step->operation->target);
    attached = S_ISDIR(status.st_mode) ? &build->empty_attached : &build->null_attached;
    if (S_ISDIR(status.st_mode) && !*attached && seal_empty(build, error) < 0)
        return -error->code;
    mask = next_mask(S_ISDIR(status.st_mode) ? build->empty_fd : build->null_fd, *attached);
    if (mask < 0)
        return error_call(error, mask, "open_tree", "cannot make a mask");
    result = step_move_mount(step, mask, target);
    if (result < 0)
        return error_call(error, result, "move_mount", "cannot hide %s", step->operation->target);
    *attached = true;
    return 0;
}
