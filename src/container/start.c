/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   openat(report, O_RDONLY)
 *   openat(start, O_WRONLY), write a byte ──▶ the first process goes on
 *   read(report) to its end ◀──────────────── an error, perhaps of a hook; or nothing, and execve(2) closes it
 *   poll(start) ◀──────────────────────────── execve(2) has closed that, too
 */
#include "base/fd.h"
#include "container/container.h"
#include "container/end.h"
#include "kernel/procfs.h"
#include "process/executed.h"
#include "process/hooks.h"
#include "process/message.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#define REPORT_LIMIT ((size_t)1 << 20)
#define CLOSING_TIMEOUT 10000 /* milliseconds */

static int check_status(const struct container *container, struct error *error)
{
    enum status status = container_status(container);

    switch (status) {
    case STATUS_CREATED:
        return 0;
    case STATUS_STOPPED:
        return error_set(error, EINVAL, "cannot start a container that has stopped");
    case STATUS_RUNNING:
        return error_set(error, EINVAL, "cannot start an already running container");
    default:
        return error_set(error, EINVAL, "cannot start a container in the %s state", status_name(status));
    }
}

/* Without O_NONBLOCK the opening would wait for a writer; the reading has to wait for what is written. */
static int open_report(int directory, int *ret_report, struct error *error)
{
    CLEANUP_FD int report = openat(directory, "report", O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

    if (report < 0 || fcntl(report, F_SETFL, 0) < 0)
        return error_call(error, errno, "openat", "cannot open the FIFO report of the container's state");
    *ret_report = fd_take(&report);
    return 0;
}

static int let_go(int directory, int *ret_start, struct error *error)
{
    CLEANUP_FD int start = openat(directory, "start", O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    int result;

    if (start < 0 && errno == ENXIO)
        return error_set(error, EINVAL, "cannot start a container that has stopped");
    result = start < 0 ? -errno : fd_write_once(start, "", 1);
    if (result < 0)
        return error_call(error, result, start < 0 ? "openat" : "write",
                          "cannot tell the container's first process to go on");
    *ret_start = fd_take(&start);
    return 0;
}

/* The kernel closes one FIFO after the other, in any order, and as long as "start" has a reader the status is
 * "created". Nobody reads any more: POLLERR (poll(2)). */
static void wait_until_left(int start)
{
    struct pollfd entry = {.fd = start};

    while (poll(&entry, 1, CLOSING_TIMEOUT) < 0 && errno == EINTR)
        ;
}

/* *ret_is_hook: a startContainer hook failed, not the program. */
static int take_report(int report, bool *ret_is_hook, struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    const char *message;
    size_t length;
    int result = fd_read_all(report, REPORT_LIMIT, &text, &length);

    if (result < 0)
        return error_call(error, result, "read", "cannot read what the container's first process reports");
    if (length == 0)
        return 0;
    *ret_is_hook = text[0] == MESSAGE_HOOK;
    message = text + *ret_is_hook;
    if (*message != MESSAGE_ERROR)
        return error_set(error, EPROTO, "the container's first process sent an unknown message");
    error_unpack(error, message + 1, length - 1 - *ret_is_hook);
    return -error->code;
}

static int start_program(const struct container *container, bool *ret_is_hook, struct error *error)
{
    CLEANUP_FD int pidfd = -1;
    CLEANUP_FD int report = -1;
    CLEANUP_FD int proc_fd = -1;
    CLEANUP_FD int start = -1;
    int result = container_open_process(container, &pidfd, error);

    if (result == 0)
        result = open_report(container->directory, &report, error);
    if (result == 0)
        result = let_go(container->directory, &start, error);
    if (result == 0)
        result = take_report(report, ret_is_hook, error);
    if (result == 0)
        result = procfs_open(&proc_fd, error);
    if (result == 0)
        result = executed_check(proc_fd, container->state.pid, pidfd, error);
    if (result == 0)
        wait_until_left(start);
    return result;
}

void container_destroy_silently(const struct container_settings *settings, struct container *container,
                                const struct config *config)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *line = NULL;

    if (container_destroy(settings, container, config, &error) == 0 || !settings->warn)
        return;
    line = error_format(&error);
    settings->warn(line ? line : error_name(error.code));
}

int container_run_poststart_hooks(const struct container_settings *settings, struct container *container,
                                  const struct config *config, struct error *error)
{
    CLEANUP_FREE char *state = state_to_oci(&container->state, STATUS_RUNNING, container->state.pid);
    const struct hook_run run = {
        .config = config,
        .kind = HOOK_POSTSTART,
        .state = state,
        .signal_mask = container->signal_mask,
        .descriptor_limit = container->descriptor_limit,
    };
    int result = state ? hooks_run(&run, error) : error_memory(error);

    if (result < 0)
        container_destroy_silently(settings, container, config);
    return result;
}

static void report(const struct start_options *options, const struct container *container)
{
    if (!options->timing)
        return;
    options->timing->child = container->state.pid;
    options->report(options->timing, NULL, NULL);
}

static int start_created(const struct container_settings *settings, const struct start_options *options,
                         struct container *container, struct error *error)
{
    CLEANUP_CONFIG struct config config = {0};
    bool is_hook = false;
    int result = TIMED(options->timing, TIMING_CONFIG, container_read_config(container, &config, error));

    if (result == 0 && !config.has_process)
        return error_set(error, EINVAL,
                         "cannot start a container without a process: its config.json has none");
    if (result == 0)
        result = TIMED(options->timing, TIMING_EXEC, start_program(container, &is_hook, error));
    /* OCI config.md, "StartContainer Hooks"; without, the container stays, stopped, as in runc. */
    if (is_hook)
        container_destroy_silently(settings, container, &config);
    if (result == 0)
        result = TIMED(options->timing, TIMING_HOOKS,
                       container_run_poststart_hooks(settings, container, &config, error));
    if (result == 0)
        report(options, container);
    return result;
}

int container_start(const struct container_settings *settings, const struct start_options *options,
                    struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    int result = TIMED(options->timing, TIMING_STATE,
                       container_open(&container, settings->root, options->id, true, error));

    if (result == 0)
        result = check_status(&container, error);
    return result < 0 ? result : start_created(settings, options, &container, error);
}
