/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object a line, as runc's events: {"type":"stats","id":"web","data":{…}} and {"type":"oom","id":"web"}. */
#include "cli/cli.h"

#include "cgroup/statistics.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* What a reader of a pipe gets at once; two threads write whole lines (flockfile(3)). */
static int print_event(const char *type, const char *id, json_t *data, struct error *error)
{
    json_t *event = json_pack("{s:s, s:s, s:o*}", "type", type, "id", id, "data", data);
    CLEANUP_FREE char *line = event ? json_dumps(event, JSON_COMPACT) : NULL;

    json_decref(event);
    if (!line)
        return error_memory(error);
    if (puts(line) < 0 || fflush(stdout) != 0)
        return error_call(error, errno, "write", "cannot write the event");
    return 0;
}

static int print_statistics(const struct container *container, struct error *error)
{
    json_t *data = NULL;
    int result = cgroup_statistics(&container->state.cgroup, &data, error);

    return result < 0 ? result : print_event("stats", container->state.id, data, error);
}

static bool print_memory_kill(void *argument)
{
    const struct container *container = argument;
    CLEANUP_ERROR struct error error = {0};

    return print_event("oom", container->state.id, NULL, &error) == 0;
}

/* Ends with the process. */
static void *watch_memory(void *argument)
{
    const struct container *container = argument;
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *line = NULL;

    if (cgroup_watch_memory(&container->state.cgroup, print_memory_kill, argument, &error) == 0)
        return NULL;
    line = error_format(&error);
    cli_warn(line ? line : error_name(error.code));
    return NULL;
}

static bool has_stopped(const struct container *container)
{
    return container_status(container) == STATUS_STOPPED;
}

static int print_events(struct container *container, int64_t interval, struct error *error)
{
    const struct timespec pause = {interval / 1000000000, interval % 1000000000};
    pthread_t watcher;
    int result = pthread_create(&watcher, NULL, watch_memory, container);

    if (result != 0)
        return error_call(error, result, "pthread_create", "cannot watch the container's memory");
    do {
        result = print_statistics(container, error);
        if (result == 0)
            nanosleep(&pause, NULL);
    } while (result == 0 && !has_stopped(container));
    if (result == 0 || !has_stopped(container))
        return result;
    error_clear(error); /* its cgroup went with it */
    return 0;
}

static int check_running(const struct container *container, struct error *error)
{
    if (has_stopped(container))
        return error_set(error, EINVAL, "container with id %s is not running", container->state.id);
    if (container->state.cgroup.length == 0)
        return error_set(error, ENOTSUP, "container %s has no cgroup", container->state.id);
    return 0;
}

static int run(const struct cli_call *call, struct error *error)
{
    /* Not released before the end: the watching thread uses it. */
    static struct container container = {.root = -1, .directory = -1, .lock = -1};
    const char *interval = "5s";
    int64_t nanoseconds = 0;
    bool once = false;
    const struct cli_option options[] = {
        {"stats", 0, CLI_FLAG, &once, NULL, "prints the statistics once"},
        {"interval", 0, CLI_STRING, &interval, "TIME", "from one to the next (default: 5s)"},
        {0},
    };
    int first = cli_parse_words(call, options, 1, 1, error);
    int status;

    if (first <= 0)
        return first;
    status = cli_parse_duration(interval, "events: --interval", &nanoseconds, error);
    if (status == 0)
        status = container_open(&container, call->settings->root, call->arguments[first], false, error);
    if (status == 0)
        status = check_running(&container, error);
    if (status < 0)
        return status;
    return once ? print_statistics(&container, error) : print_events(&container, nanoseconds, error);
}

const struct cli_command cli_events = {
    .name = "events",
    .arguments = "ID",
    .summary = "Prints what a container uses, and when it runs out of memory",
    .text = "One JSON object a line, until the container has stopped.\n",
    .run = run,
};
