/* SPDX-License-Identifier: Apache-2.0 */
/*
 * src/container/mounts.h for a process that is known by its number, for container_mounts.bats:
 *
 *     container-mounts PID BUNDLE list | json | bind SRC:DST[:OPTIONS] | add TYPE SOURCE OPTIONS DESTINATION |
 *                                 remove PATH | remove-all PATH
 */
#include "base/fd.h"
#include "cli/mount_print.h"
#include "container/mounts.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct call {
    struct container_process process;
    struct config config;
    char **words;
};

static void warn(const char *message)
{
    fprintf(stderr, "warning: %s\n", message);
}

static int print(struct call *call, struct error *error,
                 int (*function)(const struct mount_table *table, FILE *out, struct error *error))
{
    CLEANUP(arena_clear) struct arena arena = {0};
    struct mount_table table;
    int status = container_mounts_read(&call->process, &arena, &table, error);

    return status < 0 ? status : function(&table, stdout, error);
}

static int list(struct call *call, struct error *error)
{
    return print(call, error, mount_print_tree);
}

static int json(struct call *call, struct error *error)
{
    return print(call, error, mount_print_json);
}

static int bind(struct call *call, struct error *error)
{
    int status = container_mounts_parse_bind(&call->config, call->words[0], error);

    return status < 0 ? status : container_mounts_add(&call->process, &call->config, warn, error);
}

static int add(struct call *call, struct error *error)
{
    int status = container_mounts_parse(&call->config, call->words[3], call->words[0], call->words[1],
                                        call->words[2], error);

    return status < 0 ? status : container_mounts_add(&call->process, &call->config, warn, error);
}

static int take(struct call *call, struct error *error)
{
    return container_mounts_remove(&call->process, call->words[0], false, error);
}

static int take_all(struct call *call, struct error *error)
{
    return container_mounts_remove(&call->process, call->words[0], true, error);
}

static const struct {
    const char *name;
    int words;
    int (*function)(struct call *call, struct error *error);
} commands[] = {
    {"list", 0, list}, {"json", 0, json},   {"bind", 1, bind},
    {"add", 4, add},   {"remove", 1, take}, {"remove-all", 1, take_all},
};

static int run(int count, char **arguments, struct call *call, struct error *error)
{
    int status = config_read_bundle(&call->config, arguments[2], "config.json", error);

    if (status < 0)
        return status;
    call->process.pid = (pid_t)strtol(arguments[1], NULL, 10);
    call->process.pidfd = (int)syscall(SYS_pidfd_open, call->process.pid, 0);
    call->words = arguments + 4;
    if (call->process.pidfd < 0)
        return error_call(error, errno, "pidfd_open", "no such process");
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        if (strcmp(commands[i].name, arguments[3]) == 0 && commands[i].words == count - 4)
            return commands[i].function(call, error);
    return error_set(error, EINVAL, "no such command");
}

int main(int count, char **arguments)
{
    CLEANUP_ERROR struct error error = {0};
    struct call call = {.process = {.pidfd = -1}};
    int status =
        count < 4 ? error_set(&error, EINVAL, "too few arguments") : run(count, arguments, &call, &error);
    CLEANUP_FREE char *line = status < 0 ? error_format(&error) : NULL;

    if (line)
        fprintf(stderr, "%s\n", line);
    fd_close(&call.process.pidfd);
    config_clear(&call.config);
    return status < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
