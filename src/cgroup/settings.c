/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/settings.h"

#include <inttypes.h>
#include <string.h>

/* A range's value as the value of another range, in proportion, as runc 1.1 does. */
static uint64_t scale(int64_t value, int64_t from_low, int64_t from_high, int64_t to_low, int64_t to_high)
{
    value = value < from_low ? from_low : value > from_high ? from_high : value;
    return (uint64_t)(to_low + (value - from_low) * (to_high - to_low) / (from_high - from_low));
}

uint64_t cgroup_weight_of_shares(int64_t shares)
{
    return scale(shares, 2, 262144, 1, 10000);
}

uint64_t cgroup_weight_of_block_io(int64_t weight)
{
    return scale(weight, 10, 1000, 1, 10000);
}

static int refuse_swap(const char *text, struct error *error)
{
    error_set(error, EINVAL, "%s", text);
    error_place(error, "linux.resources.memory.swap");
    error_hint(error,
               "\"swap\" is the limit of memory and swap together: give \"limit\", and at least as much");
    return -EINVAL;
}

int cgroup_swap_alone(const struct config_memory *memory, struct config_number *ret_swap, struct error *error)
{
    const bool has_limit = cgroup_number_says(&memory->limit), has_swap = cgroup_number_says(&memory->swap);
    const int64_t limit = has_limit ? memory->limit.value : 0;
    struct config_number swap = {.given = has_swap || limit < 0, .value = -1};

    /* Unlimited memory makes swap unlimited, too, unless it is given: so it was on version 1. */
    if (has_swap && memory->swap.value > 0) {
        if (limit <= 0)
            return refuse_swap("a limit of swap needs one of memory", error);
        if (memory->swap.value < limit)
            return refuse_swap("the limit of memory and swap is below that of memory", error);
        swap.value = memory->swap.value - limit;
    }
    *ret_swap = swap;
    return 0;
}

struct cgroup_setting *cgroup_settings_add(struct cgroup_settings *settings, const char *controller,
                                           const char *file, const char *value, const char *place)
{
    struct cgroup_setting *setting;

    if (!controller || !file || !value || !place)
        return NULL;
    setting = arena_append(settings->arena, (void **)&settings->values, &settings->length, sizeof(*setting));
    if (setting)
        *setting = (struct cgroup_setting){
            .controller = controller,
            .file = file,
            .value = value,
            .place = place,
        };
    return setting;
}

static const char *form_value(struct arena *arena, const struct setting_row *row, int64_t value)
{
    if (row->form == FORM_MAXIMUM && value < 0)
        return "max";
    if (row->form == FORM_SHARES)
        return arena_printf(arena, "%" PRIu64, cgroup_weight_of_shares(value));
    return arena_printf(arena, "%" PRId64, value);
}

int cgroup_settings_add_rows(struct cgroup_settings *settings, const struct config_resources *resources,
                             const struct setting_row *rows, size_t length, struct error *error)
{
    for (const struct setting_row *row = rows; row < rows + length; row++) {
        const struct config_number *number = (const void *)((const char *)resources + row->offset);
        struct cgroup_setting *setting;

        if (!number->given || (number->value == 0 && !row->takes_zero) ||
            (number->value < 0 && row->form == FORM_NOT_NEGATIVE))
            continue;
        setting = cgroup_settings_add(settings, row->controller, row->file,
                                      form_value(settings->arena, row, number->value), row->place);
        if (!setting)
            return error_memory(error);
        setting->flags = row->flags;
        setting->other_file = row->other_file;
        setting->other_value = row->other_file ? setting->value : NULL;
        if (resources->memory.check_before_update && number->value > 0)
            setting->usage_file = row->usage_file;
    }
    return 0;
}

int cgroup_settings_add_cpuset(struct cgroup_settings *settings, const struct config_resources *resources,
                               struct error *error)
{
    const struct config_cpu *cpu = &resources->cpu;

    if (cpu->cpus && *cpu->cpus &&
        !cgroup_settings_add(settings, "cpuset", "cpuset.cpus", cpu->cpus, "linux.resources.cpu.cpus"))
        return error_memory(error);
    if (cpu->mems && *cpu->mems &&
        !cgroup_settings_add(settings, "cpuset", "cpuset.mems", cpu->mems, "linux.resources.cpu.mems"))
        return error_memory(error);
    return 0;
}

static int add_hugepage_limit(struct cgroup_settings *settings, const struct config_hugepage_limit *limit,
                              const char *kind, const char *end, const char *place, unsigned flags,
                              struct error *error)
{
    struct arena *arena = settings->arena;
    struct cgroup_setting *setting = cgroup_settings_add(
        settings, "hugetlb", arena_printf(arena, "hugetlb.%s.%s%s", limit->page_size, kind, end),
        arena_printf(arena, "%" PRIu64, limit->limit), place);

    if (!setting)
        return error_memory(error);
    setting->flags = flags;
    return 0;
}

int cgroup_settings_add_hugepages(struct cgroup_settings *settings, const struct config_resources *resources,
                                  const char *end, struct error *error)
{
    for (size_t i = 0; i < resources->hugepages_length; i++) {
        const struct config_hugepage_limit *limit = &resources->hugepages[i];
        const char *place = arena_printf(settings->arena, "linux.resources.hugepageLimits[%zu]", i);

        if (add_hugepage_limit(settings, limit, "", end, place, 0, error) < 0)
            return -error->code;
        /* Since Linux 5.7 what is reserved is counted, too. */
        if (add_hugepage_limit(settings, limit, "rsvd.", end, place, SETTING_OPTIONAL, error) < 0)
            return -error->code;
    }
    return 0;
}

int cgroup_settings_add_rdma(struct cgroup_settings *settings, const struct config_resources *resources,
                             struct error *error)
{
    struct arena *arena = settings->arena;

    for (size_t i = 0; i < resources->rdma_length; i++) {
        const struct config_rdma *rdma = &resources->rdma[i];
        const char *value = rdma->device;

        if (value && rdma->handles.given)
            value = arena_printf(arena, "%s hca_handle=%" PRId64, value, rdma->handles.value);
        if (value && rdma->objects.given)
            value = arena_printf(arena, "%s hca_object=%" PRId64, value, rdma->objects.value);
        if (!cgroup_settings_add(settings, "rdma", "rdma.max", value,
                                 arena_printf(arena, "linux.resources.rdma.%s", rdma->device)))
            return error_memory(error);
    }
    return 0;
}

int cgroup_settings_make(const struct cgroup *cgroup, const struct config_resources *resources,
                         struct arena *arena, struct cgroup_settings *ret_settings, struct error *error)
{
    return cgroup->is_unified ? cgroup_settings_unified(resources, arena, ret_settings, error)
                              : cgroup_settings_legacy(resources, arena, ret_settings, error);
}
