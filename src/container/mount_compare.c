/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   openat(/proc/PID/mountinfo), read: the table against the plan (src/verify); openat2(target) and statx(2) once more
 */
#include "base/fd.h"
#include "container/mount_addition.h"
#include "verify/verify.h"

#include <fcntl.h>

/* On top: what the path leads to in the container is this mount. */
static int compare_place(const struct addition *addition, const struct operation *operation, int mount_fd,
                         struct error *error)
{
    CLEANUP_FD int fd = path_open(addition->build->root_fd, operation->target, O_PATH);
    uint64_t wanted, found;
    bool is_root;
    int status;

    if (fd < 0)
        return error_call(error, fd, "openat2", "cannot open %s again", operation->target);
    status = mount_space_identify(mount_fd, &wanted, &is_root, error);
    if (status == 0)
        status = mount_space_identify(fd, &found, &is_root, error);
    if (status < 0 || (found == wanted && is_root))
        return status;
    return error_set(error, EBUSY, "%s is something else already: the container changed it meanwhile",
                     operation->target);
}

static int compare_operation(const struct addition *addition, size_t index, struct error *error)
{
    const struct operation *operation = &addition->plan->operations[index];
    const struct slot *slot = &addition->build->slots[index];
    int status;

    if (slot->fd < 0 || slot->symlink || operation->nofollow || operation->base != OPERATION_ROOT)
        return 0;
    status = compare_place(addition, operation, slot->fd, error);
    if (status < 0)
        plan_error_place(addition->plan, index, error);
    return status;
}

static int compare_table(const struct addition *addition, struct error *error)
{
    CLEANUP_VERIFICATION struct verification verification = {0};
    CLEANUP_FD int table = openat(addition->space->process_fd, "mountinfo", O_RDONLY | O_CLOEXEC);

    if (table < 0)
        return error_call(error, errno, "openat", "cannot open the container's mount table");
    return verify_build(&verification, addition->build, table, error);
}

int mount_addition_compare(const struct addition *addition, struct error *error)
{
    int status = compare_table(addition, error);

    for (size_t i = 0; i < addition->plan->length && status == 0; i++)
        status = compare_operation(addition, i, error);
    return status;
}
