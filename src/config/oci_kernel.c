/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: what linux asks of the kernel beside mounts, namespaces and cgroups: sysctl, timeOffsets, personality,
 * memoryPolicy, netDevices, intelRdt. */
#include "config/oci.h"

#include <jansson.h>
#include <string.h>
#include <sys/personality.h>
#include <time.h>

/* sysctl(8): "the '/' separator is also accepted in place of a '.'": then, the two change places, for the names of
 * interfaces may have dots ("net/ipv4/conf/eth0.1/forwarding"). */
static char *key_with_dots(struct arena *arena, const char *key)
{
    char *copy = arena_copy(arena, key);

    if (!copy || key[strcspn(key, "./")] != '/')
        return copy;
    for (char *at = copy; *at; at++)
        if (*at == '/' || *at == '.')
            *at = *at == '/' ? '.' : '/';
    return copy;
}

int oci_read_sysctl(const struct field *field, void *target, struct error *error)
{
    static const struct property row = MAP("sysctl", struct config, sysctl, sysctl_length, NULL);
    struct config *config = target;
    int result = property_map(field, &row, target, error);

    for (size_t i = 0; result == 0 && i < config->sysctl_length; i++) {
        config->sysctl[i].key = key_with_dots(&config->arena, config->sysctl[i].key);
        if (!config->sysctl[i].key)
            result = error_memory(error);
    }
    return result;
}

static const struct property offset_properties[] = {
    INT64("secs", struct config_time_offset, seconds, INT64_MIN, INT64_MAX),
    UINT32("nanosecs", struct config_time_offset, nanoseconds, 999999999),
    {0},
};

static const struct word clocks[] = {
    {"monotonic", CLOCK_MONOTONIC},
    {"boottime", CLOCK_BOOTTIME},
    {NULL, 0},
};

int oci_read_time_offsets(const struct field *field, void *target, struct error *error)
{
    struct config *config = target;
    int result = field_expect(field, JSON_OBJECT, error);

    if (result < 0)
        return result;
    config->time_offsets =
        arena_allocate(&config->arena, ARRAY_LENGTH(clocks), sizeof(*config->time_offsets));
    if (!config->time_offsets)
        return error_memory(error);
    for (const struct word *clock = clocks; clock->word && result == 0; clock++) {
        struct field member = field_member(field, clock->word);
        struct config_time_offset *offset = &config->time_offsets[config->time_offsets_length];

        if (!member.json)
            continue;
        offset->clock = (int)clock->number;
        config->time_offsets_length++;
        result = properties_read(&member, offset_properties, offset, error);
    }
    return result;
}

struct personality {
    uint32_t domain;
};

static const struct word domains[] = {
    {"LINUX", PER_LINUX},
    {"LINUX32", PER_LINUX32},
    {NULL, 0},
};

/* "Currently no flag values are supported" (OCI config-linux.md, Personality). */
static int refuse_flags(const struct field *field, void *place, struct error *error)
{
    struct strings flags;
    int result = field_strings(field, &flags, error);

    (void)place;
    if (result == 0 && flags.length > 0) {
        result =
            field_error(field, error, "has \"%s\", but the specification defines no flags", flags.values[0]);
        error_hint(error, "remove it");
    }
    return result;
}

static const struct property personality_properties[] = {
    WORD("domain", struct personality, domain, domains, REQUIRED),
    CUSTOM("flags", refuse_flags),
    {0},
};

int oci_read_personality(const struct field *field, void *target, struct error *error)
{
    struct personality personality = {0};
    struct config *config = target;
    int result = properties_read(field, personality_properties, &personality, error);

    config->has_personality = true;
    config->personality = personality.domain;
    return result;
}

/* <linux/mempolicy.h> of Linux 6.1 has not all of them, and they can't be asked for: they are an enum. */
const struct word oci_memory_policy_modes[] = {
    {"MPOL_DEFAULT", 0},    {"MPOL_BIND", 2},
    {"MPOL_INTERLEAVE", 3}, {"MPOL_WEIGHTED_INTERLEAVE", 6}, /* Linux 6.9 */
    {"MPOL_PREFERRED", 1},  {"MPOL_PREFERRED_MANY", 5},      /* Linux 5.15 */
    {"MPOL_LOCAL", 4},      {NULL, 0},
};

const struct word oci_memory_policy_flags[] = {
    {"MPOL_F_NUMA_BALANCING", 1 << 13},
    {"MPOL_F_RELATIVE_NODES", 1 << 14},
    {"MPOL_F_STATIC_NODES", 1 << 15},
    {NULL, 0},
};

struct memory_policy {
    uint32_t mode;
    uint64_t flags;
    const char *nodes;
};

static const struct property memory_policy_properties[] = {
    WORD("mode", struct memory_policy, mode, oci_memory_policy_modes, REQUIRED),
    FLAGS("flags", struct memory_policy, flags, oci_memory_policy_flags),
    TEXT("nodes", struct memory_policy, nodes),
    {0},
};

int oci_read_memory_policy(const struct field *field, void *place, struct error *error)
{
    struct memory_policy policy = {0};
    int result = properties_read(field, memory_policy_properties, &policy, error);

    *(struct config_memory_policy *)place =
        (struct config_memory_policy){true, (int)(policy.mode | policy.flags), policy.nodes};
    return result;
}

const struct property oci_net_device_properties[] = {
    TEXT("name", struct config_net_device, name),
    {0},
};

/* Any of the three asks for it. */
static int read_monitoring(const struct field *field, void *place, struct error *error)
{
    int result = field_expect(field, JSON_TRUE, error);

    if (result == 0 && json_is_true(field->json))
        *(bool *)place = true;
    return result;
}

#define MONITORING(key)                                                                                      \
    CUSTOM(key, read_monitoring, .offset = MEMBER_OFFSET(struct config_intel_rdt, enable_monitoring, bool))

const struct property oci_intel_rdt_properties[] = {
    TEXT("closID", struct config_intel_rdt, class_id),
    TEXT("l3CacheSchema", struct config_intel_rdt, l3_cache_schema),
    TEXT("memBwSchema", struct config_intel_rdt, memory_bandwidth_schema),
    STRINGS("schemata", struct config_intel_rdt, schemata),
    MONITORING("enableMonitoring"),
    MONITORING("enableCMT"), /* until version 1.2 of the specification */
    MONITORING("enableMBM"),
    {0},
};
