/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   detach: fchdir(the host's /proc/self/fd), umount2("N", MNT_DETACH)
 *   undo:   statx(2), read(mountinfo), detach, and once more while the mount is in the table; unlinkat(2)
 */
#include "mount/addition.h"
#include "base/fd.h"
#include "kernel/mount_status.h"
#include "kernel/mountinfo.h"
#include "kernel/procfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define COVERS_LIMIT 100 /* somebody in the container might go on mounting for ever */

int addition_prepare_plan(struct plan *plan, struct error *error)
{
    for (size_t i = 0; i < plan->length; i++) {
        plan->operations[i].is_base = true;
        if (plan->operations[i].kind != OPERATION_REMOUNT)
            continue;
        error_set(error, EINVAL, "option \"remount\" is for a configuration only");
        error_hint(error, "remove the mount, and add it with other options");
        plan_error_place(plan, i, error);
        return -EINVAL;
    }
    return 0;
}

/* umount2(2) knows no descriptors. The magic link leads to the place of this mount, and there the topmost one goes. */
int addition_detach(int descriptors_fd, int fd)
{
    char name[16];

    snprintf(name, sizeof(name), "%d", fd);
    if (fchdir(descriptors_fd) < 0)
        return -errno;
    return kernel_detach(name);
}

static bool is_attached(int proc_fd, uint64_t id)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int file = -1;
    struct mount_table table;

    if (procfs_open_thread_file(proc_fd, "mountinfo", O_RDONLY, &file, &error) < 0 ||
        mountinfo_read(file, &arena, &table, &error) < 0)
        return false;
    for (size_t i = 0; i < table.length; i++)
        if (table.entries[i].id == id)
            return true;
    return false;
}

/* With all that covers it. One that isn't attached is none to take off. */
static void take_back(int fd, int proc_fd, int descriptors_fd)
{
    struct mount_status status;

    if (kernel_mount_status(fd, &status) < 0)
        return;
    for (int i = 0; i < COVERS_LIMIT && is_attached(proc_fd, status.id); i++)
        if (addition_detach(descriptors_fd, fd) < 0)
            return;
}

void addition_undo(struct build *build, int proc_fd, int descriptors_fd)
{
    for (size_t i = build->plan->length; i > 0; i--)
        if (build->slots[i - 1].fd >= 0)
            take_back(build->slots[i - 1].fd, proc_fd, descriptors_fd);
    path_journal_undo(&build->path_journal);
}
