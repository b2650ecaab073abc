/* SPDX-License-Identifier: Apache-2.0 */
/* hooks and linux.cgroupsPath. */
#include "config/check.h"
#include "config/oci.h"

#include <stdio.h>
#include <string.h>

static int check_hook(const struct config *config, enum config_hook_kind kind, size_t index,
                      struct error *error)
{
    const struct config_hook *hook = &config->hooks[kind].values[index];
    const char *name = oci_hooks_properties[kind].name;
    char path[64];

    if (check_absolute_path(hook->path, error) < 0)
        return config_place(config, error, "hooks.%s[%zu].path", name, index);
    snprintf(path, sizeof(path), "hooks.%s[%zu].env", name, index);
    return config_check_environment(config, &hook->env, path, error);
}

static int check_hooks(const struct config *config, struct error *error)
{
    int result = 0;

    for (int kind = 0; kind < HOOK_KINDS; kind++)
        for (size_t i = 0; result == 0 && i < config->hooks[kind].length; i++)
            result = check_hook(config, kind, i, error);
    return result;
}

static bool has_parent_part(const char *path)
{
    while (*path) {
        size_t length = strcspn(path, "/");

        if (length == 2 && memcmp(path, "..", 2) == 0)
            return true;
        path += length + (path[length] == '/');
    }
    return false;
}

/* A path below the mount point of cgroups, or "slice:prefix:name" for systemd. */
static int check_cgroups_path(const char *path, struct error *error)
{
    int result = path ? check_path(path, error) : 0;

    if (result == 0 && path && has_parent_part(path))
        return error_set(error, EINVAL, "is \"%s\", but must not have \"..\" in it", path);
    return result;
}

int config_check_lifecycle(const struct config *config, struct error *error)
{
    int result = check_hooks(config, error);

    if (result == 0 && check_cgroups_path(config->cgroups_path, error) < 0)
        result = config_place(config, error, "linux.cgroupsPath");
    return result;
}
