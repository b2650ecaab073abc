/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   all new:    clone3(CLONE_NEW…, CLONE_PIDFD), and in the new process unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)
 *   some joined, or clocks to be set: setns(time); in a helper: setns(each other; the user namespace last), [unshare(CLONE_NEWTIME)],
 *                clone3(CLONE_NEW…, CLONE_PIDFD, CLONE_PARENT)
 */
#include "process/namespaces.h"
#include "base/fd.h"
#include "base/helper.h"
#include "process/attributes.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_namespace(const struct config_namespace *wanted, struct error *error)
{
    /* What a FIFO in its place would wait for never comes. */
    CLEANUP_FD int fd = open(wanted->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return error_call(error, errno, "open", "cannot open %s", wanted->path);
    if (ioctl(fd, NS_GET_NSTYPE) != wanted->flag)
        return error_set(error, EINVAL, "%s is not a %s namespace", wanted->path, wanted->name);
    return fd_take(&fd);
}

static int open_joined(struct namespaces *namespaces, size_t index, struct error *error)
{
    const struct config *config = namespaces->config;
    const struct config_namespace *wanted = &config->namespaces[index];
    char place[64];

    if (!wanted->path)
        return 0;
    if (wanted->flag == CLONE_NEWNS) {
        error_set(error, ENOTSUP, "an existing mount namespace can't be joined");
        error_hint(error,
                   "leave the path out: holdfast builds the mount namespace, and never changes another");
    } else {
        namespaces->joined[index] = open_namespace(wanted, error);
    }
    if (namespaces->joined[index] >= 0)
        return 0;
    snprintf(place, sizeof(place), "linux.namespaces[%zu].path", index);
    config_error_place(config, error, place);
    return -error->code;
}

int namespaces_open(struct namespaces *ret_namespaces, const struct config *config, struct error *error)
{
    struct namespaces opened = {config, calloc(config->namespaces_length + 1, sizeof(int))};
    int status = 0;

    if (!opened.joined)
        return error_memory(error);
    for (size_t i = 0; i < config->namespaces_length; i++)
        opened.joined[i] = -1;
    for (size_t i = 0; i < config->namespaces_length && status == 0; i++)
        status = open_joined(&opened, i, error);
    if (status < 0)
        namespaces_clear(&opened);
    else
        *ret_namespaces = opened;
    return status;
}

void namespaces_clear(struct namespaces *namespaces)
{
    for (size_t i = 0; namespaces->joined && i < namespaces->config->namespaces_length; i++)
        fd_close(&namespaces->joined[i]);
    free(namespaces->joined);
    *namespaces = (struct namespaces){0};
}

struct start {
    const struct namespaces *namespaces;
    const struct process_birth *birth;
    uint64_t flags;
    pid_t pid;
    int pidfd;
};

static int explain_new(const char *call, struct error *error)
{
    error_call(error, errno, call, "cannot start a process in new namespaces");
    if (error->code == ENOSPC)
        error_hint(error, "a limit on namespaces is reached: see the sysctls user.max_*_namespaces");
    else if (error->code == EBUSY)
        error_hint(error,
                   "the cgroup has controllers enabled for cgroups below it, so no process may be in it");
    return -error->code;
}

int process_clone(uint64_t flags, int cgroup_fd, void (*function)(void *argument), void *argument,
                  pid_t *ret_pid, int *ret_pidfd, struct error *error)
{
    int pidfd = -1;
    struct clone_args arguments = {
        .flags = flags | CLONE_PIDFD | (cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0),
        .pidfd = (uint64_t)(uintptr_t)&pidfd,
        .exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD, /* the parent's own with CLONE_PARENT */
        .cgroup = cgroup_fd >= 0 ? (uint64_t)cgroup_fd : 0,
    };
    long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));

    if (pid == 0) {
        function(argument);
        _exit(EXIT_FAILURE);
    }
    if (pid < 0)
        return explain_new("clone3", error);
    *ret_pid = (pid_t)pid;
    *ret_pidfd = pidfd;
    return 0;
}

static int clone_process(struct start *start, uint64_t more_flags, struct error *error)
{
    return process_clone(start->flags | more_flags, start->birth->cgroup_fd, start->birth->function,
                         start->birth->argument, &start->pid, &start->pidfd, error);
}

static int join(const struct namespaces *namespaces, int flags, struct error *error)
{
    for (size_t i = 0; i < namespaces->config->namespaces_length; i++) {
        const struct config_namespace *namespace = &namespaces->config->namespaces[i];

        if (namespaces->joined[i] < 0 || !(namespace->flag & flags))
            continue;
        if (setns(namespaces->joined[i], namespace->flag) < 0)
            return error_call(error, errno, "setns", "cannot join the %s namespace %s", namespace->name,
                              namespace->path);
    }
    return 0;
}

/* A clock can be set only as long as nobody is in the namespace (time_namespaces(7)). */
static int set_clocks(struct start *start, struct error *error)
{
    CLEANUP_FD int self = -1;

    if (start->namespaces->config->time_offsets_length == 0)
        return 0;
    if (unshare(CLONE_NEWTIME) < 0)
        return error_call(error, errno, "unshare", "cannot make a time namespace");
    start->flags &= ~(uint64_t)CLONE_NEWTIME;
    self = openat(start->birth->proc_fd, "self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (self < 0)
        return error_call(error, errno, "openat", "cannot open /proc/self");
    return process_set_time_offsets(start->namespaces->config, self, error);
}

/* The user namespace last: the others may belong to the host's, and want its privileges. */
static int join_and_clone(void *argument, struct error *error)
{
    struct start *start = argument;
    int status = join(start->namespaces, ~(CLONE_NEWTIME | CLONE_NEWUSER), error);

    if (status == 0)
        status = set_clocks(start, error);
    if (status == 0)
        status = join(start->namespaces, CLONE_NEWUSER, error);
    return status == 0 ? clone_process(start, CLONE_PARENT, error) : status;
}

/* Devices of the host are moved to the network namespace before the first process has said anything. */
static int later_flags(const struct config *config)
{
    return CLONE_NEWIPC | CLONE_NEWUTS | (config->net_devices_length ? 0 : CLONE_NEWNET);
}

int namespaces_make_later(const struct config *config, int kinds, struct error *error)
{
    int flags = 0;

    for (size_t i = 0; i < config->namespaces_length; i++)
        if (!config->namespaces[i].path)
            flags |= config->namespaces[i].flag & kinds & later_flags(config);
    return flags && unshare(flags) < 0 ? explain_new("unshare", error) : 0;
}

static bool joins_any(const struct namespaces *namespaces)
{
    for (size_t i = 0; i < namespaces->config->namespaces_length; i++)
        if (namespaces->joined[i] >= 0)
            return true;
    return false;
}

static int start_by_helper(struct start *start, struct error *error)
{
    int status;

    /* Who is in the joined namespaces already must not get at this program's memory or descriptors
     * (CVE-2016-9962). */
    if (joins_any(start->namespaces) && prctl(PR_SET_DUMPABLE, 0) < 0)
        return error_call(error, errno, "prctl", "cannot protect the process");
    /* Who shares memory with another process, as the helper does, can't join a time namespace (EUSERS). */
    status = join(start->namespaces, CLONE_NEWTIME, error);
    return status == 0 ? helper_run(join_and_clone, start, error) : status;
}

int namespaces_start_process(const struct namespaces *namespaces, const struct process_birth *birth,
                             pid_t *ret_pid, int *ret_pidfd, struct error *error)
{
    struct start start = {.namespaces = namespaces, .birth = birth, .pidfd = -1};
    int status;

    for (size_t i = 0; i < namespaces->config->namespaces_length; i++)
        if (namespaces->joined[i] < 0)
            start.flags |= (uint64_t)namespaces->config->namespaces[i].flag;
    start.flags &= ~(uint64_t)(unsigned)(birth->without | later_flags(namespaces->config));
    if (joins_any(namespaces) || namespaces->config->time_offsets_length)
        status = start_by_helper(&start, error);
    else
        status = clone_process(&start, 0, error);
    if (status < 0)
        return status;
    *ret_pid = start.pid;
    *ret_pidfd = start.pidfd;
    return 0;
}
