/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   open(/proc/PID), openat(root); poll(pidfd) says that they are the container's
 *   in a helper: setns(pidfd, CLONE_NEWNS)
 */
#include "container/mount_space.h"
#include "base/fd.h"
#include "kernel/mount_api.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void mount_space_clear(struct mount_space *space)
{
    fd_close(&space->process_fd);
    fd_close(&space->root_fd);
    fd_close(&space->descriptors_fd);
}

static int check_alive(int pidfd, struct error *error)
{
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};

    if (poll(&ended, 1, 0) == 0)
        return 0;
    error_set(error, ESRCH, "the container's process has ended");
    error_hint(error, "mounts are those of a running container");
    return -ESRCH;
}

static int find_user_namespace(struct mount_space *space, struct error *error)
{
    struct stat own, other;

    if (stat("/proc/self/ns/user", &own) < 0 || fstatat(space->process_fd, "ns/user", &other, 0) < 0)
        return error_call(error, errno, "stat", "cannot examine the container's user namespace");
    space->own_user_namespace = own.st_ino != other.st_ino;
    return 0;
}

static int open_process(const struct container_process *process, struct mount_space *space,
                        struct error *error)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d", (int)process->pid);
    space->process_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (space->process_fd < 0)
        return error_call(error, errno, "open", "cannot open %s", path);
    space->root_fd = openat(space->process_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (space->root_fd < 0) {
        error_call(error, errno, "open", "cannot open %s/root", path);
        error_hint(error, "run as root: only who is privileged over a container may look into it");
        return -error->code;
    }
    space->descriptors_fd = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (space->descriptors_fd < 0)
        return error_call(error, errno, "open", "cannot open /proc/self/fd");
    return find_user_namespace(space, error);
}

/* What was opened by number was opened of this process only if it lives still: then nobody else has had the number. */
int mount_space_open(const struct container_process *process, struct mount_space *ret_space,
                     struct error *error)
{
    struct mount_space space = MOUNT_SPACE_NONE;
    int status;

    space.pidfd = process->pidfd;
    status = check_alive(process->pidfd, error);
    if (status == 0)
        status = open_process(process, &space, error);
    if (status == 0)
        status = check_alive(process->pidfd, error);
    if (status == 0)
        *ret_space = space;
    else
        mount_space_clear(&space);
    return status;
}

int mount_space_table(const struct mount_space *space, struct arena *arena, struct mount_table *ret_table,
                      struct error *error)
{
    CLEANUP_FD int fd = openat(space->process_fd, "mountinfo", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return error_call(error, errno, "open", "cannot open the container's mount table");
    return mountinfo_read(fd, arena, ret_table, error);
}

const struct mount_entry *mount_space_find(const struct mount_table *table, uint64_t id)
{
    for (size_t i = 0; i < table->length; i++)
        if (table->entries[i].id == id)
            return &table->entries[i];
    return NULL;
}

int mount_space_enter(const struct mount_space *space, struct error *error)
{
    if (setns(space->pidfd, CLONE_NEWNS) == 0)
        return 0;
    error_call(error, errno, "setns", "cannot enter the container's mount namespace");
    if (error->code == EPERM)
        error_hint(error, "run as root: this needs CAP_SYS_ADMIN over the container's mount namespace");
    return -error->code;
}

int mount_space_identify(int fd, uint64_t *ret_id, bool *ret_is_root, struct error *error)
{
    struct statx status;

    if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0)
        return error_call(error, errno, "statx", "cannot examine the mount");
    if (!(status.stx_mask & STATX_MNT_ID) || !(status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
        return error_set(error, ENOSYS, "this kernel doesn't tell the numbers of mounts (Linux 5.8)");
    *ret_id = status.stx_mnt_id;
    *ret_is_root = status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
    return 0;
}
