/* SPDX-License-Identifier: Apache-2.0 */
/* Version 1's files (admin-guide/cgroup-v1 of the kernel). */
#include "cgroup/statistics_numbers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TICK 10000000 /* nanoseconds of a clock tick of user space: USER_HZ is 100 */

#define CPUSET(name)                                                                                         \
    {                                                                                                        \
        "cpuset", NULL, name, "cpuset", "cpuset." name, NULL, 1, ALWAYS                                      \
    }

#define MEMORY(object, prefix)                                                                               \
    {"memory", object, "limit", "memory", prefix "limit_in_bytes", NULL, 1, ALWAYS},                         \
        {"memory", object, "usage", "memory", prefix "usage_in_bytes", NULL, 1, OMIT_ZERO},                  \
        {"memory", object, "max", "memory", prefix "max_usage_in_bytes", NULL, 1, OMIT_ZERO},                \
    {                                                                                                        \
        "memory", object, "failcnt", "memory", prefix "failcnt", NULL, 1, ALWAYS                             \
    }

static const struct statistics_row rows[] = {
    {"cpu", "usage", "total", "cpuacct", "cpuacct.usage", NULL, 1, OMIT_ZERO},
    {"cpu", "usage", "kernel", "cpuacct", "cpuacct.stat", "system", TICK, ALWAYS},
    {"cpu", "usage", "user", "cpuacct", "cpuacct.stat", "user", TICK, ALWAYS},
    {"cpu", "throttling", "periods", "cpu", "cpu.stat", "nr_periods", 1, OMIT_ZERO},
    {"cpu", "throttling", "throttledPeriods", "cpu", "cpu.stat", "nr_throttled", 1, OMIT_ZERO},
    {"cpu", "throttling", "throttledTime", "cpu", "cpu.stat", "throttled_time", 1, OMIT_ZERO},
    CPUSET("cpu_exclusive"),
    CPUSET("mem_hardwall"),
    CPUSET("mem_exclusive"),
    CPUSET("memory_migrate"),
    CPUSET("memory_spread_page"),
    CPUSET("memory_spread_slab"),
    CPUSET("memory_pressure"),
    CPUSET("sched_load_balance"),
    CPUSET("sched_relax_domain_level"),
    {"memory", NULL, "cache", "memory", "memory.stat", "cache", 1, OMIT_ZERO},
    MEMORY("usage", "memory."),
    MEMORY("swap", "memory.memsw."),
    MEMORY("kernel", "memory.kmem."),
    MEMORY("kernelTCP", "memory.kmem.tcp."),
    {"pids", NULL, "current", "pids", "pids.current", NULL, 1, OMIT_ZERO},
    {"pids", NULL, "limit", "pids", "pids.max", NULL, 1, OMIT_ZERO_AND_UNLIMITED},
};

/* Numbers with blanks between them: cpuacct.usage_percpu. */
static int set_each_cpu(struct statistics *statistics, json_t *usage, struct error *error)
{
    json_t *array;
    const char *text;
    int consumed = 0;
    uint64_t number;
    int status = statistics_read(statistics, "cpuacct.usage_percpu", &text, error);

    if (status < 0 || !text)
        return status;
    array = json_array();
    status = statistics_set(usage, "percpu", array, error);
    for (; status == 0 && sscanf(text, "%" SCNu64 "%n", &number, &consumed) == 1; text += consumed)
        status = statistics_append(array, json_integer((json_int_t)number), error);
    return status;
}

/* cpuacct.usage_all: "cpu user system", and below a line a CPU. */
static int set_each_cpu_by_mode(struct statistics *statistics, json_t *usage, struct error *error)
{
    json_t *kernel = NULL, *user = NULL;
    const char *line;
    uint64_t in_user, in_kernel;
    int status = statistics_read(statistics, "cpuacct.usage_all", &line, error);

    if (status < 0 || !line)
        return status;
    kernel = json_array();
    status = statistics_set(usage, "percpu_kernel", kernel, error);
    if (status == 0) {
        user = json_array();
        status = statistics_set(usage, "percpu_user", user, error);
    }
    for (; status == 0 && *line; line = statistics_next_line(line)) {
        if (sscanf(line, "%*u %" SCNu64 " %" SCNu64, &in_user, &in_kernel) != 2)
            continue;
        status = statistics_append(kernel, json_integer((json_int_t)in_kernel), error);
        if (status == 0)
            status = statistics_append(user, json_integer((json_int_t)in_user), error);
    }
    return status;
}

static int set_cpus(struct statistics *statistics, struct error *error)
{
    json_t *usage = json_object_get(json_object_get(statistics->json, "cpu"), "usage");
    int status = statistics_go(statistics, "cpuacct", error);

    if (status == 0)
        status = set_each_cpu(statistics, usage, error);
    return status < 0 ? status : set_each_cpu_by_mode(statistics, usage, error);
}

/* "0-3" or "7" at the beginning of a list. */
static int append_range(json_t *array, const char *list, struct error *error)
{
    unsigned first, last;
    int numbers = sscanf(list, "%u-%u", &first, &last);
    int status = 0;

    if (numbers < 1)
        return 0;
    if (numbers == 1)
        last = first;
    for (unsigned number = first; status == 0 && number <= last; number++)
        status = statistics_append(array, json_integer(number), error);
    return status;
}

/* "0-3,7" as numbers; no array where there is none, as in runc. */
static int set_list(struct statistics *statistics, const char *key, const char *file, struct error *error)
{
    const char *list;
    json_t *array;
    int status = statistics_read(statistics, file, &list, error);

    if (status < 0 || !list || *list == '\0')
        return status;
    array = json_array();
    status = statistics_set(json_object_get(statistics->json, "cpuset"), key, array, error);
    while (status == 0 && *list) {
        status = append_range(array, list, error);
        list += strcspn(list, ",");
        list += *list == ',';
    }
    return status;
}

static int set_cpuset(struct statistics *statistics, struct error *error)
{
    int status = statistics_go(statistics, "cpuset", error);

    if (status == 0)
        status = set_list(statistics, "cpus", "cpuset.cpus", error);
    return status < 0 ? status : set_list(statistics, "mems", "cpuset.mems", error);
}

/* BFQ counts more than the throttle does, if a device has this scheduler. */
static const char *const block_io_prefixes[] = {"blkio.bfq.", "blkio.throttle."};

static const struct {
    const char *key, *file;
} block_io[] = {
    {"ioServiceBytesRecursive", "io_service_bytes_recursive"},
    {"ioServicedRecursive", "io_serviced_recursive"},
    {"ioQueueRecursive", "io_queued_recursive"},
    {"ioServiceTimeRecursive", "io_service_time_recursive"},
    {"ioWaitTimeRecursive", "io_wait_time_recursive"},
    {"ioMergedRecursive", "io_merged_recursive"},
    {"ioTimeRecursive", "time_recursive"},
    {"sectorsRecursive", "sectors_recursive"},
};

/* "8:0 Read 4096", or "8:0 4096"; "Total 4096" is no device's. */
static int add_line(struct statistics *statistics, const char *key, const char *line, struct error *error)
{
    unsigned device[2];
    char op[16];
    uint64_t value;

    if (sscanf(line, "%u:%u %15[A-Za-z] %" SCNu64, &device[0], &device[1], op, &value) == 4)
        return statistics_add_block_io(statistics, key, device, op, value, error);
    if (sscanf(line, "%u:%u %" SCNu64, &device[0], &device[1], &value) == 3)
        return statistics_add_block_io(statistics, key, device, NULL, value, error);
    return 0;
}

static int add_file(struct statistics *statistics, const char *key, const char *prefix, const char *file,
                    struct error *error)
{
    char name[64];
    const char *line;
    int status;

    snprintf(name, sizeof(name), "%s%s", prefix, file);
    status = statistics_read(statistics, name, &line, error);
    for (; status == 0 && line && *line; line = statistics_next_line(line))
        status = add_line(statistics, key, line, error);
    return status;
}

/* The first of the files that has entries counts. */
static int set_block_io_kind(struct statistics *statistics, const char *key, const char *file,
                             struct error *error)
{
    const json_t *section = json_object_get(statistics->json, "blkio");
    int status = 0;

    for (size_t i = 0; status == 0 && i < ARRAY_LENGTH(block_io_prefixes); i++)
        if (!json_object_get(section, key))
            status = add_file(statistics, key, block_io_prefixes[i], file, error);
    return status;
}

static int set_block_io(struct statistics *statistics, struct error *error)
{
    int status = statistics_go(statistics, "blkio", error);

    for (size_t i = 0; status == 0 && i < ARRAY_LENGTH(block_io); i++)
        status = set_block_io_kind(statistics, block_io[i].key, block_io[i].file, error);
    return status;
}

int statistics_set_legacy(struct statistics *statistics, struct error *error)
{
    static const struct statistics_hugepages hugepages = {"usage_in_bytes", "max_usage_in_bytes", "failcnt",
                                                          NULL};
    int status = statistics_set_rows(statistics, rows, ARRAY_LENGTH(rows), error);

    if (status == 0)
        status = set_cpus(statistics, error);
    if (status == 0)
        status = set_cpuset(statistics, error);
    if (status == 0)
        status = statistics_go(statistics, "memory", error);
    if (status == 0)
        status = statistics_set_raw(statistics, error);
    if (status == 0)
        status = set_block_io(statistics, error);
    if (status == 0)
        status = statistics_go(statistics, "hugetlb", error);
    return status < 0 ? status : statistics_set_hugepages(statistics, &hugepages, error);
}
