/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs below /dev: nodes, links and the console, expanded to one operation each. */
#include "plan/compile.h"
#include "plan/lexical.h"

#include <string.h>

/* OCI runtime specification, config-linux.md, "Default Devices". */
static const struct config_device default_devices[] = {
    {.path = "/dev/null", .type = 'c', .major = 1, .minor = 3, .mode = 0666},
    {.path = "/dev/zero", .type = 'c', .major = 1, .minor = 5, .mode = 0666},
    {.path = "/dev/full", .type = 'c', .major = 1, .minor = 7, .mode = 0666},
    {.path = "/dev/random", .type = 'c', .major = 1, .minor = 8, .mode = 0666},
    {.path = "/dev/urandom", .type = 'c', .major = 1, .minor = 9, .mode = 0666},
    {.path = "/dev/tty", .type = 'c', .major = 5, .minor = 0, .mode = 0666},
};

/* config-linux.md, "Default Devices", and runtime-linux.md, "Dev symbolic links". */
static const struct {
    const char *path, *text, *only_with;
} default_links[] = {
    {"/dev/ptmx", "pts/ptmx", NULL},          {"/dev/fd", "/proc/self/fd", NULL},
    {"/dev/stdin", "/proc/self/fd/0", NULL},  {"/dev/stdout", "/proc/self/fd/1", NULL},
    {"/dev/stderr", "/proc/self/fd/2", NULL}, {"/dev/core", "/proc/kcore", "/proc/kcore"},
};

/* An operation for a path; below /dev it refers to our own mount there, not to what a name leads to
 * (CVE-2026-41579, CVE-2026-47766: an image whose /dev is a link). */
static struct operation *add_below_dev(struct compilation *compilation, enum operation_kind kind,
                                       const char *origin, const char *path)
{
    struct plan *plan = compilation->plan;
    const char *clean = lexical_absolute(&plan->arena, NULL, path);
    const char *below = clean ? lexical_below(clean, "/dev") : NULL;
    struct operation *operation;

    if (!clean)
        return NULL;
    if (compilation->dev == NO_OPERATION || !below)
        return plan_add(plan, kind, origin, path);
    operation = plan_add(plan, kind, origin, below);
    if (!operation)
        return NULL;
    operation->base = compilation->dev;
    plan->operations[compilation->dev].is_base = true;
    return operation;
}

/* Where nodes can't be made, the host's node of that name is shown: it must be the same device. */
static int add_device(struct compilation *compilation, const struct config_device *device, const char *origin,
                      struct error *error)
{
    bool can_make = compilation->environment->initial_user_namespace && !compilation->new_user_namespace;
    enum operation_kind kind = can_make || device->type == 'p' ? OPERATION_DEVICE : OPERATION_BIND;
    struct operation *operation = add_below_dev(compilation, kind, origin, device->path);

    if (!operation)
        return error_memory(error);
    if (kind == OPERATION_DEVICE)
        operation->device = *device;
    else
        operation->bind = (struct bind_operation){
            .source = device->path,
            .propagation = PROPAGATE_PRIVATE,
            .device = device,
        };
    return 0;
}

/* Whether both are the same path, however it is written. */
static bool is_path(struct arena *arena, const char *path, const char *clean)
{
    const char *absolute = lexical_absolute(arena, NULL, path);

    return absolute && strcmp(absolute, clean) == 0;
}

static bool is_configured(const struct compilation *compilation, const char *path)
{
    const struct config *config = compilation->config;

    for (size_t i = 0; i < config->devices_length; i++)
        if (is_path(&compilation->plan->arena, config->devices[i].path, path))
            return true;
    return false;
}

static int add_default_devices(struct compilation *compilation, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(default_devices); i++) {
        if (is_configured(compilation, default_devices[i].path))
            continue;
        if (add_device(compilation, &default_devices[i], "default device", error) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Clients list a device twice that two of their options ask for. */
static bool is_repeated(const struct config *config, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (config_device_equal(&config->devices[i], &config->devices[index]))
            return true;
    return false;
}

static int add_configured_devices(struct compilation *compilation, struct error *error)
{
    const struct config *config = compilation->config;

    for (size_t i = 0; i < config->devices_length; i++) {
        const char *origin = arena_printf(&compilation->plan->arena, "linux.devices[%zu]", i);

        /* The terminal's end is on it; ptmx has to be the container's own (runtime-linux.md). */
        if (is_path(&compilation->plan->arena, config->devices[i].path, "/dev/ptmx") ||
            is_repeated(config, i))
            continue;
        if (!origin || add_device(compilation, &config->devices[i], origin, error) < 0)
            return error_memory(error);
    }
    return 0;
}

static int add_link(struct compilation *compilation, const char *path, const char *text,
                    const char *only_with, struct error *error)
{
    struct operation *operation = add_below_dev(compilation, OPERATION_SYMLINK, "default link", path);

    if (!operation)
        return error_memory(error);
    operation->symlink = (struct symlink_operation){text, only_with};
    return 0;
}

static int add_links(struct compilation *compilation, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(default_links); i++)
        if (add_link(compilation, default_links[i].path, default_links[i].text, default_links[i].only_with,
                     error) < 0)
            return -ENOMEM;
    /* libcontainer's InitializeMountNamespace called it so, and who builds like it may look for it. */
    if (compilation->config->dev_kcore)
        return add_link(compilation, "/dev/kcore", "/proc/kcore", "/proc/kcore", error);
    return 0;
}

static int add_console(struct compilation *compilation, struct error *error)
{
    const struct config *config = compilation->config;
    struct operation *operation;

    if (!config->console)
        return 0;
    operation = add_below_dev(compilation, OPERATION_CONSOLE, "process.terminal", "/dev/console");
    if (!operation)
        return error_memory(error);
    operation->console = (struct console_operation){
        .devpts = compilation->devpts,
        .uid = config->process.uid,
        .gid = config->process.gid,
        .label = compilation->environment->selinux ? config->mount_label : NULL,
    };
    if (compilation->devpts != NO_OPERATION)
        compilation->plan->operations[compilation->devpts].is_base = true;
    return 0;
}

int compile_devices(struct compilation *compilation, struct error *error)
{
    int status = 0;

    if (!compilation->dev_is_bound) {
        status = add_default_devices(compilation, error);
        if (status == 0)
            status = add_configured_devices(compilation, error);
        if (status == 0)
            status = add_links(compilation, error);
    }
    return status == 0 ? add_console(compilation, error) : status;
}
