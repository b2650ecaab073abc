/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCI runtime.md, "Delete": the process, the cgroup, the class of resctrl, the state's directory, the poststop hooks.
 * What fails leaves the directory, so that delete can be tried again.
 */
#include "container/container.h"
#include "container/end.h"
#include "process/hooks.h"
#include "process/intel_rdt.h"

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
static void run_poststop_hooks(const struct container_settings *settings, const struct config *config,
                               const char *state)
{
    const struct config_hooks *hooks = &config->hooks[HOOK_POSTSTOP];
    struct config one = *config;

    one.hooks[HOOK_POSTSTOP].length = 1;
    for (size_t i = 0; i < hooks->length; i++) {
        const struct hook_run run = {.config = &one, .kind = HOOK_POSTSTOP, .state = state};
        CLEANUP_ERROR struct error error = {0};

        one.hooks[HOOK_POSTSTOP].values = &hooks->values[i];
        if (hooks_run(&run, &error) < 0) {
            correct_place(config, i, &error);
            warn(settings, &error);
        }
    }
}

static int end_and_remove(struct container *container, struct error *error)
{
    struct state *state = &container->state;
    int result = container_end_process(container, error);

    if (result == 0)
        result = cgroup_remove(&state->cgroup, error);
    if (result == 0 && state->intel_rdt_made)
        result = intel_rdt_remove(INTEL_RDT_MOUNT, state->intel_rdt_made, error);
    return result < 0 ? result : container_remove_state(container, error);
}

/* A create that was killed early has no configuration yet, and so no hooks. */
static bool read_hooks(const struct container_settings *settings, const struct container *container,
                       struct config *config)
{
    CLEANUP_ERROR struct error error = {0};
    int result = container_read_config(container, config, &error);

    if (result < 0 && result != -ENOENT)
        warn(settings, &error);
    return result == 0;
}

int container_destroy(const struct container_settings *settings, struct container *container,
                      struct error *error)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_FREE char *state = state_to_oci(&container->state, STATUS_STOPPED, 0);
    /* Without a process there was nothing that the hooks could follow. */
    bool has_config = container->state.pid && read_hooks(settings, container, &config);
    int result = state ? end_and_remove(container, error) : error_memory(error);

    if (result == 0 && has_config)
        run_poststop_hooks(settings, &config, state);
    return result;
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
        return container_destroy(settings, container, error);
    error_set(error, EBUSY, "cannot delete container %s that is not stopped: %s", container->state.id,
              status_name(status));
    error_hint(error, "end it by \"holdfast kill\", or give --force");
    return -EBUSY;
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
    return result == -EBADMSG ? delete_damaged(settings, id, error) : 0;
}
