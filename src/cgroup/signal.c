/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup.procs, pidfd_open(2), cgroup.procs again, pidfd_send_signal(2): a process that is listed both before and after
 * it was opened is the one that was opened. SIGKILL: cgroup.kill (Linux 5.14), which needs no list.
 */
#include "base/fd.h"
#include "cgroup/files.h"
#include "cgroup/processes.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BATCH 128 /* descriptors that are held at a time */
#define NANOSECONDS 1000000000L
#define SECONDS_TO_KILL 10

struct timespec cgroup_deadline(unsigned seconds)
{
    struct timespec moment = {0};

    (void)!clock_gettime(CLOCK_MONOTONIC, &moment);
    moment.tv_sec += seconds;
    return moment;
}

bool cgroup_sleep(const struct timespec *deadline, unsigned round)
{
    const long milliseconds = round < 6 ? 1L << round : 64;
    struct timespec now = {0};

    (void)!clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec > deadline->tv_sec || (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec))
        return false;
    (void)!nanosleep(&(struct timespec){.tv_nsec = milliseconds * (NANOSECONDS / 1000)}, NULL);
    return true;
}

static int compare(const void *one, const void *other)
{
    const pid_t left = *(const pid_t *)one, right = *(const pid_t *)other;

    return (left > right) - (left < right);
}

static bool contains(const struct process_list *list, pid_t pid)
{
    return list->length > 0 && bsearch(&pid, list->values, list->length, sizeof(pid), compare);
}

static int send_signal(int pidfd, pid_t pid, int number, struct error *error)
{
    if (syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) == 0 || errno == ESRCH)
        return 0;
    return error_call(error, errno, "pidfd_send_signal", "cannot send signal %d to process %d", number, pid);
}

/* length is at most BATCH. */
static int signal_batch(int directory_fd, const pid_t *pids, size_t length, int number, struct error *error)
{
    struct arena arena = {0};
    struct process_list list = {.arena = &arena};
    int pidfds[BATCH];
    int status;

    for (size_t i = 0; i < length; i++)
        pidfds[i] = pids[i] == getpid() ? -1 : (int)syscall(SYS_pidfd_open, pids[i], 0);
    status = cgroup_list_processes(directory_fd, &list, error);
    for (size_t i = 0; i < length; i++) {
        if (status == 0 && pidfds[i] >= 0 && contains(&list, pids[i]))
            status = send_signal(pidfds[i], pids[i], number, error);
        fd_close(&pidfds[i]);
    }
    arena_clear(&arena);
    return status;
}

int cgroup_signal_directory(int directory_fd, int number, size_t *ret_length, struct error *error)
{
    struct arena arena = {0};
    struct process_list list = {.arena = &arena};
    int status = cgroup_list_processes(directory_fd, &list, error);

    for (size_t i = 0; status == 0 && i < list.length; i += BATCH) {
        size_t length = list.length - i < BATCH ? list.length - i : BATCH;

        status = signal_batch(directory_fd, list.values + i, length, number, error);
    }
    if (status == 0)
        *ret_length = list.length - contains(&list, getpid());
    arena_clear(&arena);
    return status;
}

/* cgroup.kill would take this process with it, where it is in the cgroup itself. */
static int list_others(int directory_fd, bool *ret_has_self, size_t *ret_length, struct error *error)
{
    struct arena arena = {0};
    struct process_list list = {.arena = &arena};
    int status = cgroup_list_processes(directory_fd, &list, error);

    if (status == 0) {
        *ret_has_self = contains(&list, getpid());
        *ret_length = list.length - *ret_has_self;
    }
    arena_clear(&arena);
    return status;
}

int cgroup_kill_directory(int directory_fd, size_t *ret_length, struct error *error)
{
    bool has_self;
    size_t length;
    int status = list_others(directory_fd, &has_self, &length, error);

    /* So deep that it can't be listed: that must not save it. */
    if (status == -ELOOP) {
        error_clear(error);
        has_self = false;
        length = 1;
        status = 0;
    }
    if (status == 0 && !has_self) {
        status = cgroup_write(directory_fd, "cgroup.kill", "1", error);
        if (status == 0)
            *ret_length = length;
        /* EOPNOTSUPP: a threaded cgroup, which is killed with the one above it. */
        if (status != -ENOENT && status != -EOPNOTSUPP)
            return status;
        error_clear(error);
        status = 0;
    }
    return status < 0 ? status : cgroup_signal_directory(directory_fd, SIGKILL, ret_length, error);
}

/* One round in all hierarchies: a process may have moved in some of them. */
static int kill_round(const struct cgroup *cgroup, size_t *ret_length, struct error *error)
{
    size_t all = 0;

    for (size_t i = 0; i < cgroup->length; i++) {
        CLEANUP_FD int directory = cgroup_open_place(&cgroup->places[i], error);
        size_t length = 0;
        int status = directory < 0 ? directory : cgroup_kill_directory(directory, &length, error);

        if (status == -ENOENT || status == -ENODEV)
            error_clear(error);
        else if (status < 0)
            return status;
        all += length;
    }
    *ret_length = all;
    return 0;
}

static int kill_all(const struct cgroup *cgroup, struct error *error)
{
    const struct timespec deadline = cgroup_deadline(SECONDS_TO_KILL);
    size_t length = 0;

    for (unsigned round = 0;; round++) {
        int status;

        cgroup_thaw_legacy(cgroup);
        status = kill_round(cgroup, &length, error);
        if (status < 0 || length == 0)
            return status;
        if (!cgroup_sleep(&deadline, round))
            break;
    }
    error_set(error, ETIMEDOUT, "%zu processes of the container still live after SIGKILL", length);
    error_hint(error, "they wait for a device or a file server; they end when it answers");
    return -ETIMEDOUT;
}

static int signal_place(const struct cgroup_place *place, int number, struct error *error)
{
    CLEANUP_FD int directory = cgroup_open_place(place, error);
    size_t length;

    if (directory == -ENOENT) {
        error_clear(error);
        return 0;
    }
    return directory < 0 ? directory : cgroup_signal_directory(directory, number, &length, error);
}

int cgroup_signal(const struct cgroup *cgroup, int number, struct error *error)
{
    const struct cgroup_place *place = cgroup_main_place(cgroup);
    CLEANUP_ERROR struct error ignored = {0};
    bool was_frozen, is_frozen;
    int status;

    if (!place)
        return error_set(error, ENOENT, "the container has no cgroup, so its processes are not known");
    if (number == SIGKILL)
        return kill_all(cgroup, error);
    /* Where it can't be frozen (no permission, no freezer) a process that is born meanwhile is missed: what runc does. */
    was_frozen = cgroup_is_frozen(cgroup);
    is_frozen = !was_frozen && cgroup_freeze(cgroup, true, &ignored) == 0;
    status = signal_place(place, number, error);
    if (is_frozen && cgroup_freeze(cgroup, false, status < 0 ? &ignored : error) < 0 && status == 0)
        status = -error->code;
    return status;
}
