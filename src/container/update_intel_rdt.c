/* SPDX-License-Identifier: Apache-2.0 */
/* The schemas of a container's class in the file system resctrl, which a running container may get changed. */
#include "base/fd.h"
#include "container/container.h"
#include "process/resctrl.h"

#include <stdio.h>
#include <string.h>

#define RESCTRL_MOUNT "/sys/fs/resctrl"

/* "/" is the default class, whose directory is the mount itself. */
static int open_class(int mount, const char *class_id, int *ret_directory, struct error *error)
{
    bool is_default = strcmp(class_id, "/") == 0;
    int result = is_default ? 0 : resctrl_check_name(class_id, error);

    if (result < 0)
        return result;
    result = resctrl_open_directory(mount, is_default ? "." : class_id);
    if (result < 0)
        return error_call(error, result, "openat", "cannot open the class %s of resctrl", class_id);
    *ret_directory = result;
    return 0;
}

/* A line for each of the two; the kernel leaves the other resources of the class as they are. */
static char *schema_lines(const struct config_intel_rdt *intel_rdt)
{
    const char *cache = intel_rdt->l3_cache_schema, *bandwidth = intel_rdt->memory_bandwidth_schema;
    char *lines;

    if (asprintf(&lines, "%s%s%s%s", cache ? cache : "", cache ? "\n" : "", bandwidth ? bandwidth : "",
                 bandwidth ? "\n" : "") < 0)
        return NULL;
    return lines;
}

static int write_schemas(const char *class_id, const struct config_intel_rdt *intel_rdt, struct error *error)
{
    CLEANUP_FREE char *lines = schema_lines(intel_rdt);
    CLEANUP_FD int mount = -1;
    CLEANUP_FD int directory = -1;
    int result = lines ? resctrl_open(RESCTRL_MOUNT, &mount, error) : error_memory(error);

    if (result == 0)
        result = open_class(mount, class_id, &directory, error);
    if (result < 0)
        return result;
    result = resctrl_write(directory, "schemata", lines);
    if (result == 0)
        return 0;
    error_call(error, result, "write", "cannot change the schemata of the class %s", class_id);
    resctrl_explain(mount, error);
    return result;
}

static int check_class(const struct container *container, const struct config *config, struct error *error)
{
    if (container_status(container) == STATUS_STOPPED)
        return error_set(error, EINVAL, "container not running");
    if (config->intel_rdt.given)
        return 0;
    error_set(error, EINVAL, "container %s has no class of Intel RDT", container->state.id);
    error_hint(error, "linux.intelRdt in its config.json gives it one");
    return -EINVAL;
}

int container_update_intel_rdt(const struct container_settings *settings, const char *id,
                               const struct config_intel_rdt *intel_rdt, struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_CONFIG struct config config = {0};
    int result = container_open(&container, settings->root, id, true, error);

    if (result == 0)
        result = container_read_config(&container, &config, error);
    if (result == 0)
        result = check_class(&container, &config, error);
    if (result < 0)
        return result;
    return write_schemas(config.intel_rdt.class_id ? config.intel_rdt.class_id : id, intel_rdt, error);
}
