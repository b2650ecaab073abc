/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/systemd_properties.h"
#include "cgroup/settings.h"
#include "config/number_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define INFINITE UINT64_MAX
#define PERIOD_DEFAULT 100000 /* microseconds: the kernel's */

int systemd_add(struct systemd_properties *properties, const struct systemd_property *property,
                struct error *error)
{
    struct systemd_property *added = arena_append(properties->arena, (void **)&properties->values,
                                                  &properties->length, sizeof(*properties->values));

    if (!added)
        return error_memory(error);
    *added = *property;
    return 0;
}

int systemd_add_flag(struct systemd_properties *properties, const char *name, bool value, struct error *error)
{
    struct systemd_property property = {.name = name, .type = SYSTEMD_FLAG, .number = value};

    return systemd_add(properties, &property, error);
}

int systemd_add_number(struct systemd_properties *properties, const char *name, uint64_t value,
                       struct error *error)
{
    struct systemd_property property = {.name = name, .type = SYSTEMD_NUMBER, .number = value};

    return systemd_add(properties, &property, error);
}

/* -1 is unlimited, 0 is absent. */
static int add_limit(struct systemd_properties *properties, const char *name,
                     const struct config_number *limit, struct error *error)
{
    if (!limit->given || limit->value == 0)
        return 0;
    if (limit->value < -1) {
        error_set(error, EINVAL, "%" PRId64 " is no limit for %s", limit->value, name);
        error_place(error, "linux.resources");
        return -EINVAL;
    }
    return systemd_add_number(properties, name, limit->value < 0 ? INFINITE : (uint64_t)limit->value, error);
}

/* CPUs or memory nodes, "0-3,7", as a set of bits. */
static int add_bits(struct systemd_properties *properties, const char *name, const char *text,
                    struct error *error)
{
    struct systemd_property property = {.name = name, .type = SYSTEMD_BITS};
    struct number_list list;
    uint8_t *bits;
    int status;

    if (!text || *text == '\0')
        return 0;
    status = number_list_parse(text, NUMBER_LIST_BITS - 1, &list, error);
    if (status < 0)
        return status;
    property.length = (list.length + 7) / 8;
    bits = arena_allocate(properties->arena, property.length, 1);
    if (!bits)
        return error_memory(error);
    for (unsigned number = 0; number < list.length; number++)
        bits[number / 8] |= (uint8_t)(number_list_has(&list, number) << number % 8);
    property.bytes = bits;
    return systemd_add(properties, &property, error);
}

/* systemd keeps a quota as a percentage: rounded up, so that the cgroups below can have what they ask for. */
static uint64_t quota_per_second(uint64_t quota, uint64_t period)
{
    uint64_t microseconds = (uint64_t)((unsigned __int128)quota * 1000000 / period);

    return (microseconds + 9999) / 10000 * 10000;
}

static int add_quota(struct systemd_properties *properties, int64_t quota, int64_t period,
                     struct error *error)
{
    uint64_t used_period = period > 0 ? (uint64_t)period : PERIOD_DEFAULT;
    int status = 0;

    if (period > 0)
        status = systemd_add_number(properties, "CPUQuotaPeriodUSec", used_period, error);
    if (status == 0 && (quota != 0 || period > 0))
        status =
            systemd_add_number(properties, "CPUQuotaPerSecUSec",
                               quota > 0 ? quota_per_second((uint64_t)quota, used_period) : INFINITE, error);
    return status;
}

static int add_shares(struct systemd_properties *properties, const struct config_number *shares,
                      bool is_unified, struct error *error)
{
    if (!shares->given || shares->value <= 0)
        return 0;
    if (is_unified)
        return systemd_add_number(properties, "CPUWeight", cgroup_weight_of_shares(shares->value), error);
    return systemd_add_number(properties, "CPUShares", (uint64_t)shares->value, error);
}

static int add_cpu(struct systemd_properties *properties, const struct config_cpu *cpu, bool is_unified,
                   struct error *error)
{
    int status = add_shares(properties, &cpu->shares, is_unified, error);

    if (status == 0)
        status = add_quota(properties, cpu->quota.value, cpu->period.value, error);
    if (status == 0)
        status = add_bits(properties, "AllowedCPUs", cpu->cpus, error);
    if (status == 0)
        status = add_bits(properties, "AllowedMemoryNodes", cpu->mems, error);
    if (status < 0)
        error_place(error, "linux.resources.cpu");
    return status;
}

static int add_swap(struct systemd_properties *properties, const struct config_memory *memory,
                    struct error *error)
{
    struct config_number swap;
    int status = cgroup_swap_alone(memory, &swap, error);

    if (status < 0 || !swap.given)
        return status;
    return systemd_add_number(properties, "MemorySwapMax", swap.value < 0 ? INFINITE : (uint64_t)swap.value,
                              error);
}

static int add_memory(struct systemd_properties *properties, const struct config_memory *memory,
                      bool is_unified, struct error *error)
{
    int status;

    if (!is_unified)
        return add_limit(properties, "MemoryLimit", &memory->limit, error);
    status = add_limit(properties, "MemoryMax", &memory->limit, error);
    if (status == 0)
        status = add_limit(properties, "MemoryLow", &memory->reservation, error);
    return status < 0 ? status : add_swap(properties, memory, error);
}

/* "max", or a number. */
static int add_number_of_file(struct systemd_properties *properties, const char *name, const char *value,
                              struct error *error)
{
    uint64_t number = INFINITE;
    char rest;

    if (strcmp(value, "max") != 0 && sscanf(value, "%" SCNu64 "%c", &number, &rest) != 1)
        return error_set(error, EINVAL, "\"%s\" is neither \"max\" nor a number", value);
    return systemd_add_number(properties, name, number, error);
}

/* cpu.max: "max", "20000" or "20000 100000". */
static int add_quota_of_file(struct systemd_properties *properties, const char *name, const char *value,
                             struct error *error)
{
    int64_t quota = 0, period = PERIOD_DEFAULT;
    char rest;

    (void)name;
    if (strncmp(value, "max", 3) == 0) {
        quota = -1;
        if (value[3] && sscanf(value + 3, " %" SCNd64 "%c", &period, &rest) != 1)
            return error_set(error, EINVAL, "\"%s\" is no quota and period", value);
    } else if (sscanf(value, "%" SCNd64 "%c", &quota, &rest) != 1 &&
               sscanf(value, "%" SCNd64 " %" SCNd64 "%c", &quota, &period, &rest) != 2) {
        return error_set(error, EINVAL, "\"%s\" is no quota and period", value);
    }
    return add_quota(properties, quota, period, error);
}

/* Files of version 2 that systemd would write, too: it has to know what is in them. */
static const struct {
    const char *file, *property;
    int (*add)(struct systemd_properties *properties, const char *name, const char *value,
               struct error *error);
} files[] = {
    {"cpu.max", NULL, add_quota_of_file},
    {"cpu.weight", "CPUWeight", add_number_of_file},
    {"cpuset.cpus", "AllowedCPUs", add_bits},
    {"cpuset.mems", "AllowedMemoryNodes", add_bits},
    {"memory.high", "MemoryHigh", add_number_of_file},
    {"memory.low", "MemoryLow", add_number_of_file},
    {"memory.max", "MemoryMax", add_number_of_file},
    {"memory.min", "MemoryMin", add_number_of_file},
    {"memory.swap.max", "MemorySwapMax", add_number_of_file},
    {"pids.max", "TasksMax", add_number_of_file},
};

static int add_file(struct systemd_properties *properties, const struct config_key_value *file,
                    struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
        int status;

        if (strcmp(files[i].file, file->key) != 0)
            continue;
        status = files[i].add(properties, files[i].property, file->value, error);
        if (status < 0)
            error_place(error, "linux.resources.unified.%s", file->key);
        return status;
    }
    return 0;
}

int systemd_add_resources(struct systemd_properties *properties, const struct config_resources *resources,
                          bool is_unified, struct error *error)
{
    int status = add_memory(properties, &resources->memory, is_unified, error);

    if (status == 0)
        status = add_cpu(properties, &resources->cpu, is_unified, error);
    if (status == 0)
        status = add_limit(properties, "TasksMax", &resources->pids, error);
    for (size_t i = 0; status == 0 && is_unified && i < resources->unified_length; i++)
        status = add_file(properties, &resources->unified[i], error);
    return status;
}
