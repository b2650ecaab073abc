/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources on version 2 (Documentation/admin-guide/cgroup-v2.rst), converted as runc 1.1 does. */
#include "cgroup/settings.h"

#include <inttypes.h>
#include <string.h>

#define NUMBER(member) offsetof(struct config_resources, member)

static const struct setting_row rows[] = {
    {NUMBER(memory.limit), "memory", "memory.max", "linux.resources.memory.limit", FORM_MAXIMUM, false, 0,
     NULL, "memory.current"},
    {NUMBER(memory.reservation), "memory", "memory.low", "linux.resources.memory.reservation", FORM_MAXIMUM,
     false, 0, NULL, NULL},
    {NUMBER(cpu.idle), "cpu", "cpu.idle", "linux.resources.cpu.idle", FORM_NUMBER, true, 0, NULL, NULL},
    {NUMBER(cpu.shares), "cpu", "cpu.weight", "linux.resources.cpu.shares", FORM_SHARES, false, 0, NULL,
     NULL},
};

static const struct setting_row later_rows[] = {
    {NUMBER(cpu.burst), "cpu", "cpu.max.burst", "linux.resources.cpu.burst", FORM_NUMBER, true, SETTING_RETRY,
     NULL, NULL},
    {NUMBER(pids), "pids", "pids.max", "linux.resources.pids.limit", FORM_MAXIMUM, false, 0, NULL, NULL},
};

static int add_swap(struct cgroup_settings *settings, const struct config_memory *memory, struct error *error)
{
    struct cgroup_setting *setting;
    struct config_number swap;
    int status = cgroup_swap_alone(memory, &swap, error);

    if (status < 0 || !swap.given)
        return status;
    setting =
        cgroup_settings_add(settings, "memory", "memory.swap.max",
                            swap.value < 0 ? "max" : arena_printf(settings->arena, "%" PRId64, swap.value),
                            "linux.resources.memory.swap");
    if (!setting)
        return error_memory(error);
    /* A kernel without swap has no such file, and nothing to limit. */
    if (swap.value <= 0)
        setting->flags = SETTING_OPTIONAL;
    return 0;
}

/* "QUOTA PERIOD"; a lone quota leaves the period as it is, which is 100000 at first. */
static int add_cpu_max(struct cgroup_settings *settings, const struct config_cpu *cpu, struct error *error)
{
    const bool has_quota = cgroup_number_says(&cpu->quota), has_period = cgroup_number_says(&cpu->period);
    const char *quota = "max", *value;
    struct cgroup_setting *setting;

    if (!has_quota && !has_period)
        return 0;
    if (has_quota && cpu->quota.value > 0)
        quota = arena_printf(settings->arena, "%" PRId64, cpu->quota.value);
    value = quota;
    if (quota && has_period)
        value = arena_printf(settings->arena, "%s%s%" PRId64, has_quota ? quota : "", has_quota ? " " : "",
                             cpu->period.value);
    setting = cgroup_settings_add(settings, "cpu", "cpu.max", value,
                                  has_quota ? "linux.resources.cpu.quota" : "linux.resources.cpu.period");
    if (!setting)
        return error_memory(error);
    setting->flags = SETTING_RETRY | (has_quota ? 0 : SETTING_KEEPS_FIRST_WORD);
    return 0;
}

static int add_weight(struct cgroup_settings *settings, const char *device, int64_t weight, const char *place,
                      struct error *error)
{
    struct arena *arena = settings->arena;
    struct cgroup_setting *setting = cgroup_settings_add(
        settings, "io", "io.bfq.weight", arena_printf(arena, "%s%" PRId64, device, weight), place);

    if (!setting)
        return error_memory(error);
    setting->other_file = "io.weight";
    setting->other_value = arena_printf(arena, "%s%" PRIu64, device, cgroup_weight_of_block_io(weight));
    return setting->other_value ? 0 : error_memory(error);
}

static int add_weights(struct cgroup_settings *settings, const struct config_block_io *block_io,
                       struct error *error)
{
    int status = 0;

    if (cgroup_number_says(&block_io->weight))
        status = add_weight(settings, "", block_io->weight.value, "linux.resources.blockIO.weight", error);
    for (size_t i = 0; status == 0 && i < block_io->weight_devices_length; i++) {
        const struct config_weight_device *device = &block_io->weight_devices[i];
        const char *place = arena_printf(settings->arena, "linux.resources.blockIO.weightDevice[%zu]", i);
        const char *numbers =
            arena_printf(settings->arena, "%" PRId64 ":%" PRId64 " ", device->major, device->minor);

        if (!cgroup_number_says(&device->weight))
            continue;
        if (!place || !numbers)
            return error_memory(error);
        status = add_weight(settings, numbers, device->weight.value, place, error);
    }
    return status;
}

static int add_rates(struct cgroup_settings *settings, const struct config_block_io *block_io,
                     struct error *error)
{
    const struct {
        const struct config_rates *rates;
        const char *key, *name;
    } kinds[] = {
        {&block_io->read_bytes, "rbps", "throttleReadBpsDevice"},
        {&block_io->write_bytes, "wbps", "throttleWriteBpsDevice"},
        {&block_io->read_operations, "riops", "throttleReadIOPSDevice"},
        {&block_io->write_operations, "wiops", "throttleWriteIOPSDevice"},
    };

    for (size_t kind = 0; kind < ARRAY_LENGTH(kinds); kind++)
        for (size_t i = 0; i < kinds[kind].rates->length; i++) {
            const struct config_rate_device *device = &kinds[kind].rates->values[i];
            const char *value = arena_printf(settings->arena, "%" PRId64 ":%" PRId64 " %s=%" PRIu64,
                                             device->major, device->minor, kinds[kind].key, device->rate);

            /* The kernel knows no rate of 0; "max" takes a limit away. */
            if (device->rate == 0)
                value = arena_printf(settings->arena, "%" PRId64 ":%" PRId64 " %s=max", device->major,
                                     device->minor, kinds[kind].key);
            if (!cgroup_settings_add(
                    settings, "io", "io.max", value,
                    arena_printf(settings->arena, "linux.resources.blockIO.%s[%zu]", kinds[kind].name, i)))
                return error_memory(error);
        }
    return 0;
}

/* A value of several lines is written line by line, because that is how the kernel takes io.max and the like. */
static int add_lines(struct cgroup_settings *settings, const struct config_key_value *entry,
                     struct error *error)
{
    struct arena *arena = settings->arena;
    const char *place = arena_printf(arena, "linux.resources.unified[%s]", entry->key);
    const char *controller = arena_copy_range(arena, entry->key, strcspn(entry->key, "."));
    const char *line = entry->value;

    do {
        size_t length = strcspn(line, "\n");

        if ((length > 0 || line == entry->value) &&
            !cgroup_settings_add(settings, controller, entry->key, arena_copy_range(arena, line, length),
                                 place))
            return error_memory(error);
        line += length;
        line += *line == '\n';
    } while (*line);
    return 0;
}

static int add_unified(struct cgroup_settings *settings, const struct config_resources *resources,
                       struct error *error)
{
    for (size_t i = 0; i < resources->unified_length; i++) {
        const struct config_key_value *entry = &resources->unified[i];

        if (strchr(entry->key, '/') || !strchr(entry->key, '.') || *entry->key == '.') {
            error_set(error, EINVAL, "\"%s\" is not the name of a cgroup's file", entry->key);
            error_place(error, "linux.resources.unified");
            error_hint(error, "write it as \"memory.high\": CONTROLLER.PARAMETER");
            return -EINVAL;
        }
        if (add_lines(settings, entry, error) < 0)
            return -error->code;
    }
    return 0;
}

int cgroup_settings_unified(const struct config_resources *resources, struct arena *arena,
                            struct cgroup_settings *ret_settings, struct error *error)
{
    struct cgroup_settings settings = {.arena = arena};
    int status = cgroup_settings_add_cpuset(&settings, resources, error);

    if (status == 0)
        status = add_swap(&settings, &resources->memory, error);
    if (status == 0)
        status = cgroup_settings_add_rows(&settings, resources, rows, ARRAY_LENGTH(rows), error);
    if (status == 0)
        status = add_cpu_max(&settings, &resources->cpu, error);
    if (status == 0)
        status = cgroup_settings_add_rows(&settings, resources, later_rows, ARRAY_LENGTH(later_rows), error);
    if (status == 0)
        status = add_weights(&settings, &resources->block_io, error);
    if (status == 0)
        status = add_rates(&settings, &resources->block_io, error);
    if (status == 0)
        status = cgroup_settings_add_hugepages(&settings, resources, "max", error);
    if (status == 0)
        status = cgroup_settings_add_rdma(&settings, resources, error);
    if (status == 0)
        status = add_unified(&settings, resources, error);
    if (status == 0)
        *ret_settings = settings;
    return status;
}
