/* SPDX-License-Identifier: Apache-2.0 */
/* Version 2's files (admin-guide/cgroup-v2.rst of the kernel), under the names of version 1's, as runc shows them. */
#include "cgroup/statistics_numbers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define UNIFIED ""

static const struct statistics_row rows[] = {
    {"cpu", "usage", "total", UNIFIED, "cpu.stat", "usage_usec", 1000, OMIT_ZERO},
    {"cpu", "usage", "kernel", UNIFIED, "cpu.stat", "system_usec", 1000, ALWAYS},
    {"cpu", "usage", "user", UNIFIED, "cpu.stat", "user_usec", 1000, ALWAYS},
    {"cpu", "throttling", "periods", UNIFIED, "cpu.stat", "nr_periods", 1, OMIT_ZERO},
    {"cpu", "throttling", "throttledPeriods", UNIFIED, "cpu.stat", "nr_throttled", 1, OMIT_ZERO},
    {"cpu", "throttling", "throttledTime", UNIFIED, "cpu.stat", "throttled_usec", 1000, OMIT_ZERO},
    {"memory", NULL, "cache", UNIFIED, "memory.stat", "file", 1, OMIT_ZERO},
    {"memory", "usage", "limit", UNIFIED, "memory.max", NULL, 1, ALWAYS},
    {"memory", "usage", "usage", UNIFIED, "memory.current", NULL, 1, OMIT_ZERO},
    {"memory", "usage", "max", UNIFIED, "memory.peak", NULL, 1, OMIT_ZERO},
    {"memory", "usage", "failcnt", UNIFIED, "memory.events", "max", 1, ALWAYS},
    {"memory", "swap", "failcnt", UNIFIED, "memory.swap.events", "max", 1, ALWAYS},
    {"pids", NULL, "current", UNIFIED, "pids.current", NULL, 1, OMIT_ZERO},
    {"pids", NULL, "limit", UNIFIED, "pids.max", NULL, 1, OMIT_ZERO_AND_UNLIMITED},
};

/* Memory and swap together, as version 1 counts; nothing where one is missing. */
static int set_sum(struct statistics *statistics, const char *key, const char *const files[2],
                   struct error *error)
{
    json_t *swap = json_object_get(json_object_get(statistics->json, "memory"), "swap");
    uint64_t sum = 0;

    for (size_t i = 0; i < 2; i++) {
        const char *text;
        uint64_t number;
        int status = statistics_read(statistics, files[i], &text, error);

        if (status < 0 || !text || !statistics_parse(text, &number))
            return status;
        sum = number > UINT64_MAX - sum ? UINT64_MAX : sum + number;
    }
    return statistics_set_number(swap, key, sum, error);
}

static int set_swap(struct statistics *statistics, struct error *error)
{
    static const char *const limits[] = {"memory.max", "memory.swap.max"};
    static const char *const usages[] = {"memory.current", "memory.swap.current"};
    int status = set_sum(statistics, "limit", limits, error);

    return status < 0 ? status : set_sum(statistics, "usage", usages, error);
}

/* io.stat: "8:0 rbytes=180224 wbytes=0 rios=3 wios=0 dbytes=0 dios=0" */
static const struct {
    const char *name, *key, *op;
} block_io[] = {
    {"rbytes", "ioServiceBytesRecursive", "Read"},    {"wbytes", "ioServiceBytesRecursive", "Write"},
    {"dbytes", "ioServiceBytesRecursive", "Discard"}, {"rios", "ioServicedRecursive", "Read"},
    {"wios", "ioServicedRecursive", "Write"},         {"dios", "ioServicedRecursive", "Discard"},
};

static int add_pair(struct statistics *statistics, const unsigned device[2], const char *name, uint64_t value,
                    struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(block_io); i++)
        if (strcmp(block_io[i].name, name) == 0)
            return statistics_add_block_io(statistics, block_io[i].key, device, block_io[i].op, value, error);
    return 0;
}

static int add_line(struct statistics *statistics, const char *line, struct error *error)
{
    unsigned device[2];
    int consumed = 0, status = 0;
    char name[32];
    uint64_t value;

    if (sscanf(line, "%u:%u%n", &device[0], &device[1], &consumed) != 2)
        return 0;
    for (line += consumed; status == 0 && *line == ' '; line += consumed) {
        if (sscanf(line, " %31[^= \n]=%" SCNu64 "%n", name, &value, &consumed) != 2)
            break;
        status = add_pair(statistics, device, name, value, error);
    }
    return status;
}

static int set_block_io(struct statistics *statistics, struct error *error)
{
    const char *line;
    int status = statistics_read(statistics, "io.stat", &line, error);

    for (; status == 0 && line && *line; line = statistics_next_line(line))
        status = add_line(statistics, line, error);
    return status;
}

int statistics_set_unified(struct statistics *statistics, struct error *error)
{
    static const struct statistics_hugepages hugepages = {"current", NULL, "events", "max "};
    int status = statistics_set_rows(statistics, rows, ARRAY_LENGTH(rows), error);

    if (status == 0)
        status = set_swap(statistics, error);
    if (status == 0)
        status = statistics_set_raw(statistics, error);
    if (status == 0)
        status = set_block_io(statistics, error);
    return status < 0 ? status : statistics_set_hugepages(statistics, &hugepages, error);
}
