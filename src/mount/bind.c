/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows a file or directory of the host.
 *
 *   host side:      openat2(source, O_PATH), statx, statmount, open_tree(fd, OPEN_TREE_CLONE [| AT_RECURSIVE]), mount_setattr
 *   container side: openat2(target), move_mount
 *   after ELOOP:    in a helper: setns(host), unshare(CLONE_NEWNS), and the host side again
 */
#include "base/fd.h"
#include "base/helper.h"
#include "kernel/mount_status.h"
#include "mount/operations.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int open_source(const struct step *step, struct error *error)
{
    const struct bind_operation *bind = &step->operation->bind;
    int flags = O_PATH | (bind->nofollow ? O_NOFOLLOW : 0);
    int fd;

    if (bind->has_fd) {
        fd = fcntl(bind->fd, F_DUPFD_CLOEXEC, 3);
        return fd < 0 ? error_call(error, errno, "fcntl", "cannot use %s", bind->source) : fd;
    }
    if (bind->from_root)
        fd = path_open(step->build->root_fd, bind->source, flags);
    else
        fd = kernel_openat2(step->build->host_fd, bind->source, (uint64_t)flags, 0, 0);
    if (fd >= 0)
        return fd;
    error_call(error, fd, "openat2", "cannot open the source %s%s", bind->source,
               bind->from_root ? " inside the root" : "");
    if (fd == -ENOENT)
        error_hint(error, "it is never made: create it%s, or correct the configuration",
                   bind->from_root ? " in the image" : " on the host");
    return fd;
}

static int check_source(const struct step *step, int fd, struct slot *ret_slot, struct error *error)
{
    const struct bind_operation *bind = &step->operation->bind;
    const struct config_device *device = bind->device;
    struct mount_source source;
    /* Inside the root the mount may have been changed by an operation in between. */
    int status = kernel_mount_source(fd, bind->from_root ? NULL : &step->build->last_source, &source);

    if (status < 0)
        return error_call(error, status, "statx", "cannot examine the source %s", bind->source);
    if (bind->only_directory && !S_ISDIR(source.mode))
        return error_set(error, ENOTDIR, "%s is not a directory", bind->source);
    /* A user namespace gets the host's node; a different one under that name would be another device. */
    if (device &&
        ((device->type == 'b') != S_ISBLK(source.mode) || (device->type == 'c') != S_ISCHR(source.mode) ||
         source.special_device != makedev(device->major, device->minor)))
        return error_set(error, EINVAL, "the host's %s is not the %s device %u:%u", bind->source,
                         device->type == 'b' ? "block" : "character", device->major, device->minor);
    ret_slot->directory = S_ISDIR(source.mode);
    ret_slot->symlink = bind->copies_symlink && S_ISLNK(source.mode);
    ret_slot->source = source;
    /* Relabelling takes its time. */
    step->build->last_source = bind->from_root || bind->relabel ? (struct mount_source){0} : source;
    return 0;
}

static int clone_source(const struct step *step, int fd, struct error *error)
{
    const struct bind_operation *bind = &step->operation->bind;
    int tree = kernel_clone_mount(fd, bind->recursive);

    if (tree >= 0)
        return tree;
    error_call(error, tree, "open_tree", "cannot bind %s", bind->source);
    if (tree == -EINVAL && !bind->recursive)
        error_hint(error, "below it are mounts that an outer user namespace has locked, or it is unbindable: "
                          "use \"rbind\"");
    else if (tree == -EINVAL)
        error_hint(error, "the source is unbindable");
    else if (tree == -ENOSPC)
        error_hint(error,
                   "a detached mount counts as a namespace: raise the sysctl user.max_mnt_namespaces, here "
                   "and in the "
                   "user namespaces around, or fs.mount-max where the source has too many mounts below it");
    return tree;
}

/* Each mount_setattr(2) takes the lock that all mounts of the machine share: with thousands of binds it shows. */
static bool is_no_change(const struct slot *slot, const struct mount_attributes *whole,
                         const struct mount_attributes *top)
{
    uint64_t before = (slot->source.attributes & ~whole->clear) | whole->set;

    return slot->source.has_attributes && !top->propagation && ((before & ~top->clear) | top->set) == before;
}

static int set_attributes(const struct step *step, int tree, struct error *error)
{
    const struct bind_operation *bind = &step->operation->bind;
    struct mount_attributes whole = bind->tree;
    int status;

    whole.propagation = bind->propagation;
    status = change_mount(tree, true, whole, error);
    if (status == 0 && !is_no_change(step->slot, &whole, &bind->top))
        status = change_mount(tree, false, bind->top, error);
    if (status == 0)
        status = change_mount(tree, bind->own_propagation_tree,
                              (struct mount_attributes){.propagation = bind->own_propagation}, error);
    return status;
}

static int open_tree_of_source(struct step *step, struct error *error)
{
    CLEANUP_FD int source = open_source(step, error);
    CLEANUP_FD int tree = -1;
    int status;

    if (source < 0)
        return source;
    status = check_source(step, source, step->slot, error);
    if (status == 0 && step->slot->symlink)
        step->slot->fd = fd_take(&source);
    if (status < 0 || step->slot->symlink)
        return status;
    if (step->operation->bind.relabel)
        status = relabel_tree(source, step->operation->bind.relabel, error);
    if (status < 0)
        return status;
    tree = clone_source(step, source, error);
    if (tree < 0)
        return tree;
    status = set_attributes(step, tree, error);
    if (status == 0)
        step->slot->fd = fd_take(&tree);
    return status;
}

int bind_prepare(struct step *step, struct error *error)
{
    int status = idmap_prepare(step, &step->operation->bind.idmap, error);

    return status < 0 || step->operation->bind.from_root ? status : open_tree_of_source(step, error);
}

/* Among the host's mounts, in a copy of their namespace that nobody else sees. */
static int open_tree_in_copy(void *argument, struct error *error)
{
    struct step *step = argument;
    CLEANUP_FD int copied_fd = -1;
    int host_fd = step->build->host_fd;
    int status = mount_namespace_leave(step->build->outside, error);

    if (status < 0)
        return status;
    /* unshare(2) takes root and working directory along into the copy. */
    if (fchdir(host_fd) < 0 || unshare(CLONE_NEWNS) < 0)
        return error_call(error, errno, "unshare", "cannot copy the host's mount namespace");
    copied_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (copied_fd < 0)
        return error_call(error, errno, "open", "cannot open the directory that sources start from");
    fd_close(&step->slot->fd);
    step->build->host_fd = copied_fd;
    status = open_tree_of_source(step, error);
    step->build->host_fd = host_fd;
    return status;
}

static int attach_tree(struct step *step, struct error *error)
{
    int status = idmap_apply(step, &step->operation->bind.idmap, step->slot->fd, error);

    if (status < 0)
        return status;
    return step_attach_mount(step, step->slot->fd, step->slot->directory, false, error);
}

/* A file below the source pins a mount namespace, and a pin of a namespace that is older than the container's
 * can't be shown in it (ELOOP). A copy of a mount namespace leaves such pins out, and keeps the peer groups.
 */
static int attach_without_pins(struct step *step, struct error *error)
{
    int status;

    error_clear(error);
    status = helper_run(open_tree_in_copy, step, error);
    return status < 0 ? status : attach_tree(step, error);
}

int bind_attach(struct step *step, struct error *error)
{
    const struct bind_operation *bind = &step->operation->bind;
    int status = bind->from_root ? open_tree_of_source(step, error) : 0;

    if (status < 0)
        return status;
    if (step->slot->symlink)
        return symlink_copy(step, step->slot->fd, error);
    status = attach_tree(step, error);
    if (status == -ELOOP && bind->recursive && !bind->from_root && !bind->has_fd)
        return attach_without_pins(step, error);
    return status;
}
