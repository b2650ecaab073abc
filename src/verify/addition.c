/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   read(mountinfo): the table against the plan; openat2(target) and statx(2) once more
 */
#include "base/fd.h"
#include "kernel/mount_status.h"
#include "verify/verify.h"

#include <fcntl.h>

/* On top: what the path leads to in the container is this mount. */
static int compare_place(const struct build *build, const struct operation *operation, int mount_fd,
                         struct error *error)
{
    CLEANUP_FD int fd = path_open(build->root_fd, operation->target, O_PATH);
    struct mount_status wanted, found;
    int status;

    if (fd < 0)
        return error_call(error, fd, "openat2", "cannot open %s again", operation->target);
    status = kernel_mount_status(mount_fd, &wanted);
    if (status == 0)
        status = kernel_mount_status(fd, &found);
    if (status < 0)
        return error_call(error, status, "statx", "cannot examine the mount at %s", operation->target);
    if (found.id == wanted.id && found.is_root)
        return 0;
    return error_set(error, EBUSY, "%s is something else already: the container changed it meanwhile",
                     operation->target);
}

static int compare_operation(const struct build *build, size_t index, struct error *error)
{
    const struct operation *operation = &build->plan->operations[index];
    const struct slot *slot = &build->slots[index];
    int status;

    if (slot->fd < 0 || slot->symlink || operation->nofollow || operation->base != OPERATION_ROOT)
        return 0;
    status = compare_place(build, operation, slot->fd, error);
    if (status < 0)
        plan_error_place(build->plan, index, error);
    return status;
}

int verify_addition(const struct build *build, int table_fd, struct error *error)
{
    CLEANUP_VERIFICATION struct verification verification = {0};
    int status = verify_build(&verification, build, table_fd, error);

    for (size_t i = 0; i < build->plan->length && status == 0; i++)
        status = compare_operation(build, i, error);
    return status;
}
