/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks of the time before the switch of the root (OCI config.md, "POSIX-platform Hooks"). */
#include "process/hooks.h"
#include "process/launch.h"

#include <sched.h>
#include <unistd.h>

/* The runtime's namespaces: the launcher is inside the container's mount namespace, the rest of it outside. */
static int enter_host(void *argument, struct error *error)
{
    const struct launch *launch = argument;

    return mount_namespace_leave(&launch->mount_namespace, error);
}

/* The container's namespaces: the mount namespace is the launcher's present one. Not the user namespace: the mount
 * namespace belongs to the host's until the container's root is complete, and the hook is to mount there. */
static int enter_container(void *argument, struct error *error)
{
    static const int kinds[] = {CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWUTS,
                                CLONE_NEWNET,    CLONE_NEWPID, CLONE_NEWTIME};
    const struct launch *launch = argument;

    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (config_namespace(launch->config, kinds[i]) && setns(launch->child.pidfd, kinds[i]) < 0)
            return error_call(error, errno, "setns", "cannot join the container's namespaces");
    /* The mount namespace's root is where the container's root is being built, by its path of the host. */
    return chdir("/") < 0 ? error_call(error, errno, "chdir", "cannot enter the root") : 0;
}

static const struct {
    enum config_hook_kind kind;
    bool in_container;
} kinds[] = {
    {HOOK_PRESTART, false},
    {HOOK_CREATE_RUNTIME, false},
    {HOOK_CREATE_CONTAINER, true},
};

static int run_kind(struct launch *launch, size_t index, struct error *error)
{
    const struct launch_options *options = launch->options;
    bool inside = kinds[index].in_container;
    bool own_pids = inside && config_namespace(launch->config, CLONE_NEWPID);
    CLEANUP_FREE char *state = NULL;
    struct hook_run run = {
        .config = launch->config,
        .kind = kinds[index].kind,
        .signal_mask = &launch->signal_mask,
        .descriptor_limit = &launch->descriptor_limit,
        .enter = inside ? enter_container : enter_host,
        .argument = launch,
    };

    if (launch->config->hooks[run.kind].length == 0)
        return 0;
    if (!options->describe)
        return error_set(error, ENOTSUP, "hooks are for containers only");
    /* Seen from its own pid namespace the first process is 1. */
    state = options->describe(options->owner, false, own_pids ? 1 : launch->child.pid);
    if (!state)
        return error_memory(error);
    run.state = state;
    return hooks_run(&run, error);
}

/* What is there by now is not the hooks'. */
static int note_mounts(struct launch *launch, struct error *error)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    struct build *build = &launch->build;
    struct mount_table table;
    int status = verify_read_table(launch->child.proc_fd, &arena, &table, error);

    if (status < 0)
        return status;
    build->before_hooks = calloc(table.length + 1, sizeof(*build->before_hooks));
    if (!build->before_hooks)
        return error_memory(error);
    for (size_t i = 0; i < table.length; i++)
        build->before_hooks[i] = table.entries[i].id;
    build->before_hooks_length = table.length;
    return 0;
}

int launch_run_hooks(void *argument, struct error *error)
{
    struct launch *launch = argument;
    int status = launch_receive_contexts(launch, error); /* they join the namespaces */

    if (status == 0)
        status = note_mounts(launch, error);
    for (size_t i = 0; i < ARRAY_LENGTH(kinds) && status == 0; i++)
        status = TIMED(launch->options->timing, TIMING_HOOKS, run_kind(launch, i, error));
    return status;
}
