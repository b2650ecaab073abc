/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as a whole, and its mounts, devices and namespaces. */
#include "config/check.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int config_place(const struct config *config, struct error *error, const char *path, ...)
{
    CLEANUP_FREE char *text = NULL;
    va_list arguments;
    int code = error->code;

    va_start(arguments, path);
    if (vasprintf(&text, path, arguments) < 0)
        text = NULL;
    va_end(arguments);
    if (text)
        config_error_place(config, error, text);
    return -code;
}

int check_path(const char *path, struct error *error)
{
    if (!path)
        return error_set(error, EINVAL, "is missing");
    if (!*path)
        return error_set(error, EINVAL, "is empty, but must be a path");
    if (strchr(path, '\n'))
        return error_set(error, EINVAL, "has a newline");
    return 0;
}

int check_absolute_path(const char *path, struct error *error)
{
    int result = check_path(path, error);

    if (result == 0 && *path != '/')
        return error_set(error, EINVAL, "is \"%s\", but must be an absolute path", path);
    return result;
}

static int check_absolute_paths(const struct config *config, const struct strings *paths, const char *place,
                                struct error *error)
{
    for (size_t i = 0; i < paths->length; i++)
        if (check_absolute_path(paths->values[i], error) < 0)
            return config_place(config, error, "%s[%zu]", place, i);
    return 0;
}

/* A mapping of users without one of groups is of no use, and a mistake (OCI config.md, mounts). */
static int check_mount_mappings(const struct config *config, size_t index, struct error *error)
{
    const struct config_mount *mount = &config->mounts[index];
    char uid_path[64], gid_path[64];
    int result;

    snprintf(uid_path, sizeof(uid_path), "mounts[%zu].uidMappings", index);
    snprintf(gid_path, sizeof(gid_path), "mounts[%zu].gidMappings", index);
    if ((mount->uid_mappings.length == 0) != (mount->gid_mappings.length == 0)) {
        error_set(error, EINVAL, "is missing: a mount has mappings for both users and groups, or none");
        return config_place(config, error, "%s", mount->uid_mappings.length == 0 ? uid_path : gid_path);
    }
    result = config_check_mappings(config, &mount->uid_mappings, uid_path, error);
    return result < 0 ? result : config_check_mappings(config, &mount->gid_mappings, gid_path, error);
}

int config_check_mount(const struct config *config, size_t index, struct error *error)
{
    const struct config_mount *mount = &config->mounts[index];

    if (check_path(mount->destination, error) < 0)
        return config_place(config, error, "mounts[%zu].destination", index);
    if (mount->source && check_path(mount->source, error) < 0)
        return config_place(config, error, "mounts[%zu].source", index);
    return check_mount_mappings(config, index, error);
}

static int check_device_numbers(const struct config *config, size_t index, struct error *error)
{
    const struct config_device *device = &config->devices[index];
    const struct {
        const char *name;
        uint32_t value, maximum;
    } numbers[] = {
        {"major", device->major, MAXIMUM_MAJOR},
        {"minor", device->minor, MAXIMUM_MINOR},
        {"fileMode", device->mode, MAXIMUM_FILE_MODE},
        {"uid", device->uid, MAXIMUM_ID},
        {"gid", device->gid, MAXIMUM_ID},
    };

    if (device->type != 'c' && device->type != 'b' && device->type != 'p') {
        error_set(error, EINVAL, "is not c, b or p");
        return config_place(config, error, "linux.devices[%zu].type", index);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        if (numbers[i].value <= numbers[i].maximum)
            continue;
        error_set(error, EINVAL, "is %u, but must be from 0 to %u", numbers[i].value, numbers[i].maximum);
        return config_place(config, error, "linux.devices[%zu].%s", index, numbers[i].name);
    }
    return 0;
}

int config_check_device(const struct config *config, size_t index, struct error *error)
{
    const char *path = config->devices[index].path;

    if (check_device_numbers(config, index, error) < 0)
        return -EINVAL;
    if (check_absolute_path(path, error) < 0)
        return config_place(config, error, "linux.devices[%zu].path", index);
    for (size_t i = 0; i < index; i++) {
        if (strcmp(path, config->devices[i].path) == 0 &&
            !config_device_equal(&config->devices[i], &config->devices[index])) {
            error_set(error, EINVAL, "is %s, which linux.devices[%zu] makes as another device", path, i);
            return config_place(config, error, "linux.devices[%zu].path", index);
        }
    }
    return 0;
}

int config_check_namespace(const struct config *config, size_t index, struct error *error)
{
    const struct config_namespace *namespace = &config->namespaces[index];

    if (namespace->path && check_absolute_path(namespace->path, error) < 0)
        return config_place(config, error, "linux.namespaces[%zu].path", index);
    if (config_namespace(config, namespace->flag) != namespace) {
        error_set(error, EINVAL, "is \"%s\" for the second time", namespace->name);
        return config_place(config, error, "linux.namespaces[%zu].type", index);
    }
    return 0;
}

/* A new user namespace needs both mappings; without a user namespace they would be silently without effect.
 */
static int check_container_mappings(const struct config *config, const struct id_mappings *mappings,
                                    const char *path, struct error *error)
{
    const struct config_namespace *user = config_namespace(config, CLONE_NEWUSER);

    if (!user && mappings->length > 0) {
        error_set(error, EINVAL, "needs a user namespace");
        error_hint(error, "add {\"type\": \"user\"} to linux.namespaces, or remove the mappings");
        return config_place(config, error, "%s", path);
    }
    if (user && !user->path && mappings->length == 0) {
        error_set(error, EINVAL, "is missing, but a new user namespace needs it");
        return config_place(config, error, "%s", path);
    }
    return config_check_mappings(config, mappings, path, error);
}

/* The kernel's limit for both names (__NEW_UTS_LEN; sethostname(2)). */
#define HOST_NAME_LIMIT 64

static int check_host_name(const struct config *config, const char *name, const char *path,
                           struct error *error)
{
    if (!name)
        return 0;
    if (strchr(name, '\n')) {
        error_set(error, EINVAL, "has a newline");
    } else if (strlen(name) > HOST_NAME_LIMIT) {
        error_set(error, EINVAL, "has %zu bytes, but at most %d are possible", strlen(name), HOST_NAME_LIMIT);
    } else if (!config_namespace(config, CLONE_NEWUTS)) {
        error_set(error, EINVAL, "needs a uts namespace, or it would be the host's name");
        error_hint(error, "add {\"type\": \"uts\"} to linux.namespaces, or remove it");
    } else {
        return 0;
    }
    return config_place(config, error, "%s", path);
}

static int check_names(const struct config *config, struct error *error)
{
    int result = check_host_name(config, config->hostname, "hostname", error);

    return result < 0 ? result : check_host_name(config, config->domainname, "domainname", error);
}

static int check_root(const struct config *config, struct error *error)
{
    /* A root that the library's caller gives as a descriptor has no path. */
    if (config->rootfs && check_path(config->rootfs, error) < 0)
        return config_place(config, error, "root.path");
    return 0;
}

static int check_user_namespace(const struct config *config, struct error *error)
{
    int result = check_container_mappings(config, &config->uid_mappings, "linux.uidMappings", error);

    if (result == 0)
        result = check_container_mappings(config, &config->gid_mappings, "linux.gidMappings", error);
    return result;
}

static int check_hidden_paths(const struct config *config, struct error *error)
{
    int result = check_absolute_paths(config, &config->masked_paths, "linux.maskedPaths", error);

    if (result == 0)
        result = check_absolute_paths(config, &config->readonly_paths, "linux.readonlyPaths", error);
    return result;
}

int config_check(const struct config *config, struct error *error)
{
    static int (*const checks[])(const struct config *, struct error *) = {
        check_root,          config_check_process,   check_user_namespace,       check_names,
        check_hidden_paths,  config_check_seccomp,   config_check_new_resources, config_check_sysctl,
        config_check_kernel, config_check_lifecycle,
    };
    int result = 0;

    for (size_t i = 0; result == 0 && i < config->mounts_length; i++)
        result = config_check_mount(config, i, error);
    for (size_t i = 0; result == 0 && i < config->devices_length; i++)
        result = config_check_device(config, i, error);
    for (size_t i = 0; result == 0 && i < config->namespaces_length; i++)
        result = config_check_namespace(config, i, error);
    for (size_t i = 0; result == 0 && i < ARRAY_LENGTH(checks); i++)
        result = checks[i](config, error);
    return result;
}
