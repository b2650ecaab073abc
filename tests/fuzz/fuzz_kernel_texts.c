/* SPDX-License-Identifier: Apache-2.0 */
/* Smaller texts of the kernel: /proc/PID/cgroup with mountinfo behind an empty line, devices.list, cpusets, schemata. */
#include "fuzz.h"

#include "cgroup/device_exceptions.h"
#include "cgroup/statistics_numbers.h"
#include "config/number_list.h"
#include "kernel/cgroup_environment.h"
#include "process/intel_rdt_schemata.h"

static void check_cgroups(const char *cgroups, const char *mountinfo, bool is_unified)
{
    CLEANUP_CGROUP_ENVIRONMENT struct cgroup_environment environment = {.is_unified = is_unified};
    CLEANUP_FREE char *table = strdup(mountinfo);
    CLEANUP_ERROR struct error error = {0};
    int status;

    REQUIRE(table);
    status = cgroup_environment_parse(&environment, cgroups, table, &error);
    if (status < 0)
        fuzz_check_error(status, &error);
    for (size_t i = 0; i < environment.length; i++) {
        const struct cgroup_hierarchy *hierarchy = &environment.hierarchies[i];

        REQUIRE(*hierarchy->mount == '/' && *hierarchy->controllers);
        REQUIRE(hierarchy->name > hierarchy->mount &&
                hierarchy->name <= hierarchy->mount + strlen(hierarchy->mount));
    }
}

static void check_devices(const char *text)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_ERROR struct error error = {0};
    struct device_exceptions exceptions;

    REQUIRE(device_exceptions_parse(text, &arena, &exceptions, &error) == 0);
    for (size_t i = 0; i < exceptions.length; i++) {
        char line[DEVICE_LINE_SIZE];

        REQUIRE(exceptions.values[i].type == 'c' || exceptions.values[i].type == 'b');
        REQUIRE(device_exceptions_find(&exceptions, &exceptions.values[i]));
        REQUIRE(strlen(device_rule_format(&exceptions.values[i], 7, line)) < sizeof(line));
    }
}

static void check_numbers(const char *text)
{
    CLEANUP_ERROR struct error error = {0};
    struct number_list list;
    uint64_t number;
    int status = number_list_parse(text, NUMBER_LIST_BITS - 1, &list, &error);

    if (status < 0)
        fuzz_check_error(status, &error);
    else
        REQUIRE(list.length > 0 && number_list_has(&list, (unsigned)list.length - 1));
    (void)statistics_parse(text, &number);
    for (const char *line = text; *line; line = statistics_next_line(line))
        (void)statistics_parse(line, &number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_FREE char *text = fuzz_text(data, size);
    char *second = strstr(text, "\n\n");
    size_t length;

    if (second) {
        second[1] = '\0';
        second += 2;
        check_cgroups(text, second, true);
        check_cgroups(text, second, false);
        (void)schemata_differ(text, second, &length);
    }
    check_devices(text);
    check_numbers(text);
    return 0;
}
