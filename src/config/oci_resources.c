/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: linux.resources. Go's clients write some of what they don't mean, which counts as absent: -1 for all
 * device numbers, 0 for no weight, and -1 in 64 bits for no swappiness. */
#include "config/check.h"
#include "config/oci.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

static int read_device_number(const struct field *field, const struct property *property, void *target,
                              struct error *error)
{
    struct config_number *number = (void *)((char *)target + property->offset);
    int64_t value;
    int result = field_int64(field, property->minimum, (int64_t)property->maximum, &value, error);

    if (result == 0 && value >= 0)
        *number = (struct config_number){true, value};
    return result;
}

static const struct word rule_types[] = {
    {"a", 'a'},
    {"c", 'c'},
    {"b", 'b'},
    {NULL, 0},
};

static int read_rule_type(const struct field *field, void *target, struct error *error)
{
    struct config_device_rule *rule = target;
    const struct word *type;
    const char *text;
    int result = field_string(field, &text, error);

    if (result < 0 || !*text)
        return result;
    result = field_word(field, rule_types, &type, error);
    if (result == 0)
        rule->type = (char)type->number;
    return result;
}

static int read_access(const struct field *field, void *target, struct error *error)
{
    struct config_device_rule *rule = target;
    const char *text;
    int result = field_string(field, &text, error);

    if (result < 0)
        return result;
    if (text[strspn(text, "rwm")])
        return field_error(field, error, "is \"%s\", but must be made of r, w and m", text);
    rule->read = strchr(text, 'r') != NULL;
    rule->write = strchr(text, 'w') != NULL;
    rule->mknod = strchr(text, 'm') != NULL;
    return 0;
}

/* "type … unset values mean all" (OCI config-linux.md, Allowed Device list). */
static const struct config_device_rule rule_initial = {.type = 'a'};

static const struct property rule_properties[] = {
    BOOLEAN("allow", struct config_device_rule, allow, REQUIRED),
    CUSTOM("type", read_rule_type),
    NUMERIC("major", read_device_number, struct config_device_rule, major, struct config_number, -1,
            MAXIMUM_MAJOR),
    NUMERIC("minor", read_device_number, struct config_device_rule, minor, struct config_number, -1,
            MAXIMUM_MINOR),
    CUSTOM("access", read_access),
    {0},
};

static int read_swappiness(const struct field *field, const struct property *property, void *target,
                           struct error *error)
{
    uint64_t value = 0;

    /* Only what is above 2^63 is a real number here (parse.h). */
    if (json_is_real(field->json) && field_uint64(field, UINT64_MAX, &value, error) < 0)
        return -error->code;
    return value == UINT64_MAX ? 0 : property_number(field, property, target, error);
}

/* Bytes; -1: unlimited. */
#define BYTES(key, member) NUMBER(key, struct config_resources, memory.member, -1, INT64_MAX)

static const struct property memory_properties[] = {
    BYTES("limit", limit),
    BYTES("reservation", reservation),
    BYTES("swap", swap),
    BYTES("kernel", kernel),
    BYTES("kernelTCP", kernel_tcp),
    NUMERIC("swappiness", read_swappiness, struct config_resources, memory.swappiness, struct config_number,
            0, 100),
    BOOLEAN("disableOOMKiller", struct config_resources, memory.disable_oom_killer),
    BOOLEAN("useHierarchy", struct config_resources, memory.use_hierarchy),
    BOOLEAN("checkBeforeUpdate", struct config_resources, memory.check_before_update),
    {0},
};

static const struct property cpu_properties[] = {
    NUMBER("shares", struct config_resources, cpu.shares, 0, INT64_MAX),
    NUMBER("quota", struct config_resources, cpu.quota, -1, INT64_MAX),
    NUMBER("burst", struct config_resources, cpu.burst, 0, INT64_MAX),
    NUMBER("period", struct config_resources, cpu.period, 0, INT64_MAX),
    NUMBER("realtimeRuntime", struct config_resources, cpu.realtime_runtime, -1, INT64_MAX),
    NUMBER("realtimePeriod", struct config_resources, cpu.realtime_period, 0, INT64_MAX),
    NUMBER("idle", struct config_resources, cpu.idle, 0, 1),
    TEXT("cpus", struct config_resources, cpu.cpus),
    TEXT("mems", struct config_resources, cpu.mems),
    {0},
};

static const struct property pids_properties[] = {
    NUMBER("limit", struct config_resources, pids, -1, INT64_MAX, REQUIRED),
    {0},
};

/* What every kernel's weight files take, in both versions of cgroups. */
#define WEIGHT_MINIMUM 10
#define WEIGHT_MAXIMUM 1000

static int read_weight(const struct field *field, void *place, struct error *error)
{
    struct config_number *number = place;
    int64_t value;
    int result = field_int64(field, 0, WEIGHT_MAXIMUM, &value, error);

    if (result < 0 || value == 0)
        return result;
    if (value < WEIGHT_MINIMUM)
        return field_error(field, error, "is %" PRId64 ", but must be from %d to %d, or 0 for none", value,
                           WEIGHT_MINIMUM, WEIGHT_MAXIMUM);
    *number = (struct config_number){true, value};
    return 0;
}

#define WEIGHT(key, structure, member)                                                                       \
    CUSTOM(key, read_weight, .offset = MEMBER_OFFSET(structure, member, struct config_number))

static const struct property weight_device_properties[] = {
    INT64("major", struct config_weight_device, major, 0, MAXIMUM_MAJOR, REQUIRED),
    INT64("minor", struct config_weight_device, minor, 0, MAXIMUM_MINOR, REQUIRED),
    WEIGHT("weight", struct config_weight_device, weight),
    WEIGHT("leafWeight", struct config_weight_device, leaf_weight),
    {0},
};

static const struct property rate_device_properties[] = {
    INT64("major", struct config_rate_device, major, 0, MAXIMUM_MAJOR, REQUIRED),
    INT64("minor", struct config_rate_device, minor, 0, MAXIMUM_MINOR, REQUIRED),
    UINT64("rate", struct config_rate_device, rate),
    {0},
};

#define RATES(key, member)                                                                                   \
    LIST(key, struct config_resources, block_io.member.values, block_io.member.length, rate_device_properties)

static const struct property block_io_properties[] = {
    WEIGHT("weight", struct config_resources, block_io.weight),
    WEIGHT("leafWeight", struct config_resources, block_io.leaf_weight),
    LIST("weightDevice", struct config_resources, block_io.weight_devices, block_io.weight_devices_length,
         weight_device_properties),
    RATES("throttleReadBpsDevice", read_bytes),
    RATES("throttleWriteBpsDevice", write_bytes),
    RATES("throttleReadIOPSDevice", read_operations),
    RATES("throttleWriteIOPSDevice", write_operations),
    {0},
};

static const struct property hugepage_properties[] = {
    TEXT("pageSize", struct config_hugepage_limit, page_size, REQUIRED),
    UINT64("limit", struct config_hugepage_limit, limit, REQUIRED),
    {0},
};

static const struct property priority_properties[] = {
    TEXT("name", struct config_interface_priority, name, REQUIRED),
    UINT32("priority", struct config_interface_priority, priority, UINT32_MAX, REQUIRED),
    {0},
};

static const struct property network_properties[] = {
    NUMBER("classID", struct config_resources, network_class, 0, UINT32_MAX),
    LIST("priorities", struct config_resources, network_priorities, network_priorities_length,
         priority_properties),
    {0},
};

static const struct property rdma_properties[] = {
    NUMBER("hcaHandles", struct config_rdma, handles, 0, UINT32_MAX),
    NUMBER("hcaObjects", struct config_rdma, objects, 0, UINT32_MAX),
    {0},
};

const struct property oci_resources_properties[] = {
    LIST("devices", struct config_resources, devices, devices_length, rule_properties,
         .initial = &rule_initial),
    OBJECT("memory", memory_properties),
    OBJECT("cpu", cpu_properties),
    OBJECT("pids", pids_properties),
    OBJECT("blockIO", block_io_properties),
    LIST("hugepageLimits", struct config_resources, hugepages, hugepages_length, hugepage_properties),
    OBJECT("network", network_properties),
    MAP("rdma", struct config_resources, rdma, rdma_length, rdma_properties),
    MAP("unified", struct config_resources, unified, unified_length, NULL),
    {0},
};
