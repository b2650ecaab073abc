/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "container/container.h"
#include "container/handout.h"
#include "process/join.h"
#include "process/supervise.h"

#include <poll.h>
#include <stdint.h>

#define END_MILLISECONDS 1000

static int check_status(const struct container *container, const struct exec_options *options,
                        struct error *error)
{
    enum status status = container_status(container);

    switch (status) {
    case STATUS_STOPPED:
    case STATUS_CREATING:
        return error_set(error, EINVAL, "cannot exec in a %s container", status_name(status));
    case STATUS_PAUSED:
        if (options->ignore_paused)
            return 0;
        error_set(error, EINVAL, "cannot exec in a paused container");
        error_hint(error, "use --ignore-paused to start the program as soon as the container is resumed");
        return -EINVAL;
    default:
        return 0;
    }
}

static int hand_out(const struct exec_options *options, const struct join *join, struct error *error)
{
    const struct handout handout = {
        .console_socket = options->console_socket,
        .pid_file = options->pid_file,
        .pidfd_socket = options->pidfd_socket,
        .console_master = join->console_master,
        .pid = join->child.pid,
        .pidfd = join->child.pidfd,
    };

    return handout_send(&handout, error);
}

static int run_joined(const struct exec_options *options, struct join *join, int *ret_status,
                      struct error *error)
{
    CLEANUP_FD int signal_fd = supervise_open_signals(error);
    struct supervision supervision = SUPERVISION_NONE;
    int status = signal_fd < 0 ? signal_fd : hand_out(options, join, error);

    if (status < 0) {
        child_end(&join->child);
        return status;
    }
    status = TIMED(options->timing, TIMING_EXEC, join_go(join, error));
    *ret_status = 0;
    if (status == 0 && options->timing) {
        options->timing->child = join->child.pid;
        options->report(options->timing, NULL, NULL);
    }
    if (status < 0 || options->detach)
        return status;
    supervision.pidfd = join->child.pidfd;
    supervision.signal_fd = signal_fd;
    supervision.pid = join->child.pid;
    supervision.console_fd = join->console_master;
    status = supervise(&supervision, ret_status, error);
    if (status < 0)
        child_end(&join->child);
    return status;
}

/* The container's, not the new process's (OCI config-linux.md, "The Container Process State"). */
static char *describe(void *owner, bool created, pid_t pid)
{
    const struct container *container = owner;

    (void)created;
    (void)pid;
    return state_to_oci(&container->state, container_status(container), container->state.pid);
}

/* Whose process is being killed takes no further one, some time before it has ended. */
static bool ends_soon(int pidfd)
{
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};

    return poll(&ended, 1, END_MILLISECONDS) > 0;
}

/* ENOMEM: clone(2) into a pid namespace whose first process has ended. */
static bool is_of_ended_process(int status)
{
    return status == -ESRCH || status == -EPIPE || status == -ECHILD || status == -ENOMEM;
}

static int exec_in(const struct container_settings *settings, struct container *container,
                   const struct config *config, const struct exec_options *options, int *ret_status,
                   struct error *error)
{
    CLEANUP_JOIN struct join join = JOIN_NONE;
    CLEANUP_FD int pidfd = -1;
    struct join_options join_options = {
        .id = container->state.id,
        .pid = container->state.pid,
        .cgroup = &container->state.cgroup,
        .cgroup_below = options->cgroup,
        .no_pivot_root = container->state.no_pivot_root,
        .no_new_keyring = options->no_new_keyring,
        .preserved_fds = options->listen_fds + options->preserved_fds,
        .listen_fds = options->listen_fds,
        .owner = {config, settings->warn, describe, container},
    };
    int status = container_open_process(container, &pidfd, error);

    if (status < 0)
        return status;
    join_options.pidfd = pidfd;
    status = TIMED(options->timing, TIMING_JOIN, join_create(&join, config, &join_options, error));
    if (status == 0)
        status = run_joined(options, &join, ret_status, error);
    if (is_of_ended_process(status) && ends_soon(pidfd))
        return error_set(error, ESRCH, "cannot exec: container %s has stopped meanwhile",
                         container->state.id);
    return status;
}

/* A file without capabilities or labels doesn't give the process more than the container has, as with runc. */
static struct config_process confined_process(const struct config_process *given, const struct config *config)
{
    struct config_process process = *given;

    if (!process.capabilities.given)
        process.capabilities = config->process.capabilities;
    process.capabilities.given = true;
    if (!process.apparmor_profile)
        process.apparmor_profile = config->process.apparmor_profile;
    if (!process.selinux_label)
        process.selinux_label = config->process.selinux_label;
    return process;
}

int container_exec(const struct container_settings *settings, const struct exec_options *options,
                   int *ret_status, struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_CONFIG struct config config = {0};
    struct config joined;
    int status = handout_check(options->process->terminal, options->detach, options->console_socket, error);

    if (status == 0)
        status = handout_check_preserved(options->listen_fds, options->preserved_fds, error);
    if (status == 0)
        status = container_open(&container, settings->root, options->id, false, error);
    if (status == 0)
        status = check_status(&container, options, error);
    if (status == 0)
        status = container_read_config(&container, &config, error);
    if (status < 0)
        return status;
    joined = config;
    joined.process = confined_process(options->process, &config);
    joined.file = options->written ? options->written->file : NULL;
    joined.text = options->written ? options->written->text : NULL;
    joined.section = options->written ? options->written->section : NULL;
    return exec_in(settings, &container, &joined, options, ret_status, error);
}
