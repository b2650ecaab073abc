/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources, as far as it can be judged without the machine. */
#include "config/check.h"
#include "config/number_list.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define PLACE "linux.resources."

static int check_device_rules(const struct config *config, struct error *error)
{
    const struct config_resources *resources = &config->resources;

    for (size_t i = 0; i < resources->devices_length; i++) {
        const struct config_device_rule *rule = &resources->devices[i];

        if (rule->type != 'a' || (!rule->major.given && !rule->minor.given))
            continue;
        error_set(error, EINVAL, "is for the types c and b only: type a means all devices");
        return config_place(config, error, PLACE "devices[%zu].%s", i, rule->major.given ? "major" : "minor");
    }
    return 0;
}

/* memory.swap is the limit of both together (OCI config-linux.md, Memory). */
static int check_swap(const struct config *config, struct error *error)
{
    const struct config_memory *memory = &config->resources.memory;

    if (memory->swap.value <= 0 || memory->swap.value >= memory->limit.value)
        return 0;
    error_set(error, EINVAL, "is %" PRId64 ", which is below the limit without swap, %" PRId64,
              memory->swap.value, memory->limit.value);
    error_hint(error, "it is the limit of memory and swap together");
    return config_place(config, error, PLACE "memory.swap");
}

static int check_cpu_lists(const struct config *config, struct error *error)
{
    const struct config_cpu *cpu = &config->resources.cpu;
    struct number_list list;

    if (cpu->cpus && number_list_parse(cpu->cpus, MAXIMUM_CPU, &list, error) < 0)
        return config_place(config, error, PLACE "cpu.cpus");
    if (cpu->mems && number_list_parse(cpu->mems, MAXIMUM_NODE, &list, error) < 0)
        return config_place(config, error, PLACE "cpu.mems");
    return 0;
}

/* ^[1-9][0-9]*[KMG]B$, as in the names of the kernel's files. */
static bool is_page_size(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits > 0 && text[0] != '0' && text[digits] && strchr("KMG", text[digits]) &&
           strcmp(text + digits + 1, "B") == 0;
}

static int check_hugepages(const struct config *config, struct error *error)
{
    const struct config_resources *resources = &config->resources;

    for (size_t i = 0; i < resources->hugepages_length; i++) {
        if (is_page_size(resources->hugepages[i].page_size))
            continue;
        error_set(error, EINVAL, "is \"%s\", but must be like 64KB, 2MB or 1GB",
                  resources->hugepages[i].page_size);
        return config_place(config, error, PLACE "hugepageLimits[%zu].pageSize", i);
    }
    return 0;
}

static int check_priorities(const struct config *config, struct error *error)
{
    const struct config_resources *resources = &config->resources;

    for (size_t i = 0; i < resources->network_priorities_length; i++)
        if (check_interface_name(resources->network_priorities[i].name, error) < 0)
            return config_place(config, error, PLACE "network.priorities[%zu].name", i);
    return 0;
}

/* A line of rdma.max is "mlx4_0 hca_handle=2 hca_object=2000". */
static int check_rdma(const struct config *config, struct error *error)
{
    const struct config_resources *resources = &config->resources;

    for (size_t i = 0; i < resources->rdma_length; i++) {
        const char *device = resources->rdma[i].device;

        if (!device[strcspn(device, " \t\n")])
            continue;
        error_set(error, EINVAL, "can't be the name of a device");
        return config_place(config, error, PLACE "rdma.%s", device);
    }
    return 0;
}

/* The names of cgroup v2's files: "controller.name". */
static int check_unified(const struct config *config, struct error *error)
{
    const struct config_resources *resources = &config->resources;

    for (size_t i = 0; i < resources->unified_length; i++) {
        const char *key = resources->unified[i].key;

        if (*key != '.' && strchr(key, '.') && !strpbrk(key, "/\n"))
            continue;
        error_set(error, EINVAL, "can't be a file of a cgroup");
        error_hint(error, "a file is like \"memory.high\"");
        return config_place(config, error, PLACE "unified.%s", key);
    }
    return 0;
}

int config_check_resources(const struct config *config, struct error *error)
{
    static int (*const checks[])(const struct config *, struct error *) = {
        check_device_rules, check_swap, check_cpu_lists, check_hugepages,
        check_priorities,   check_rdma, check_unified,
    };
    int result = 0;

    for (size_t i = 0; result == 0 && i < ARRAY_LENGTH(checks); i++)
        result = checks[i](config, error);
    return result;
}

int config_check_new_resources(const struct config *config, struct error *error)
{
    const struct config_memory *memory = &config->resources.memory;

    if (memory->swap.value > 0 && memory->limit.value <= 0) {
        error_set(error, EINVAL, "is %" PRId64 ", but there is no limit without swap", memory->swap.value);
        error_hint(error, "set linux.resources.memory.limit too, to at most as much");
        return config_place(config, error, PLACE "memory.swap");
    }
    return config_check_resources(config, error);
}
