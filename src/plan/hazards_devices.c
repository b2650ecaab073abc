/* SPDX-License-Identifier: Apache-2.0 */
/* Hazards of device nodes: writing to a disk past its file system is writing to everything on it. */
#include "plan/hazards.h"

/* Documentation/admin-guide/devices.txt of the kernel: SCSI generic, which takes commands to a disk. */
#define SCSI_GENERIC_MAJOR 21

static bool is_about(const struct config_device_rule *rule, char type, uint32_t major, uint32_t minor)
{
    if (rule->type != 'a' && rule->type != type)
        return false;
    if (rule->major.given && rule->major.value >= 0 && rule->major.value != (int64_t)major)
        return false;
    if (rule->minor.given && rule->minor.value >= 0 && rule->minor.value != (int64_t)minor)
        return false;
    return rule->write || (!rule->read && !rule->mknod);
}

bool hazards_may_write_device(const struct config *config, char type, uint32_t major, uint32_t minor)
{
    const struct config_resources *resources = &config->resources;

    for (size_t i = resources->devices_length; i > 0; i--)
        if (is_about(&resources->devices[i - 1], type, major, minor))
            return resources->devices[i - 1].allow;
    return false;
}

int hazards_of_devices(const struct hazard_search *search, size_t index, struct error *error)
{
    const struct operation *operation = &search->plan->operations[index];
    const struct config_device *device = NULL;

    if (operation->kind == OPERATION_DEVICE)
        device = &operation->device;
    else if (operation->kind == OPERATION_BIND)
        device = operation->bind.device;
    if (!device || (device->type != 'b' && (device->type != 'c' || device->major != SCSI_GENERIC_MAJOR)) ||
        !hazards_may_write_device(search->plan->config, device->type, device->major, device->minor))
        return 0;
    return hazard_add(search, "disk-device-writable", index, error,
                      "the container can write to the disk %u:%u by %s, past its file system", device->major,
                      device->minor, search->targets[index]);
}
