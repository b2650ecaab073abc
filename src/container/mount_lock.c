/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel locks what a less privileged user namespace copies of a mount namespace. So, in a helper:
 *
 *   unshare(CLONE_NEWNS), mount_setattr(/, private, recursive), move_mount(tree, place)
 *   setns(pidfd, CLONE_NEWUSER), unshare(CLONE_NEWNS)
 *   open_tree(place, OPEN_TREE_CLONE | AT_RECURSIVE)
 */
#include "container/mount_lock.h"
#include "base/fd.h"
#include "base/helper.h"
#include "kernel/mount_api.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

struct locking {
    int pidfd;
    const char
        *place; /* of the tree in the helper's namespace: a directory or a file that is sure to be there */
    int tree_fd;
    int locked_fd;
};

static int attach(const struct locking *locking, struct error *error)
{
    const struct mount_attributes private_tree = {.propagation = PROPAGATE_PRIVATE};
    CLEANUP_FD int root = -1;
    CLEANUP_FD int place = -1;
    int status;

    if (unshare(CLONE_NEWNS) < 0)
        return error_call(error, errno, "unshare", "cannot make a mount namespace");
    root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    place = open(locking->place, O_PATH | O_CLOEXEC);
    if (root < 0 || place < 0)
        return error_call(error, errno, "open", "cannot open %s", locking->place);
    status = kernel_set_attributes(root, true, &private_tree);
    if (status < 0)
        return error_call(error, status, "mount_setattr", "cannot make the copied mounts private");
    status = kernel_attach_mount(locking->tree_fd, place);
    return status < 0 ? error_call(error, status, "move_mount", "cannot lock the mount") : 0;
}

static int lock(void *argument, struct error *error)
{
    struct locking *locking = argument;
    CLEANUP_FD int copy = -1;
    int status = attach(locking, error);

    if (status < 0)
        return status;
    if (setns(locking->pidfd, CLONE_NEWUSER) < 0)
        return error_call(error, errno, "setns", "cannot join the container's user namespace");
    if (unshare(CLONE_NEWNS) < 0)
        return error_call(error, errno, "unshare", "cannot make a mount namespace in the user namespace");
    copy = open(locking->place, O_PATH | O_CLOEXEC);
    if (copy < 0)
        return error_call(error, errno, "open", "cannot open the locked mount");
    status = kernel_clone_mount(copy, true);
    if (status < 0)
        return error_call(error, status, "open_tree", "cannot take the locked mount");
    locking->locked_fd = status;
    return 0;
}

int mount_lock(int pidfd, bool directory, int *tree_fd, struct error *error)
{
    struct locking locking = {pidfd, directory ? "/proc" : "/proc/version", *tree_fd, -1};
    int status = helper_run(lock, &locking, error);

    if (status < 0)
        return status;
    fd_close(tree_fd);
    *tree_fd = locking.locked_fd;
    return 0;
}
