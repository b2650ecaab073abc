/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "mount/machine.h"
#include "mount/seed.h"
#include "process/first_process.h"
#include "process/launcher.h"
#include "process/message.h"
#include "process/seccomp.h"
#include "process/supervise.h"
#include "process/user_namespace.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int check_config(const struct config *config, struct error *error)
{
    if (!config->has_process)
        return error_set(error, EINVAL, "%s: process: is missing, so there is nothing to run", config->file);
    if (config_namespace(config, CLONE_NEWNS))
        return 0;
    error_set(error, EINVAL, "has no \"mount\"");
    error_hint(error, "add { \"type\": \"mount\" }: holdfast never builds among the host's mounts");
    config_error_place(config, error, "linux.namespaces");
    return -EINVAL;
}

/* An ordinary user becomes root in the configuration's user namespace first; the rest is the same. */
static int gain_privileges(struct launch *launch, bool *ret_from_seed, struct error *error)
{
    bool wants_namespace = config_namespace(launch->config, CLONE_NEWUSER) != NULL;

    *ret_from_seed = seed_is_usable();
    if (mount_namespace_is_privileged()) {
        launch->own_user_namespace = wants_namespace;
        launch->may_set_groups = wants_namespace || user_namespace_may_set_groups();
        return 0;
    }
    *ret_from_seed = false;
    if (!wants_namespace) {
        error_set(error, EPERM, "holdfast needs root here: the configuration has no user namespace");
        error_hint(error,
                   "run as root, or add { \"type\": \"user\" } to linux.namespaces with mappings of your "
                   "own ids");
        return -EPERM;
    }
    if (user_namespace_enter(launch->config, error) < 0)
        return -error->code;
    /* Another one for the container: so its mounts are locked for it as they are where root launches. */
    launch->own_user_namespace = true;
    launch->nested = true;
    launch->first_uid = geteuid();
    launch->first_gid = getegid();
    launch->may_set_groups = user_namespace_may_set_groups();
    return 0;
}

/* A bind mount costs a descriptor; the program gets the limit that holdfast was started with. */
static int raise_descriptor_limit(struct launch *launch, struct error *error)
{
    struct rlimit raised;

    if (getrlimit(RLIMIT_NOFILE, &launch->descriptor_limit) < 0)
        return error_call(error, errno, "getrlimit", "cannot read the limit of open files");
    raised = (struct rlimit){launch->descriptor_limit.rlim_max, launch->descriptor_limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) < 0)
        return error_call(error, errno, "setrlimit", "cannot raise the limit of open files");
    return 0;
}

static int take_error(const struct message *message, struct error *error)
{
    error_unpack(error, message->data, message->length);
    return -error->code;
}

/* The first process's name as long as it is ours. */
static bool has_executed(const struct launch *launch)
{
    CLEANUP_FD int fd = -1;
    char path[64], name[32] = "";

    snprintf(path, sizeof(path), "%d/comm", (int)launch->pid);
    fd = openat(launch->proc_fd, path, O_RDONLY | O_CLOEXEC);
    return fd < 0 || read(fd, name, sizeof(name) - 1) < 0 || strcmp(name, FIRST_PROCESS_NAME "\n") != 0;
}

static bool has_ended(const struct launch *launch)
{
    struct pollfd ended = {.fd = launch->pidfd, .events = POLLIN};

    return poll(&ended, 1, 0) > 0;
}

/* The socket's other end is closed by execve, but by any other end as well: a filter may kill the process at its
 * execve. Until it has either another name or an end, it is in the middle of the one or the other. */
static int check_executed(const struct launch *launch, struct error *error)
{
    const struct timespec moment = {.tv_nsec = 100000};

    while (!has_executed(launch)) {
        if (has_ended(launch) && !has_executed(launch)) {
            error_set(error, ECHILD, "the first process was killed before it became the program");
            error_hint(error,
                       "does linux.seccomp allow execve? else see the kernel's log, for memory that ran out");
            return -ECHILD;
        }
        nanosleep(&moment, NULL);
    }
    return 0;
}

static int wait_for_program(const struct launch *launch, struct error *error)
{
    CLEANUP_MESSAGE struct message ready = {0};
    CLEANUP_MESSAGE struct message last = {0};
    int status = message_expect(launch->socket, MESSAGE_READY, &ready, error);

    if (status == 0)
        status = message_receive(launch->socket, &last, error);
    if (status < 0)
        return status;
    if (last.kind == MESSAGE_ERROR)
        return take_error(&last, error);
    if (last.kind != MESSAGE_END)
        return error_set(error, EPROTO, "the first process sent an unknown message");
    return launch->options->own_init ? 0 : check_executed(launch, error);
}

static int open_channels(struct launch *launch, struct error *error)
{
    int ends[2];
    int status = message_pair(ends, error);

    if (status < 0)
        return status;
    launch->socket = ends[0];
    launch->far_socket = ends[1];
    launch->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return launch->proc_fd < 0 ? error_call(error, errno, "open", "cannot open /proc") : 0;
}

static int prepare(struct launch *launch, struct error *error)
{
    const struct config *config = launch->config;
    int status = open_channels(launch, error);

    if (status == 0)
        status = namespaces_open(&launch->namespaces, config, error);
    if (status == 0 && config->seccomp.given)
        status = seccomp_build(&config->seccomp, &launch->filter, error);
    if (status == 0)
        status = raise_descriptor_limit(launch, error);
    return status == 0 ? build_prepare_host(launch->build, error) : status;
}

static int start(struct launch *launch, bool from_seed, struct error *error)
{
    int status = prepare(launch, error);

    if (status == 0)
        status = from_seed ? seed_begin(&launch->mount_namespace, error)
                           : mount_namespace_begin_copy(&launch->mount_namespace, error);
    if (status < 0)
        return status;
    launch->inside = true;
    launch->build->outside = &launch->mount_namespace;
    status = launch_start_first_process(launch, error);
    if (status == 0)
        status = launch_assemble(launch, error);
    return status == 0 ? wait_for_program(launch, error) : status;
}

/* A first process that died has said why, if it could: that is the better error. */
static void prefer_its_word(struct launch *launch, struct error *error)
{
    CLEANUP_MESSAGE struct message word = {0};
    CLEANUP_ERROR struct error none = {0};

    if (error->code == EPIPE && message_receive(launch->socket, &word, &none) == 0 &&
        word.kind == MESSAGE_ERROR)
        (void)take_error(&word, error);
}

static void end_first_process(struct launch *launch)
{
    if (launch->pid <= 0)
        return;
    (void)syscall(SYS_pidfd_send_signal, launch->pidfd, SIGKILL, NULL, 0);
    while (waitpid(launch->pid, NULL, __WALL) < 0 && errno == EINTR)
        ;
}

static void undo(struct launch *launch)
{
    end_first_process(launch);
    if (launch->mount_namespace.inside_fd >= 0)
        build_undo(launch->build, &launch->mount_namespace, launch->inside);
}

static void launch_clear(struct launch *launch)
{
    fd_close(&launch->proc_fd);
    fd_close(&launch->socket);
    fd_close(&launch->far_socket);
    fd_close(&launch->pidfd);
    namespaces_clear(&launch->namespaces);
    user_namespace_clear(&launch->user_namespace);
    mount_namespace_clear(&launch->mount_namespace);
    seccomp_cleanup(&launch->filter);
}

static int run_launch(struct launch *launch, bool from_seed, int *ret_status, struct error *error)
{
    int status = supervise_block_signals(&launch->signal_mask, error);

    if (status < 0)
        return status;
    status = start(launch, from_seed, error);
    if (status < 0) {
        prefer_its_word(launch, error);
        undo(launch);
    } else {
        status = supervise(launch->pidfd, launch->pid, launch->build->console_master, ret_status, error);
        if (status < 0)
            end_first_process(launch);
    }
    (void)sigprocmask(SIG_SETMASK, &launch->signal_mask, NULL);
    return status;
}

static void hand_on_warnings(const struct plan *plan, const struct launch_options *options)
{
    for (size_t i = 0; i < plan->warnings.length && options->warn; i++)
        options->warn(plan->warnings.values[i]);
}

int launch_run(const struct config *config, const struct launch_options *options, int *ret_status,
               struct error *error)
{
    CLEANUP_PLAN struct plan plan = {0};
    CLEANUP_BUILD struct build build = BUILD_NONE;
    CLEANUP(launch_clear)
    struct launch launch = {
        .config = config,
        .options = options,
        .build = &build,
        .mount_namespace = MOUNT_NAMESPACE_NONE,
        .user_namespace = USER_NAMESPACE_NONE,
        .proc_fd = -1,
        .socket = -1,
        .far_socket = -1,
        .pidfd = -1,
    };
    bool from_seed = false;
    int status = check_config(config, error);

    if (status == 0)
        status = plan_for_machine(&plan, config, error);
    if (status == 0)
        status = gain_privileges(&launch, &from_seed, error);
    if (status == 0)
        status = mount_namespace_check_kernel(error);
    if (status == 0)
        status = build_init(&build, &plan, config->bundle, error);
    if (status < 0)
        return status;
    build.is_copy = !from_seed;
    hand_on_warnings(&plan, options);
    return run_launch(&launch, from_seed, ret_status, error);
}
