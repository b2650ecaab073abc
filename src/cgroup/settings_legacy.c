/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources on version 1 (Documentation/admin-guide/cgroup-v1), as runc 1.1 does. */
#include "cgroup/settings.h"

#include <inttypes.h>

#define NUMBER(member) offsetof(struct config_resources, member)

/* Pairs that bound each other (limit and swap, period and quota) have SETTING_RETRY: one of the two orders is right, and
 * which depends on the values that are there. */
static const struct setting_row rows[] = {
    {NUMBER(memory.limit), "memory", "memory.limit_in_bytes", "linux.resources.memory.limit", FORM_NUMBER,
     false, SETTING_RETRY, NULL, NULL},
    {NUMBER(memory.swap), "memory", "memory.memsw.limit_in_bytes", "linux.resources.memory.swap", FORM_NUMBER,
     false, SETTING_RETRY, NULL, NULL},
    {NUMBER(memory.reservation), "memory", "memory.soft_limit_in_bytes", "linux.resources.memory.reservation",
     FORM_NUMBER, false, 0, NULL, NULL},
    {NUMBER(memory.swappiness), "memory", "memory.swappiness", "linux.resources.memory.swappiness",
     FORM_NOT_NEGATIVE, true, 0, NULL, NULL},
    {NUMBER(cpu.shares), "cpu", "cpu.shares", "linux.resources.cpu.shares", FORM_NUMBER, false, 0, NULL,
     NULL},
    {NUMBER(cpu.idle), "cpu", "cpu.idle", "linux.resources.cpu.idle", FORM_NUMBER, true, 0, NULL, NULL},
    {NUMBER(cpu.period), "cpu", "cpu.cfs_period_us", "linux.resources.cpu.period", FORM_NUMBER, false,
     SETTING_RETRY, NULL, NULL},
    {NUMBER(cpu.quota), "cpu", "cpu.cfs_quota_us", "linux.resources.cpu.quota", FORM_NUMBER, false,
     SETTING_RETRY, NULL, NULL},
    {NUMBER(cpu.burst), "cpu", "cpu.cfs_burst_us", "linux.resources.cpu.burst", FORM_NUMBER, true,
     SETTING_RETRY, NULL, NULL},
    {NUMBER(cpu.realtime_period), "cpu", "cpu.rt_period_us", "linux.resources.cpu.realtimePeriod",
     FORM_NUMBER, false, SETTING_RETRY, NULL, NULL},
    {NUMBER(cpu.realtime_runtime), "cpu", "cpu.rt_runtime_us", "linux.resources.cpu.realtimeRuntime",
     FORM_NUMBER, false, SETTING_RETRY, NULL, NULL},
    {NUMBER(pids), "pids", "pids.max", "linux.resources.pids.limit", FORM_MAXIMUM, false, 0, NULL, NULL},
    {NUMBER(block_io.weight), "blkio", "blkio.weight", "linux.resources.blockIO.weight", FORM_NUMBER, false,
     0, "blkio.bfq.weight", NULL},
    {NUMBER(block_io.leaf_weight), "blkio", "blkio.leaf_weight", "linux.resources.blockIO.leafWeight",
     FORM_NUMBER, false, 0, NULL, NULL},
    {NUMBER(network_class), "net_cls", "net_cls.classid", "linux.resources.network.classID", FORM_NUMBER,
     false, 0, NULL, NULL},
};

/* Unlimited memory makes memory and swap together unlimited, too, unless that is given. */
static int add_memory(struct cgroup_settings *settings, const struct config_memory *memory,
                      struct error *error)
{
    struct cgroup_setting *setting;

    if (memory->limit.given && memory->limit.value < 0 && !cgroup_number_says(&memory->swap)) {
        setting = cgroup_settings_add(settings, "memory", "memory.memsw.limit_in_bytes", "-1",
                                      "linux.resources.memory.limit");
        if (!setting)
            return error_memory(error);
        setting->flags = SETTING_OPTIONAL;
    }
    if (memory->disable_oom_killer && !cgroup_settings_add(settings, "memory", "memory.oom_control", "1",
                                                           "linux.resources.memory.disableOOMKiller"))
        return error_memory(error);
    return 0;
}

static int add_device(struct cgroup_settings *settings, const struct config_weight_device *device,
                      const struct config_number *weight, const char *file, const char *other_file,
                      const char *place, struct error *error)
{
    struct cgroup_setting *setting;

    if (!cgroup_number_says(weight))
        return 0;
    setting = cgroup_settings_add(settings, "blkio", file,
                                  arena_printf(settings->arena, "%" PRId64 ":%" PRId64 " %" PRId64,
                                               device->major, device->minor, weight->value),
                                  place);
    if (!setting)
        return error_memory(error);
    setting->other_file = other_file;
    setting->other_value = other_file ? setting->value : NULL;
    return 0;
}

static int add_devices(struct cgroup_settings *settings, const struct config_block_io *block_io,
                       struct error *error)
{
    int status = 0;

    for (size_t i = 0; status == 0 && i < block_io->weight_devices_length; i++) {
        const struct config_weight_device *device = &block_io->weight_devices[i];
        const char *place = arena_printf(settings->arena, "linux.resources.blockIO.weightDevice[%zu]", i);

        status = add_device(settings, device, &device->weight, "blkio.weight_device",
                            "blkio.bfq.weight_device", place, error);
        if (status == 0)
            status = add_device(settings, device, &device->leaf_weight, "blkio.leaf_weight_device", NULL,
                                place, error);
    }
    return status;
}

static int add_rates(struct cgroup_settings *settings, const struct config_block_io *block_io,
                     struct error *error)
{
    const struct {
        const struct config_rates *rates;
        const char *file, *name;
    } kinds[] = {
        {&block_io->read_bytes, "blkio.throttle.read_bps_device", "throttleReadBpsDevice"},
        {&block_io->write_bytes, "blkio.throttle.write_bps_device", "throttleWriteBpsDevice"},
        {&block_io->read_operations, "blkio.throttle.read_iops_device", "throttleReadIOPSDevice"},
        {&block_io->write_operations, "blkio.throttle.write_iops_device", "throttleWriteIOPSDevice"},
    };

    for (size_t kind = 0; kind < ARRAY_LENGTH(kinds); kind++)
        for (size_t i = 0; i < kinds[kind].rates->length; i++) {
            const struct config_rate_device *device = &kinds[kind].rates->values[i];

            if (!cgroup_settings_add(
                    settings, "blkio", kinds[kind].file,
                    arena_printf(settings->arena, "%" PRId64 ":%" PRId64 " %" PRIu64, device->major,
                                 device->minor, device->rate),
                    arena_printf(settings->arena, "linux.resources.blockIO.%s[%zu]", kinds[kind].name, i)))
                return error_memory(error);
        }
    return 0;
}

static int add_priorities(struct cgroup_settings *settings, const struct config_resources *resources,
                          struct error *error)
{
    struct arena *arena = settings->arena;

    for (size_t i = 0; i < resources->network_priorities_length; i++) {
        const struct config_interface_priority *priority = &resources->network_priorities[i];

        if (!cgroup_settings_add(settings, "net_prio", "net_prio.ifpriomap",
                                 arena_printf(arena, "%s %" PRIu32, priority->name, priority->priority),
                                 arena_printf(arena, "linux.resources.network.priorities[%zu]", i)))
            return error_memory(error);
    }
    return 0;
}

static int refuse_unified(const struct config_resources *resources, struct error *error)
{
    if (resources->unified_length == 0)
        return 0;
    error_set(error, EINVAL, "\"%s\" is a file of cgroup version 2; this machine has version 1",
              resources->unified[0].key);
    error_place(error, "linux.resources.unified");
    error_hint(error,
               "use the properties of linux.resources, or boot with systemd.unified_cgroup_hierarchy=1");
    return -EINVAL;
}

int cgroup_settings_legacy(const struct config_resources *resources, struct arena *arena,
                           struct cgroup_settings *ret_settings, struct error *error)
{
    struct cgroup_settings settings = {.arena = arena};
    int status = refuse_unified(resources, error);

    if (status == 0)
        status = cgroup_settings_add_cpuset(&settings, resources, error);
    if (status == 0)
        status = add_memory(&settings, &resources->memory, error);
    if (status == 0)
        status = cgroup_settings_add_rows(&settings, resources, rows, ARRAY_LENGTH(rows), error);
    if (status == 0)
        status = add_devices(&settings, &resources->block_io, error);
    if (status == 0)
        status = add_rates(&settings, &resources->block_io, error);
    if (status == 0)
        status = cgroup_settings_add_hugepages(&settings, resources, "limit_in_bytes", error);
    if (status == 0)
        status = add_priorities(&settings, resources, error);
    if (status == 0)
        status = cgroup_settings_add_rdma(&settings, resources, error);
    if (status == 0)
        *ret_settings = settings;
    return status;
}
