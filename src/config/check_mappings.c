/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of user_namespaces(7), "Defining user and group ID mappings", told before the kernel says EINVAL.
 */
#include "config/check.h"

/* UID_GID_MAP_MAX_EXTENTS: the lines that a mapping may have since Linux 4.15. */
#define RANGES_LIMIT 340

static bool overlap(uint32_t first, uint32_t first_size, uint32_t second, uint32_t second_size)
{
    return first < second ? second - first < first_size : first - second < second_size;
}

static int check_range(const struct id_mapping *range, struct error *error)
{
    if (range->size == 0)
        return error_set(error, EINVAL, "has size 0");
    /* The last id, 4294967295, stands for none. */
    if (range->size > UINT32_MAX - range->container_id)
        return error_set(error, EINVAL, "goes beyond the highest container id, %u", UINT32_MAX - 1);
    if (range->size > UINT32_MAX - range->host_id)
        return error_set(error, EINVAL, "goes beyond the highest host id, %u", UINT32_MAX - 1);
    return 0;
}

static int check_overlap(const struct id_mapping *ranges, size_t index, struct error *error)
{
    const struct id_mapping *range = &ranges[index];

    for (size_t i = 0; i < index; i++) {
        const struct id_mapping *other = &ranges[i];

        if (overlap(range->container_id, range->size, other->container_id, other->size))
            return error_set(error, EINVAL, "has container ids that element %zu has already", i);
        if (overlap(range->host_id, range->size, other->host_id, other->size))
            return error_set(error, EINVAL, "has host ids that element %zu has already", i);
    }
    return 0;
}

int config_check_mappings(const struct config *config, const struct id_mappings *mappings, const char *path,
                          struct error *error)
{
    if (mappings->length > RANGES_LIMIT) {
        error_set(error, EINVAL, "has %zu ranges, but the kernel takes %d", mappings->length, RANGES_LIMIT);
        return config_place(config, error, "%s", path);
    }
    for (size_t i = 0; i < mappings->length; i++)
        if (check_range(&mappings->ranges[i], error) < 0 || check_overlap(mappings->ranges, i, error) < 0)
            return config_place(config, error, "%s[%zu]", path, i);
    return 0;
}
