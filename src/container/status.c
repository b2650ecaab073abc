/* SPDX-License-Identifier: Apache-2.0 */
/* A container's status, as the kernel knows it. */
#include "base/fd.h"
#include "container/directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIELDS_BETWEEN 18 /* from the state, field 3, to the start time, field 22: proc_pid_stat(5) */

static const char *const names[] = {"creating", "created", "running", "paused", "stopped"};

const char *status_name(enum status status)
{
    return names[status];
}

/* The name of the program, in parentheses, may hold any character: what follows begins after the last ")". */
static int parse_stat(const char *text, uint64_t *ret_start_time, bool *ret_ended)
{
    const char *state = strrchr(text, ')');
    const char *field;

    if (!state || state[1] != ' ' || state[2] == '\0')
        return -EPROTO;
    state += 2;
    field = state;
    for (int i = 0; i <= FIELDS_BETWEEN && field; i++) {
        field = strchr(field, ' ');
        field = field ? field + 1 : NULL;
    }
    if (!field)
        return -EPROTO;
    *ret_start_time = strtoull(field, NULL, 10);
    *ret_ended = strchr("ZXx", *state) != NULL;
    return 0;
}

int process_start_time(pid_t pid, uint64_t *ret_start_time, bool *ret_ended, struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    CLEANUP_FD int fd = -1;
    char path[64];
    int result;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    result = fd < 0 ? -errno : fd_read_all(fd, 4096, &text, NULL);
    if (result == -ENOENT || result == -ESRCH)
        return error_set(error, ESRCH, "process %d has ended", (int)pid);
    if (result == 0)
        result = parse_stat(text, ret_start_time, ret_ended);
    return result < 0 ? error_call(error, result, fd < 0 ? "open" : "read", "cannot read %s", path) : 0;
}

/* Pids are used again; the start time tells whether it is still the same process. */
static int check_process(const struct state *state, struct error *error)
{
    uint64_t start_time;
    bool ended;
    int result = process_start_time(state->pid, &start_time, &ended, error);

    if (result < 0)
        return result;
    if (ended || start_time != state->start_time)
        return error_set(error, ESRCH, "the container's process has ended");
    return 0;
}

int container_open_process(const struct container *container, int *ret_pidfd, struct error *error)
{
    CLEANUP_FD int pidfd = -1;
    int result, code;

    if (container->state.pid <= 0)
        return error_set(error, ESRCH, "the container has no process yet");
    pidfd = (int)syscall(SYS_pidfd_open, container->state.pid, 0);
    code = pidfd < 0 ? errno : 0;
    /* The number may be that of somebody's thread by now, which pidfd_open(2) refuses with other errors than ESRCH. */
    result = code == ESRCH ? 0 : check_process(&container->state, error);
    if (result < 0)
        return result;
    if (code)
        return error_call(error, code, "pidfd_open", "cannot open process %d", (int)container->state.pid);
    *ret_pidfd = fd_take(&pidfd);
    return 0;
}

/* What can't be found out, for want of descriptors for example, is no reason to take a container for stopped, and delete it. */
static bool is_alive(const struct container *container)
{
    CLEANUP_ERROR struct error ignored = {0};

    return container->state.pid > 0 && check_process(&container->state, &ignored) != -ESRCH;
}

/* fifo(7): opened for writing, without waiting, it fails with ENXIO where nobody reads. */
static bool awaits_start(const struct container *container)
{
    CLEANUP_FD int fd = openat(container->directory, "start", O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

    return fd >= 0;
}

enum status container_status(const struct container *container)
{
    bool alive = is_alive(container);

    if (!container->state.is_created)
        return alive || container_is_locked(container) ? STATUS_CREATING : STATUS_STOPPED;
    if (!alive)
        return STATUS_STOPPED;
    if (cgroup_is_frozen(&container->state.cgroup))
        return STATUS_PAUSED;
    return awaits_start(container) ? STATUS_CREATED : STATUS_RUNNING;
}
