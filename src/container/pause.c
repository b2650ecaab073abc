/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to the cgroup of a container: pause and resume, by its freezer, and update. */
#include "container/container.h"

static int need_cgroup(const struct container *container, struct error *error)
{
    if (container->state.cgroup.length > 0)
        return 0;
    error_set(error, ENOTSUP, "container %s has no cgroup", container->state.id);
    error_hint(error,
               "one that is made without --cgroup-manager disabled has one, where cgroups can be made");
    return -ENOTSUP;
}

static int open_with_cgroup(struct container *ret_container, const struct container_settings *settings,
                            const char *id, struct error *error)
{
    int result = container_open(ret_container, settings->root, id, true, error);

    return result < 0 ? result : need_cgroup(ret_container, error);
}

int container_pause(const struct container_settings *settings, const char *id, struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    int result = open_with_cgroup(&container, settings, id, error);
    enum status status;

    if (result < 0)
        return result;
    status = container_status(&container);
    if (status != STATUS_RUNNING && status != STATUS_CREATED)
        return error_set(error, EINVAL, "container not running");
    return cgroup_freeze(&container.state.cgroup, true, error);
}

int container_resume(const struct container_settings *settings, const char *id, struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    int result = open_with_cgroup(&container, settings, id, error);

    if (result < 0)
        return result;
    if (container_status(&container) != STATUS_PAUSED)
        return error_set(error, EINVAL, "container not paused");
    return cgroup_freeze(&container.state.cgroup, false, error);
}

int container_update(const struct container_settings *settings, const char *id,
                     const struct config_resources *resources, struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    int result = open_with_cgroup(&container, settings, id, error);
    enum status status;

    if (result < 0)
        return result;
    status = container_status(&container);
    if (status == STATUS_STOPPED || status == STATUS_CREATING)
        return error_set(error, EINVAL, "container not running");
    return cgroup_update(&container.state.cgroup, resources, error);
}
