/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   pidfd_open, /proc/PID/stat: it is still the same process
 *   pidfd_send_signal, poll(pidfd)
 */
#include "base/fd.h"
#include "container/container.h"
#include "container/end.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define END_TIMEOUT_MILLISECONDS 10000

static int not_running(struct error *error)
{
    return error_set(error, ESRCH, "container not running");
}

static int send_signal(int pidfd, int number, struct error *error)
{
    if (syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) == 0)
        return 0;
    if (errno == ESRCH)
        return not_running(error);
    return error_call(error, errno, "pidfd_send_signal", "cannot send signal %d to the container's process",
                      number);
}

/* Version 1's freezer keeps a killed process until it is thawed. */
static int let_die(const struct cgroup *cgroup, int number, struct error *error)
{
    return number == SIGKILL && cgroup_is_frozen(cgroup) ? cgroup_freeze(cgroup, false, error) : 0;
}

int container_signal_process(const struct container *container, int number, struct error *error)
{
    CLEANUP_FD int pidfd = -1;
    int result = container_open_process(container, &pidfd, error);

    if (result == -ESRCH)
        return not_running(error);
    if (result == 0)
        result = send_signal(pidfd, number, error);
    return result < 0 ? result : let_die(&container->state.cgroup, number, error);
}

static int wait_for_end(int pidfd, struct error *error)
{
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    int count;

    do
        count = poll(&ended, 1, END_TIMEOUT_MILLISECONDS);
    while (count < 0 && errno == EINTR);
    if (count > 0)
        return 0;
    if (count < 0)
        return error_call(error, errno, "poll", "cannot wait for the container's process");
    error_set(error, EBUSY, "the container's process has not ended within ten seconds of SIGKILL");
    error_hint(error, "the kernel waits for something, a device or a network file system: try again later");
    return -EBUSY;
}

int container_end_process(const struct container *container, struct error *error)
{
    CLEANUP_FD int pidfd = -1;
    int result = container_open_process(container, &pidfd, error);

    if (result == 0)
        result = send_signal(pidfd, SIGKILL, error);
    if (result == -ESRCH) {
        error_clear(error);
        return 0;
    }
    if (result == 0)
        result = let_die(&container->state.cgroup, SIGKILL, error);
    return result < 0 ? result : wait_for_end(pidfd, error);
}

/* With a pid namespace of its own the kernel ends the others when the first process ends (pid_namespaces(7)). */
static int has_own_pid_namespace(const struct container *container, bool *ret_own, struct error *error)
{
    CLEANUP_CONFIG struct config config = {0};
    const struct config_namespace *pid;
    int result = container_read_config(container, &config, error);

    if (result < 0)
        return result;
    pid = config_namespace(&config, CLONE_NEWPID);
    *ret_own = pid && !pid->path;
    return 0;
}

static int signal_all(const struct container *container, int number, struct error *error)
{
    int result = cgroup_signal(&container->state.cgroup, number, error);

    return result < 0 ? result : let_die(&container->state.cgroup, number, error);
}

static int signal_container(const struct container *container, int number, struct error *error)
{
    bool own = true;
    int result;

    if (number == SIGKILL && container->state.cgroup.length > 0) {
        result = has_own_pid_namespace(container, &own, error);
        if (result < 0)
            return result;
    }
    return own ? container_signal_process(container, number, error) : signal_all(container, number, error);
}

int container_kill(const struct container_settings *settings, const char *id, int signal_number, bool all,
                   struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    enum status status;
    int result = container_open(&container, settings->root, id, false, error);

    if (result < 0)
        return result;
    if (all && container.state.cgroup.length > 0)
        return signal_all(&container, signal_number, error);
    status = container_status(&container);
    if (status == STATUS_STOPPED || status == STATUS_CREATING)
        return not_running(error);
    return signal_container(&container, signal_number, error);
}
