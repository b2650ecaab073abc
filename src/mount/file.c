/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows a file in memory.
 *
 *   openat(scratch, O_CREAT), write, fchown, fchmod
 *   open_tree(OPEN_TREE_CLONE), mount_setattr, openat2(target), move_mount
 */
#include "base/fd.h"
#include "mount/operations.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int fill(const struct step *step, int fd, struct error *error)
{
    const struct file_operation *file = &step->operation->file;
    int status = fd_write_all(fd, file->data, file->length);

    if (status < 0)
        return error_call(error, status, "write", "cannot write the file for %s", step->operation->target);
    if (fchown(fd, step->build->owner_uid, step->build->owner_gid) < 0 || fchmod(fd, file->mode) < 0)
        return error_call(error, errno, "fchmod", "cannot set owner and mode of %s", step->operation->target);
    return 0;
}

static int make(struct step *step, int *ret_fd, struct error *error)
{
    CLEANUP_FD int fd = -1;
    char name[32];
    int status = step_open_scratch(step->build, error);

    if (status < 0)
        return status;
    snprintf(name, sizeof(name), "file-%td", step->operation - step->build->plan->operations);
    fd = openat(step->build->scratch_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_call(error, errno, "openat", "cannot make the file for %s", step->operation->target);
    status = fill(step, fd, error);
    if (status == 0)
        *ret_fd = fd_take(&fd);
    return status;
}

int file_attach(struct step *step, struct error *error)
{
    const struct mount_attributes attributes = {
        .set = ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV | (step->operation->file.readonly ? ATTRIBUTE_RDONLY : 0)};
    CLEANUP_FD int file = -1;
    CLEANUP_FD int mount = -1;
    int status = make(step, &file, error);

    if (status < 0)
        return status;
    mount = kernel_clone_mount(file, false);
    if (mount < 0)
        return error_call(error, mount, "open_tree", "cannot bind the file for %s", step->operation->target);
    status = change_mount(mount, false, attributes, error);
    return status == 0 ? step_attach_mount(step, mount, false, false, error) : status;
}
