/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes what is mounted at a path of the container.
 *
 *   openat2(target, O_PATH), statx(STATX_ATTR_MOUNT_ROOT), mount_setattr
 *   with parameters: fspick(target), fsconfig(parameters), fsconfig(FSCONFIG_CMD_RECONFIGURE)
 */
#include "base/fd.h"
#include "mount/operations.h"

#include <fcntl.h>
#include <sys/stat.h>

static int open_mount(const struct step *step, struct error *error)
{
    const char *target = step->operation->target;
    CLEANUP_FD int fd = step->operation->nofollow ? path_open_entry(step_base_fd(step), target)
                                                  : path_open(step_base_fd(step), target, O_PATH);
    struct statx status = {0};

    if (fd < 0 && fd != -ENOENT)
        return error_call(error, fd, "openat2", "cannot open the mount at %s", target);
    if (fd >= 0 && statx(fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, 0, &status) < 0)
        return error_call(error, errno, "statx", "cannot examine the mount at %s", target);
    if (status.stx_attributes & STATX_ATTR_MOUNT_ROOT)
        return fd_take(&fd);
    error_set(error, EINVAL, "nothing is mounted at %s, so nothing can be remounted there", target);
    error_hint(error, "\"remount\" changes a mount that is in place: list it after that one, or leave the "
                      "option out");
    return -EINVAL;
}

static int reconfigure(const struct step *step, int mount_fd, struct error *error)
{
    const struct strings *parameters = &step->operation->remount.parameters;
    CLEANUP_FD int context = -1;
    int status;

    if (parameters->length == 0)
        return 0;
    context = kernel_fs_pick(mount_fd);
    if (context < 0)
        return error_call(error, context, "fspick", "cannot reconfigure the file system at %s",
                          step->operation->target);
    status = filesystem_set_parameters(context, parameters, error);
    if (status < 0)
        return status;
    status = kernel_fs_reconfigure(context);
    if (status < 0)
        filesystem_explain(status, context, "fsconfig", "cannot reconfigure the file system", error);
    if (status == -EBUSY)
        error_hint(
            error,
            "a file of it is open for writing: end who has it open (fuser -m), or make only this mount "
            "read-only with \"bind\", \"ro\"");
    return status;
}

static int change_attributes(const struct step *step, int mount_fd, struct error *error)
{
    const struct remount_operation *remount = &step->operation->remount;
    int status = change_mount(mount_fd, true, remount->tree, error);

    if (status == 0)
        status = change_mount(mount_fd, false, remount->top, error);
    if (status == 0)
        status = change_mount(mount_fd, remount->propagation_tree,
                              (struct mount_attributes){.propagation = remount->propagation}, error);
    return status;
}

int remount_attach(struct step *step, struct error *error)
{
    CLEANUP_FD int mount = open_mount(step, error);
    int status;

    if (mount < 0)
        return mount;
    status = mount_journal_change(&step->build->mount_journal,
                                  (size_t)(step->operation - step->build->plan->operations), mount);
    if (status < 0)
        return error_call(error, status, "statx", "cannot examine the mount at %s", step->operation->target);
    status = reconfigure(step, mount, error);
    return status == 0 ? change_attributes(step, mount, error) : status;
}
