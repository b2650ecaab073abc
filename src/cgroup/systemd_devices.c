/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "cgroup/device_exceptions.h"
#include "cgroup/systemd_properties.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define DRIVERS_LIMIT ((size_t)1 << 20)

/* The text of /proc/devices, for which the caller cares. */
static int read_drivers(char **ret_text, struct error *error)
{
    CLEANUP_FD int fd = open("/proc/devices", O_RDONLY | O_CLOEXEC);
    size_t length;
    int status;

    if (fd < 0)
        return error_call(error, errno, "open", "cannot open /proc/devices");
    status = fd_read_all(fd, DRIVERS_LIMIT, ret_text, &length);
    return status < 0 ? error_call(error, status, "read", "cannot read /proc/devices") : 0;
}

static const char *type_name(char type)
{
    return type == 'b' ? "block" : "char";
}

/* systemd knows a whole major by its driver's name in /proc/devices: "char-pts". */
static bool name_driver(const char *drivers, const struct device_rule *rule, char path[64])
{
    const char *section = strstr(drivers, rule->type == 'b' ? "Block devices:\n" : "Character devices:\n");
    const char *line = section ? strchr(section, '\n') + 1 : "";

    for (; *line && *line != '\n'; line += strcspn(line, "\n"), line += *line == '\n') {
        unsigned major;
        char name[50];

        if (sscanf(line, "%u %49[^\n]", &major, name) != 2 || major != rule->major)
            continue;
        snprintf(path, 64, "%s-%s", type_name(rule->type), name);
        return true;
    }
    return false;
}

/* False where systemd has no word for it: then cgroup_devices_set_… alone allows it. */
static bool name_device(const char *drivers, const struct device_rule *rule, char path[64])
{
    if (rule->major == DEVICE_ANY && rule->minor == DEVICE_ANY)
        snprintf(path, 64, "%s-*", type_name(rule->type));
    else if (rule->major == DEVICE_ANY)
        return false;
    else if (rule->minor == DEVICE_ANY)
        return name_driver(drivers, rule, path);
    else
        snprintf(path, 64, "/dev/%s/%u:%u", type_name(rule->type), (unsigned)rule->major,
                 (unsigned)rule->minor);
    return true;
}

static int list_devices(const struct device_exceptions *exceptions, struct arena *arena,
                        struct systemd_property *property, struct error *error)
{
    struct systemd_device *devices = arena_allocate(arena, exceptions->length + 1, sizeof(*devices));
    CLEANUP_FREE char *drivers = NULL;
    int status = devices ? read_drivers(&drivers, error) : error_memory(error);

    if (status < 0)
        return status;
    for (size_t i = 0; i < exceptions->length; i++) {
        const struct device_rule *rule = &exceptions->values[i];
        struct systemd_device *device = &devices[property->length];

        device_rights_format(rule->rights, device->rights);
        property->length += name_device(drivers, rule, device->path);
    }
    property->devices = devices;
    return 0;
}

static int add_policy(struct systemd_properties *properties, const char *policy,
                      const struct systemd_property *allow, struct error *error)
{
    struct systemd_property empty = {.name = "DeviceAllow", .type = SYSTEMD_DEVICES};
    struct systemd_property named = {.name = "DevicePolicy", .type = SYSTEMD_TEXT, .text = policy};
    int status = systemd_add(properties, &named, error);

    if (status == 0)
        status = systemd_add(properties, &empty, error); /* clears the list; another adds to it */
    if (status == 0 && allow->length > 0)
        status = systemd_add(properties, allow, error);
    return status;
}

int systemd_add_devices(struct systemd_properties *properties, const struct config_device_rule *rules,
                        size_t length, struct error *error)
{
    struct systemd_property allow = {.name = "DeviceAllow", .type = SYSTEMD_DEVICES};
    struct device_exceptions exceptions = {0};
    struct device_policy policy;
    int status = device_policy_make(rules, length, properties->arena, &policy, error);

    if (status == 0 && device_policy_allows_all(&policy))
        return add_policy(properties, "auto", &allow, error);
    if (status == 0 && !policy.allow)
        status = device_exceptions_make(&policy, properties->arena, &exceptions, error);
    if (status == -EOPNOTSUPP) {
        error_clear(error);
        status = 0;
    }
    if (status == 0)
        status = list_devices(&exceptions, properties->arena, &allow, error);
    return status < 0 ? status : add_policy(properties, "strict", &allow, error);
}
