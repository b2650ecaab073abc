/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules for devices on version 1: devices.allow and devices.deny, a line a write(2).
 *
 * Where the cgroup denies by default already, as after the first time, only the differences to devices.list are written:
 * so an update takes nothing away for a moment from a program that runs, and works with cgroups below, for which the
 * kernel refuses a reset.
 */
#include "cgroup/device_exceptions.h"
#include "cgroup/devices.h"
#include "cgroup/files.h"

static int write_rule(int directory_fd, bool allow, const struct device_rule *rule, unsigned rights,
                      struct error *error)
{
    char line[DEVICE_LINE_SIZE];
    int status;

    if (rights == 0)
        return 0;
    status = cgroup_write(directory_fd, allow ? "devices.allow" : "devices.deny",
                          device_rule_format(rule, rights, line), error);
    if (status == -EPERM && allow)
        error_hint(error, "the cgroup above does not allow it either");
    return status;
}

/* Everything allowed, or everything denied. */
static int reset(int directory_fd, bool allow, struct error *error)
{
    int status = cgroup_write(directory_fd, allow ? "devices.allow" : "devices.deny", "a", error);

    if (status == -EPERM)
        error_hint(error, "the cgroup above does not allow all devices: the container cannot, either");
    else if (status == -EINVAL)
        error_hint(error,
                   "a cgroup with cgroups below cannot change between allowing and denying by default");
    return status;
}

static int remove_others(int directory_fd, const struct device_exceptions *current,
                         const struct device_exceptions *wanted, struct error *error)
{
    int status = 0;

    for (size_t i = 0; status == 0 && i < current->length; i++) {
        const struct device_rule *rule = &current->values[i];

        status = write_rule(directory_fd, wanted->allow, rule,
                            rule->rights & ~device_exceptions_find(wanted, rule), error);
    }
    return status;
}

static int add_missing(int directory_fd, const struct device_exceptions *current,
                       const struct device_exceptions *wanted, struct error *error)
{
    int status = 0;

    for (size_t i = 0; status == 0 && i < wanted->length; i++) {
        const struct device_rule *rule = &wanted->values[i];

        status = write_rule(directory_fd, !wanted->allow, rule,
                            rule->rights & ~device_exceptions_find(current, rule), error);
    }
    return status;
}

/* devices.list doesn't show exceptions from "all are allowed": then nothing is known. */
static int change(int directory_fd, const struct device_exceptions *current,
                  const struct device_exceptions *wanted, struct error *error)
{
    static const struct device_exceptions none = {0};
    int status;

    if (current->allow || wanted->allow) {
        status = reset(directory_fd, wanted->allow, error);
        current = &none;
    } else {
        status = remove_others(directory_fd, current, wanted, error);
    }
    return status < 0 ? status : add_missing(directory_fd, current, wanted, error);
}

static int read_current(int directory_fd, struct arena *arena, struct device_exceptions *current,
                        struct error *error)
{
    const char *list;
    int status = cgroup_read(directory_fd, "devices.list", arena, &list, error);

    if (status == -ENOENT) {
        error_set(error, ENOENT, "the cgroup has no devices.list");
        error_hint(error, "it is no directory of the devices hierarchy");
        return -ENOENT;
    }
    return status < 0 ? status : device_exceptions_parse(list, arena, current, error);
}

static int make_exceptions(const struct device_policy *policy, struct arena *arena,
                           struct device_exceptions *wanted, struct error *error)
{
    int status = device_exceptions_make(policy, arena, wanted, error);

    if (status < 0)
        error_place(error, "linux.resources.devices");
    return status;
}

int cgroup_devices_set_legacy(int directory_fd, const struct config_device_rule *rules, size_t length,
                              struct error *error)
{
    struct arena arena = {0};
    struct device_policy policy;
    struct device_exceptions current, wanted;
    int status = device_policy_make(rules, length, &arena, &policy, error);

    if (status == 0)
        status = make_exceptions(&policy, &arena, &wanted, error);
    if (status == 0)
        status = read_current(directory_fd, &arena, &current, error);
    if (status == 0)
        status = change(directory_fd, &current, &wanted, error);
    arena_clear(&arena);
    return status;
}
