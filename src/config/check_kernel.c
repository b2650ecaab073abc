/* SPDX-License-Identifier: Apache-2.0 */
/* timeOffsets, netDevices, memoryPolicy and intelRdt of linux. */
#include "config/check.h"
#include "config/number_list.h"

#include <net/if.h>
#include <sched.h>
#include <string.h>

static int check_time_offsets(const struct config *config, struct error *error)
{
    const struct config_namespace *time = config_namespace(config, CLONE_NEWTIME);

    if (config->time_offsets_length == 0 || (time && !time->path))
        return 0;
    if (time) {
        error_set(error, EINVAL, "can't be set for a time namespace that exists already");
        error_hint(error, "remove it, or the path of the time namespace");
    } else {
        error_set(error, EINVAL, "needs a time namespace");
        error_hint(error, "add {\"type\": \"time\"} to linux.namespaces, or remove it");
    }
    return config_place(config, error, "linux.timeOffsets");
}

/* dev_valid_name() of the kernel's net/core/dev.c. */
int check_interface_name(const char *name, struct error *error)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strpbrk(name, "/: \t\n\v\f\r"))
        return error_set(error, EINVAL, "is \"%s\", which can't be the name of a network interface", name);
    if (strlen(name) >= IFNAMSIZ)
        return error_set(error, EINVAL, "is \"%s\", but a network interface's name has at most %d bytes",
                         name, IFNAMSIZ - 1);
    return 0;
}

/* "%d" lets the kernel choose; it takes no other use of "%". */
static int check_new_name(const char *name, struct error *error)
{
    const char *percent = strchr(name, '%');
    int result = check_interface_name(name, error);

    if (result < 0 || !percent)
        return result;
    if (percent[1] != 'd' || strchr(percent + 1, '%'))
        return error_set(error, EINVAL, "is \"%s\", but \"%%\" may only be in it as one \"%%d\"", name);
    return 0;
}

/* What the interface is called in the container. */
static const char *new_name(const struct config_net_device *device)
{
    return device->name ? device->name : device->host_name;
}

static int check_net_device(const struct config *config, size_t index, struct error *error)
{
    const struct config_net_device *device = &config->net_devices[index];

    if (check_interface_name(device->host_name, error) < 0)
        return config_place(config, error, "linux.netDevices.%s", device->host_name);
    if (device->name && check_new_name(device->name, error) < 0)
        return config_place(config, error, "linux.netDevices.%s.name", device->host_name);
    for (size_t i = 0; i < index; i++) {
        if (strcmp(new_name(&config->net_devices[i]), new_name(device)) != 0 || strchr(new_name(device), '%'))
            continue;
        error_set(error, EINVAL, "becomes \"%s\", as linux.netDevices.%s does already", new_name(device),
                  config->net_devices[i].host_name);
        return config_place(config, error, "linux.netDevices.%s", device->host_name);
    }
    return 0;
}

static int check_net_devices(const struct config *config, struct error *error)
{
    int result = 0;

    if (config->net_devices_length > 0 && !config_namespace(config, CLONE_NEWNET)) {
        error_set(error, EINVAL, "needs a network namespace");
        error_hint(error, "add {\"type\": \"network\"} to linux.namespaces, or remove it");
        return config_place(config, error, "linux.netDevices");
    }
    for (size_t i = 0; result == 0 && i < config->net_devices_length; i++)
        result = check_net_device(config, i, error);
    return result;
}

/* set_mempolicy(2), by the numbers of the modes: which nodes each wants, and which flags it takes. */
#define NUMA_BALANCING (1 << 13)
#define RELATIVE_NODES (1 << 14)
#define STATIC_NODES (1 << 15)
#define MODE_FLAGS (NUMA_BALANCING | RELATIVE_NODES | STATIC_NODES)

enum nodes { NO_NODES, ANY_NODES, SOME_NODES };

static const struct {
    enum nodes nodes;
    int flags;
} modes[] = {
    /* MPOL_DEFAULT */ {NO_NODES, RELATIVE_NODES | STATIC_NODES},
    /* MPOL_PREFERRED */ {ANY_NODES, RELATIVE_NODES | STATIC_NODES},
    /* MPOL_BIND */ {SOME_NODES, MODE_FLAGS},
    /* MPOL_INTERLEAVE */ {SOME_NODES, RELATIVE_NODES | STATIC_NODES},
    /* MPOL_LOCAL */ {NO_NODES, 0},
    /* MPOL_PREFERRED_MANY */ {SOME_NODES, MODE_FLAGS},
    /* MPOL_WEIGHTED_INTERLEAVE */ {SOME_NODES, RELATIVE_NODES | STATIC_NODES},
};

static int check_nodes(const struct config_memory_policy *policy, struct error *error)
{
    enum nodes wanted = modes[policy->mode & ~MODE_FLAGS].nodes;
    struct number_list nodes;

    if (!policy->nodes && wanted == SOME_NODES)
        return error_set(error, EINVAL, "is missing, but the mode needs it");
    if (policy->nodes && wanted == NO_NODES)
        return error_set(error, EINVAL, "is \"%s\", but the mode takes no nodes", policy->nodes);
    return policy->nodes ? number_list_parse(policy->nodes, MAXIMUM_NODE, &nodes, error) : 0;
}

static int check_policy_flags(const struct config_memory_policy *policy, struct error *error)
{
    int flags = policy->mode & MODE_FLAGS;

    if ((flags & STATIC_NODES) && (flags & RELATIVE_NODES))
        return error_set(error, EINVAL, "has both MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES");
    if (flags & ~modes[policy->mode & ~MODE_FLAGS].flags)
        return error_set(error, EINVAL, "has one that the mode does not take");
    return 0;
}

static int check_memory_policy(const struct config *config, struct error *error)
{
    const struct config_memory_policy *policy = &config->memory_policy;

    if (!policy->given)
        return 0;
    if (check_nodes(policy, error) < 0)
        return config_place(config, error, "linux.memoryPolicy.nodes");
    if (check_policy_flags(policy, error) < 0)
        return config_place(config, error, "linux.memoryPolicy.flags");
    return 0;
}

/* A class is a directory of resctrl; "/" is its default class. */
static int check_class(const char *name, struct error *error)
{
    if (!name || strcmp(name, "/") == 0)
        return 0;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strpbrk(name, "/\n"))
        return error_set(error, EINVAL, "is \"%s\", which can't be the name of a class", name);
    return 0;
}

/* "The value MUST start with MB: and MUST NOT contain newlines" (OCI config-linux.md, IntelRdt). */
static int check_bandwidth(const char *schema, struct error *error)
{
    if (schema && (strncmp(schema, "MB:", 3) != 0 || strchr(schema, '\n')))
        return error_set(error, EINVAL, "is \"%s\", but must be one line that begins with MB:", schema);
    return 0;
}

static int check_intel_rdt(const struct config *config, struct error *error)
{
    if (check_class(config->intel_rdt.class_id, error) < 0)
        return config_place(config, error, "linux.intelRdt.closID");
    if (check_bandwidth(config->intel_rdt.memory_bandwidth_schema, error) < 0)
        return config_place(config, error, "linux.intelRdt.memBwSchema");
    return 0;
}

int config_check_kernel(const struct config *config, struct error *error)
{
    int result = check_time_offsets(config, error);

    if (result == 0)
        result = check_net_devices(config, error);
    if (result == 0)
        result = check_memory_policy(config, error);
    return result < 0 ? result : check_intel_rdt(config, error);
}
