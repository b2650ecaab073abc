/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_LIMIT ((size_t)16 << 20)

/* An option that sets one number of struct config_resources. */
struct limit {
    const char *name;
    enum cli_option_kind kind;
    size_t offset;
    int64_t minimum, maximum;
    const char *help;
};

#define PLACE(member) offsetof(struct config_resources, member)

static const struct limit limits[] = {
    {"blkio-weight", CLI_NUMBER, PLACE(block_io.weight), 0, 1000, "weight of its disk accesses, 10 to 1000"},
    {"cpu-period", CLI_NUMBER, PLACE(cpu.period), 0, INT64_MAX, "period of the CPU limit, in microseconds"},
    {"cpu-quota", CLI_NUMBER, PLACE(cpu.quota), -1, INT64_MAX, "CPU time in a period, in microseconds"},
    {"cpu-burst", CLI_NUMBER, PLACE(cpu.burst), 0, INT64_MAX,
     "CPU time that may be saved up, in microseconds"},
    {"cpu-share", CLI_NUMBER, PLACE(cpu.shares), 0, INT64_MAX, "CPU time, relative to other containers"},
    {"cpu-rt-period", CLI_NUMBER, PLACE(cpu.realtime_period), 0, INT64_MAX, "period of the realtime limit"},
    {"cpu-rt-runtime", CLI_NUMBER, PLACE(cpu.realtime_runtime), -1, INT64_MAX,
     "realtime CPU time in a period"},
    {"cpu-idle", CLI_NUMBER, PLACE(cpu.idle), 0, 1, "1: gets the CPU only where nobody else wants it"},
    {"memory", CLI_BYTES, PLACE(memory.limit), -1, INT64_MAX, "memory; -1: unlimited"},
    {"memory-reservation", CLI_BYTES, PLACE(memory.reservation), -1, INT64_MAX, "memory under pressure"},
    {"memory-swap", CLI_BYTES, PLACE(memory.swap), -1, INT64_MAX, "memory and swap together; -1: unlimited"},
    {"pids-limit", CLI_NUMBER, PLACE(pids), -1, INT64_MAX, "processes and threads; -1: unlimited"},
};

#define LIMITS ARRAY_LENGTH(limits)

static void fill_numbers(struct cli_option *options, struct cli_number *numbers)
{
    for (size_t i = 0; i < LIMITS; i++) {
        const char *argument = limits[i].kind == CLI_BYTES ? "BYTES" : "N";

        numbers[i] = (struct cli_number){.minimum = limits[i].minimum, .maximum = limits[i].maximum};
        options[i] =
            (struct cli_option){limits[i].name, 0, limits[i].kind, &numbers[i], argument, limits[i].help};
    }
}

static void take_numbers(const struct cli_number *numbers, struct config_resources *resources)
{
    for (size_t i = 0; i < LIMITS; i++) {
        struct config_number *place = (void *)((char *)resources + limits[i].offset);

        *place = (struct config_number){numbers[i].given, numbers[i].value};
    }
}

/* "-" is standard input. */
static int read_resources(const char *file, struct config *config, struct error *error)
{
    bool standard = strcmp(file, "-") == 0;
    CLEANUP_FD int opened = standard ? -1 : open(file, O_RDONLY | O_CLOEXEC);
    CLEANUP_FREE char *text = NULL;
    size_t length;
    int result;

    if (!standard && opened < 0)
        return error_call(error, errno, "open", "cannot open the resources %s", file);
    result = fd_read_all(standard ? STDIN_FILENO : opened, FILE_LIMIT, &text, &length);
    if (result < 0)
        return error_call(error, result, "read", "cannot read the resources %s", file);
    return config_read_resources_json(config, text, length, standard ? "standard input" : file, error);
}

static int update_from_file(const struct cli_call *call, const char *id, const char *file,
                            struct error *error)
{
    CLEANUP_CONFIG struct config config = {0};
    int result = read_resources(file, &config, error);

    return result < 0 ? result : container_update(call->settings, id, &config.resources, error);
}

struct words {
    const char *file, *kernel_memory, *kernel_memory_tcp;
    struct config_intel_rdt intel_rdt;
    struct config_resources resources;
};

static int update(const struct cli_call *call, const char *id, struct words *words, struct error *error)
{
    const struct config_intel_rdt *intel_rdt = &words->intel_rdt;
    int result;

    if (words->kernel_memory || words->kernel_memory_tcp)
        cli_warn("update: limits of kernel memory have no effect: Linux has none any more");
    result = words->file ? update_from_file(call, id, words->file, error)
                         : container_update(call->settings, id, &words->resources, error);
    if (result == 0 && (intel_rdt->l3_cache_schema || intel_rdt->memory_bandwidth_schema))
        result = container_update_intel_rdt(call->settings, id, intel_rdt, error);
    return result;
}

static int run(const struct cli_call *call, struct error *error)
{
    struct words words = {0};
    struct cli_number numbers[LIMITS];
    struct cli_option options[LIMITS + 8] = {0};
    const struct cli_option other[] = {
        {"resources", 'r', CLI_STRING, &words.file, "FILE", "linux.resources as JSON; -: standard input"},
        {"cpuset-cpus", 0, CLI_STRING, &words.resources.cpu.cpus, "LIST", "the CPUs it may use: 0-2,7"},
        {"cpuset-mems", 0, CLI_STRING, &words.resources.cpu.mems, "LIST", "the memory nodes it may use"},
        {"kernel-memory", 0, CLI_STRING, &words.kernel_memory, "BYTES", "accepted, without effect"},
        {"kernel-memory-tcp", 0, CLI_STRING, &words.kernel_memory_tcp, "BYTES", "accepted, without effect"},
        {"l3-cache-schema", 0, CLI_STRING, &words.intel_rdt.l3_cache_schema, "SCHEMA", "Intel RDT: L3 cache"},
        {"mem-bw-schema", 0, CLI_STRING, &words.intel_rdt.memory_bandwidth_schema, "SCHEMA",
         "Intel RDT: memory bandwidth"},
    };
    int first;

    memcpy(options, other, sizeof(other));
    fill_numbers(options + ARRAY_LENGTH(other), numbers);
    first = cli_parse_words(call, options, 1, 1, error);
    if (first <= 0)
        return first;
    take_numbers(numbers, &words.resources);
    return update(call, call->arguments[first], &words, error);
}

const struct cli_command cli_update = {
    .name = "update",
    .arguments = "ID",
    .summary = "Changes the limits of a container",
    .text = "What is not given stays. With --resources only what is in the file counts of the limits.\n",
    .run = run,
};
