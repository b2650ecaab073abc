/* SPDX-License-Identifier: Apache-2.0 */
#include "process/launch.h"
#include "base/fd.h"
#include "kernel/cgroup_environment.h"
#include "kernel/environment.h"
#include "mount/machine.h"
#include "mount/seed.h"
#include "process/capabilities.h"
#include "process/exec_label.h"
#include "process/executed.h"
#include "process/message.h"
#include "process/network_devices.h"
#include "process/seccomp.h"
#include "process/supervise.h"
#include "process/sysctl.h"
#include "process/user_namespace.h"

#include <sched.h>
#include <sys/eventfd.h>
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
static int gain_privileges(struct launch *launch, struct error *error)
{
    bool wants_namespace = config_namespace(launch->config, CLONE_NEWUSER) != NULL;

    launch->from_seed = seed_is_usable();
    if (launch->is_privileged) {
        launch->own_user_namespace = wants_namespace;
        launch->may_set_groups = wants_namespace || user_namespace_may_set_groups();
        return 0;
    }
    launch->from_seed = false;
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

/* Made for a follower alone, who is to hear of the program and not of our process 1. */
static int open_end(struct launch *launch, struct error *error)
{
    if (!launch->options->own_init || !launch->options->follower)
        return 0;
    launch->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return launch->end_fd < 0 ? error_call(error, errno, "eventfd", "cannot make an event descriptor") : 0;
}

static int prepare(struct launch *launch, struct error *error)
{
    const struct config *config = launch->config;
    int status = child_open(&launch->child, error);

    if (status == 0)
        status = namespaces_open(&launch->namespaces, config, error);
    if (status == 0 && config->seccomp.given)
        status = seccomp_build(&config->seccomp, &launch->filter, error);
    if (status == 0)
        status = cgroup_entrance_open(&launch->entrance, launch->options->cgroup, error);
    if (status == 0)
        status = open_end(launch, error);
    return status == 0 ? raise_descriptor_limit(launch, error) : status;
}

static int wait_until_ready(const struct launch *launch, struct error *error)
{
    const struct launch_options *options = launch->options;
    const struct child_owner owner = {launch->config, options->warn, options->describe, options->owner};

    return TIMED(options->timing, TIMING_SETTINGS, child_wait_until_ready(&launch->child, &owner, error));
}

static int begin_namespace(struct launch *launch, struct error *error)
{
    return launch->from_seed ? seed_begin(&launch->mount_namespace, error)
                             : mount_namespace_begin_copy(&launch->mount_namespace, error);
}

static int start(struct launch *launch, struct error *error)
{
    const struct launch_options *options = launch->options;
    struct timing *timing = options->timing;
    int status = prepare(launch, error);

    if (status == 0)
        status = TIMED(timing, TIMING_SEED, begin_namespace(launch, error));
    if (status < 0)
        return status;
    launch->inside = true;
    launch->build.outside = &launch->mount_namespace;
    status = TIMED(timing, TIMING_CLONE, launch_start_first_process(launch, error));
    if (status == 0)
        status = launch_assemble(launch, error);
    if (status == 0)
        status = wait_until_ready(launch, error);
    if (status == 0)
        status = follower_verified(options->follower, launch->child.pid, launch->child.pidfd, error);
    return status == 0 ? follower_wait_for_go(options->follower, launch->child.pidfd, &launch->tied, error)
                       : status;
}

void launch_undo(struct launch *launch)
{
    network_devices_give_back(launch->network_devices);
    child_end(&launch->child);
    if (launch->mount_namespace.inside_fd >= 0)
        build_undo(&launch->build, launch->inside);
}

void launch_release(struct launch *launch)
{
    child_clear(&launch->child);
    network_devices_free(&launch->network_devices);
    namespaces_clear(&launch->namespaces);
    user_namespace_clear(&launch->user_namespace);
    mount_namespace_clear(&launch->mount_namespace);
    cgroup_entrance_clear(&launch->entrance);
    seccomp_clear(&launch->filter);
    fd_close(&launch->end_fd);
    fd_close(&launch->signal_fd);
    verification_clear(&launch->verification);
    build_clear(&launch->build);
    plan_clear(&launch->plan);
}

void launch_clear(struct launch *launch)
{
    launch_release(launch);
    if (launch->signals_blocked)
        (void)sigprocmask(SIG_SETMASK, &launch->signal_mask, NULL);
    launch->signals_blocked = false;
}

static void hand_on_warnings(const struct launch *launch)
{
    for (size_t i = 0; i < launch->plan.warnings.length && launch->options->warn; i++)
        launch->options->warn(launch->plan.warnings.values[i]);
}

static int make_plan(struct launch *launch, struct error *error)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    struct cgroup_directory *directories = NULL;
    size_t length = 0;
    int status = 0;

    if (launch->options->cgroup)
        status = cgroup_list_directories(launch->options->cgroup, &arena, &directories, &length, error);
    return status < 0 ? status : plan_for_machine(&launch->plan, launch->config, directories, length, error);
}

/* What can be said before anything is done. */
static int begin(struct launch *launch, struct error *error)
{
    const struct config *config = launch->config;
    int status = check_config(config, error);

    if (status == 0)
        status = mount_namespace_find_privilege(&launch->is_privileged, error);
    launch->is_rootless = !launch->is_privileged || !environment_is_initial_user_namespace();
    if (status == 0)
        status = sysctl_check(config, error);
    if (status == 0)
        status = exec_label_check(config, error);
    if (status == 0)
        status = TIMED(launch->options->timing, TIMING_PLAN, make_plan(launch, error));
    if (status == 0)
        status = gain_privileges(launch, error);
    if (status == 0)
        status = mount_namespace_check_kernel(error);
    if (status == 0)
        status = build_init(&launch->build, &launch->plan, config->bundle, error);
    if (status < 0)
        return status;
    if (build_needs_host_tree(&launch->plan))
        launch->from_seed = false;
    launch->build.is_copy = !launch->from_seed;
    launch->build.same_user_namespace = !launch->own_user_namespace;
    launch->build.timing = launch->options->timing;
    timing_expect(launch->build.timing, launch->plan.length);
    launch->build.run_hooks = launch_run_hooks;
    launch->build.hooks_argument = launch;
    launch->build.receive = launch_receive_context;
    launch->build.receive_argument = launch;
    hand_on_warnings(launch);
    status = supervise_block_signals(&launch->signal_mask, error);
    launch->signals_blocked = status == 0;
    return status == 0 ? follower_planned(launch->options->follower, &launch->plan, error) : status;
}

int launch_create(struct launch *launch, const struct config *config, const struct launch_options *options,
                  struct error *error)
{
    int status;

    launch->config = config;
    launch->options = options;
    status = begin(launch, error);
    if (status < 0)
        return status;
    status = start(launch, error);
    if (status < 0) {
        child_prefer_its_word(&launch->child, error);
        launch_undo(launch);
    }
    return status;
}

int launch_go(struct launch *launch, struct error *error)
{
    const struct launch_options *options = launch->options;
    int status;

    launch->signal_fd = supervise_open_signals(error);
    status = launch->signal_fd < 0
                 ? launch->signal_fd
                 : TIMED(options->timing, TIMING_EXEC, child_start(&launch->child, options->own_init, error));
    if (status < 0) {
        child_prefer_its_word(&launch->child, error);
        launch_undo(launch);
    }
    if (status < 0)
        return status;
    launch_report(launch);
    follower_running(options->follower, launch->child.pid);
    return 0;
}

void launch_report(const struct launch *launch)
{
    const struct launch_options *options = launch->options;

    if (!options->timing || !options->report)
        return;
    options->timing->child = launch->child.pid;
    options->report(options->timing, &launch->plan, &launch->verification);
}

int launch_supervise(struct launch *launch, int *ret_status, struct error *error)
{
    const struct supervision supervision = {
        .pidfd = launch->child.pidfd,
        .pid = launch->child.pid,
        .signal_fd = launch->signal_fd,
        .console_fd = launch->build.console_master,
        .end_fd = launch->end_fd,
        .follower = launch->options->follower,
        .tied = launch->tied,
    };
    int status = supervise(&supervision, ret_status, error);

    if (status < 0)
        child_end(&launch->child);
    return status;
}

int launch_run(const struct config *config, const struct launch_options *options, int *ret_status,
               struct error *error)
{
    CLEANUP_LAUNCH struct launch launch = LAUNCH_NONE;
    int status = launch_create(&launch, config, options, error);

    if (status == 0)
        status = launch_go(&launch, error);
    if (status < 0)
        return status;
    return launch_supervise(&launch, ret_status, error);
}
