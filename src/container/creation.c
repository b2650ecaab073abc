/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In this order, so that a holdfast that is killed at any moment leaves nothing that delete doesn't find:
 *
 *   the directory, locked        the ID is taken
 *   state.json                   says which directories of the cgroup will be made
 *   the cgroup
 *   the first process            waits, until state.json names it
 *   config.json, state.json      the hooks that the process's end calls for, and its name
 *   everything that it needs     hooks included
 *   state.json                   it is created
 */
#include "container/creation.h"
#include "base/fd.h"
#include "container/directory.h"
#include "container/drift.h"
#include "container/handout.h"
#include "container/no_traces.h"
#include "kernel/environment.h"
#include "plan/lexical.h"
#include "process/intel_rdt.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int read_config(struct creation *creation, bool stays, struct error *error)
{
    const struct create_options *options = creation->options;
    int status = state_check_id(options->id, error);

    if (status == 0)
        status = config_read_bundle(&creation->config, options->bundle, options->config_name, error);
    if (status == 0)
        status = handout_check(creation->config.process.terminal, !stays, options->console_socket, error);
    if (status == 0)
        status = handout_check_preserved(options->listen_fds, options->preserved_fds, error);
    creation->config.no_pivot_root = options->no_pivot;
    if (status == 0 && (options->no_traces || no_traces_is_wanted(&creation->config)))
        status = no_traces_arrange(&creation->config, error);
    return status;
}

static uint64_t present_time(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int fill_state(struct creation *creation, struct error *error)
{
    struct state *state = &creation->container.state;
    const struct config *config = &creation->config;
    const struct cgroup_options options = {
        .manager = creation->settings->cgroup_manager,
        .id = creation->options->id,
        .may_go_without = geteuid() != 0 || !environment_is_initial_user_namespace(),
    };

    state->bundle = config->bundle;
    state->rootfs = lexical_absolute(&state->arena, config->bundle, config->rootfs);
    state->created = present_time();
    state->owner = getuid();
    state->no_pivot_root = config->no_pivot_root;
    state->annotations = config->annotations;
    state->annotations_length = config->annotations_length;
    if (!state->rootfs)
        return error_memory(error);
    state->boot_id = environment_boot_id(&state->arena, error);
    if (!state->boot_id)
        return -error->code;
    if (cgroup_open(&state->cgroup, config, &options, error) < 0)
        return -error->code;
    return cgroup_plan(&state->cgroup, error);
}

/* The first process waits until the state names it, so that a delete finds it. */
static int note_birth(void *owner, pid_t pid, struct error *error)
{
    struct creation *creation = owner;
    struct state *state = &creation->container.state;
    bool ended;
    int status = process_start_time(pid, &state->start_time, &ended, error);

    if (status < 0)
        return status;
    state->pid = pid;
    creation->container.signal_mask = &creation->launch.signal_mask;
    creation->container.descriptor_limit = &creation->launch.descriptor_limit;
    status = container_write_config(&creation->container, &creation->config, error);
    if (status == 0)
        status = container_write_state(&creation->container, error);
    if (status == 0 && creation->config.intel_rdt.given)
        status = intel_rdt_enter(&creation->config, INTEL_RDT_MOUNT, state->id, pid, &state->arena,
                                 &state->intel_rdt_made, error);
    if (status == 0 && state->intel_rdt_made)
        status = container_write_state(&creation->container, error);
    return status;
}

static char *describe(void *owner, bool created, pid_t pid)
{
    const struct creation *creation = owner;

    return state_to_oci(&creation->container.state, created ? STATUS_CREATED : STATUS_CREATING, pid);
}

static int write_state(struct creation *creation, struct error *error)
{
    int status = fill_state(creation, error);

    return status == 0 ? container_write_state(&creation->container, error) : status;
}

static int prepare(struct creation *creation, bool waits, struct error *error)
{
    struct container *container = &creation->container;
    struct timing *timing = creation->options->timing;
    int status = TIMED(timing, TIMING_STATE, write_state(creation, error));

    if (status == 0)
        status =
            TIMED(timing, TIMING_CGROUP, cgroup_make(&container->state.cgroup, &creation->config, error));
    if (status == 0 && waits)
        status = container_make_fifos(container, &creation->start_fd, &creation->report_fd, error);
    return status;
}

static int launch(struct creation *creation, struct error *error)
{
    const struct create_options *options = creation->options;

    creation->launch_options = (struct launch_options){
        .no_new_keyring = options->no_new_keyring,
        .preserved_fds = options->listen_fds + options->preserved_fds,
        .listen_fds = options->listen_fds,
        .cgroup = &creation->container.state.cgroup,
        .start_fd = creation->start_fd,
        .report_fd = creation->report_fd,
        .born = note_birth,
        .describe = describe,
        .owner = creation,
        .warn = creation->settings->warn,
        .follower = options->follower,
        .timing = options->timing,
        .report = options->report,
    };
    return launch_create(&creation->launch, &creation->config, &creation->launch_options, error);
}

static void tell_of_hooks(const struct container_settings *settings, const struct verification *verification)
{
    for (size_t i = 0; i < verification->table.length && settings->debug; i++) {
        const struct mount_entry *entry = &verification->table.entries[i];
        CLEANUP_FREE char *line = NULL;

        if (verification->comparison.owners[i].kind == OWNER_HOOKS &&
            asprintf(&line, "the hooks mounted %s of %s at %s (%s)", entry->type, entry->source, entry->point,
                     entry->options) >= 0)
            settings->debug(line);
    }
}

/* For `holdfast verify`. */
static int keep_mounts(const struct creation *creation, struct error *error)
{
    const struct verification *verification = &creation->launch.verification;

    tell_of_hooks(creation->settings, verification);
    return container_write_mounts(&creation->container, verification, creation->launch.own_user_namespace,
                                  error);
}

int creation_begin(struct creation *ret_creation, const struct container_settings *settings,
                   const struct create_options *options, bool waits, bool stays, struct error *error)
{
    int status;

    *ret_creation = (struct creation){
        .settings = settings,
        .options = options,
        .container = CONTAINER_NONE,
        .launch = LAUNCH_NONE,
        .start_fd = -1,
        .report_fd = -1,
    };
    status = TIMED(options->timing, TIMING_CONFIG, read_config(ret_creation, stays, error));
    if (status == 0)
        status = container_make(&ret_creation->container, settings->root, options->id, error);
    if (status < 0)
        return status;
    status = prepare(ret_creation, waits, error);
    if (status == 0)
        status = launch(ret_creation, error);
    if (status == 0)
        status = TIMED(options->timing, TIMING_STATE, keep_mounts(ret_creation, error));
    if (status < 0)
        creation_undo(ret_creation);
    return status;
}

int creation_finish(struct creation *creation, struct error *error)
{
    const struct create_options *options = creation->options;
    const struct handout handout = {
        .console_socket = options->console_socket,
        .pid_file = options->pid_file,
        .pidfd_socket = options->pidfd_socket,
        .console_master = creation->launch.build.console_master,
        .pid = creation->launch.child.pid,
        .pidfd = creation->launch.child.pidfd,
    };
    int status = handout_send(&handout, error);

    creation->container.state.is_created = true;
    if (status == 0)
        status = container_write_state(&creation->container, error);
    if (status < 0)
        creation_undo(creation);
    return status;
}

/* The signals stay blocked until all is gone: one that came meanwhile would end us in the middle. */
void creation_undo(struct creation *creation)
{
    launch_undo(&creation->launch);
    launch_release(&creation->launch);
    container_destroy_silently(creation->settings, &creation->container, &creation->config);
}

void creation_clear(struct creation *creation)
{
    fd_close(&creation->start_fd);
    fd_close(&creation->report_fd);
    launch_clear(&creation->launch);
    container_clear(&creation->container);
    config_clear(&creation->config);
}
