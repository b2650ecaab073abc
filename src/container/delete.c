/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCI runtime.md, "Delete": the process, the cgroup, the class of resctrl, the poststop hooks, the state's directory.
 * What fails leaves the directory, so that delete can be tried again. So does a delete that is killed: the hooks, which
 * others count on to take down what they have set up, then run a second time, not never.
 */
#include "container/container.h"
#include "container/directory.h"
#include "container/end.h"
#include "process/hooks.h"
#include "process/intel_rdt.h"

#include <sched.h>
#include <stdio.h>

static void warn(const struct container_settings *settings, const struct error *error)
{
    CLEANUP_FREE char *line = error_format(error);

    if (settings->warn)
        settings->warn(line ? line : error_name(error->code));
}

/* In the place of the hook that runs alone. */
static void correct_place(const struct config *config, size_t index, struct error *error)
{
    char path[64];

    snprintf(path, sizeof(path), "hooks.%s[%zu]", hook_kind_name(HOOK_POSTSTOP), index);
    free(pointer_take(&error->place));
    config_error_place(config, error, path);
}

/* Each for itself: one that fails does not keep the others from running (OCI config.md, "Poststop"). */
static void run_poststop_hooks(const struct container_settings *settings, const struct container *container,
                               const struct config *config, const char *state)
{
    const struct config_hooks *hooks = &config->hooks[HOOK_POSTSTOP];
    struct config one = *config;

    one.hooks[HOOK_POSTSTOP].length = 1;
    for (size_t i = 0; i < hooks->length; i++) {
        const struct hook_run run = {
            .config = &one,
            .kind = HOOK_POSTSTOP,
            .state = state,
            .signal_mask = container->signal_mask,
            .descriptor_limit = container->descriptor_limit,
        };
        CLEANUP_ERROR struct error error = {0};

        one.hooks[HOOK_POSTSTOP].values = &hooks->values[i];
        if (hooks_run(&run, &error) < 0) {
            correct_place(config, i, &error);
            warn(settings, &error);
        }
    }
}

/* All processes of the container have ended with the first one of its pid namespace. So what is left in a cgroup that
 * linux.cgroupsPath names belongs to another container, as those of a pod may share one. */
static bool is_shared(const struct container *container, const struct config *config)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_ERROR struct error ignored = {0};
    const struct cgroup *cgroup = &container->state.cgroup;
    const struct config_namespace *pid = config_namespace(config, CLONE_NEWPID);
    pid_t *pids;
    size_t length = 0;

    return pid && !pid->path && cgroup->is_given && !cgroup->has_scope &&
           cgroup_processes(cgroup, &arena, &pids, &length, &ignored) == 0 && length > 0;
}

static int remove_cgroup(const struct container_settings *settings, struct container *container,
                         const struct config *config, struct error *error)
{
    if (!is_shared(container, config))
        return cgroup_remove(&container->state.cgroup, error);
    if (settings->warn)
        settings->warn("the container's cgroup stays: there are processes of others in it");
    return 0;
}

static int end_and_remove(const struct container_settings *settings, struct container *container,
                          const struct config *config, struct error *error)
{
    struct state *state = &container->state;
    int result = container_end_process(container, error);

    if (result == 0)
        result = remove_cgroup(settings, container, config, error);
    if (result == 0 && state->intel_rdt_made)
        result = intel_rdt_remove(INTEL_RDT_MOUNT, state->intel_rdt_made, error);
    return result;
}

/* A create that was killed early has no configuration yet, and so no hooks. */
static void read_config(const struct container_settings *settings, const struct container *container,
                        struct config *ret_config)
{
    CLEANUP_ERROR struct error error = {0};
    int result = container_read_config(container, ret_config, &error);

    if (result < 0 && result != -ENOENT)
        warn(settings, &error);
}

int container_destroy(const struct container_settings *settings, struct container *container,
                      const struct config *config, struct error *error)
{
    CLEANUP_FREE char *state = state_to_oci(&container->state, STATUS_STOPPED, 0);
    int result = state ? end_and_remove(settings, container, config, error) : error_memory(error);

    /* Without a process there was nothing that the hooks could follow. */
    if (result == 0 && container->state.pid)
        run_poststop_hooks(settings, container, config, state);
    return result < 0 ? result : container_remove_state(container, error);
}

static int destroy_read(const struct container_settings *settings, struct container *container,
                        struct error *error)
{
    CLEANUP_CONFIG struct config config = {0};

    if (container->state.pid)
        read_config(settings, container, &config);
    return container_destroy(settings, container, &config, error);
}

/* Nothing says what belongs to it, so all that can go is the directory. */
static int delete_damaged(const struct container_settings *settings, const char *id, struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    int result = container_open_damaged(&container, settings->root, id, error);

    if (result == 0)
        result = container_remove_state(&container, error);
    if (result == 0 && settings->warn)
        settings->warn("only the state was removed: it did not say which processes and cgroup there were");
    return result;
}

static int delete_opened(const struct container_settings *settings, struct container *container, bool force,
                         struct error *error)
{
    enum status status = container_status(container);

    if (status == STATUS_STOPPED || force)
        return destroy_read(settings, container, error);
    error_set(error, EBUSY, "cannot delete container %s that is not stopped: %s", container->state.id,
              status_name(status));
    error_hint(error, "end it by \"holdfast kill\", or give --force");
    return -EBUSY;
}

/* There is no such container, but a create or a delete of it may have been killed. */
static int remove_unfinished(const struct container_settings *settings, struct error *error)
{
    int result = state_remove_unfinished(settings->root, error);

    if (result == -ENOENT)
        error_clear(error);
    return result == -ENOENT ? 0 : result;
}

int container_delete(const struct container_settings *settings, const char *id, bool force,
                     struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    int result = container_open(&container, settings->root, id, true, error);

    if (result == 0)
        return delete_opened(settings, &container, force, error);
    if (!force || (result != -ENOENT && result != -EBADMSG))
        return result;
    error_clear(error);
    return result == -EBADMSG ? delete_damaged(settings, id, error) : remove_unfinished(settings, error);
}
