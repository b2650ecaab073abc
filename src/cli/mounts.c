/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "base/fd.h"
#include "cli/mount_print.h"
#include "container/drift.h"
#include "container/mounts.h"

#include <string.h>

struct request {
    const struct cli_call *call;
    const char *type, *source, *options;
    bool json, recursive;
    const char *word; /* what follows the action; NULL: nothing */
    struct container container;
    struct container_process process;
};

static int list(struct request *request, struct error *error)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    struct mount_table table;
    int status = container_mounts_read(&request->process, &arena, &table, error);

    if (status < 0)
        return status;
    return request->json ? mount_print_json(&table, stdout, error) : mount_print_tree(&table, stdout, error);
}

static int add(struct request *request, struct error *error)
{
    CLEANUP_CONFIG struct config config = {0};
    int status = container_read_config(&request->container, &config, error);

    if (status < 0)
        return status;
    if (request->type)
        status = container_mounts_parse(&config, request->word, request->type, request->source,
                                        request->options, error);
    else
        status = container_mounts_parse_bind(&config, request->word, error);
    if (status == 0)
        status = container_mounts_add(&request->process, &config, request->call->settings->warn, error);
    return status == 0 ? container_note_mount(&request->container, true, config.mounts[0].destination, error)
                       : status;
}

static int take(struct request *request, struct error *error)
{
    int status = container_mounts_remove(&request->process, request->word, request->recursive, error);

    return status == 0 ? container_note_mount(&request->container, false, request->word, error) : status;
}

static const struct action {
    const char *name; /* NULL: without an action's name */
    bool has_word;
    bool changes;
    int (*function)(struct request *request, struct error *error);
} actions[] = {
    {NULL, false, false, list},
    {"add", true, true, add},
    {"remove", true, true, take},
};

static const struct action *find_action(const char *name, bool has_word)
{
    for (size_t i = 0; i < ARRAY_LENGTH(actions); i++) {
        const struct action *action = &actions[i];

        if (action->has_word == has_word &&
            (name ? action->name && strcmp(action->name, name) == 0 : !action->name))
            return action;
    }
    return NULL;
}

/* Locked, so that it isn't deleted meanwhile, and two commands don't change it at the same time. */
static int carry_out(struct request *request, const struct action *action, const char *id,
                     struct error *error)
{
    int status =
        container_open(&request->container, request->call->settings->root, id, action->changes, error);

    if (status == 0)
        status = container_open_process(&request->container, &request->process.pidfd, error);
    if (status < 0)
        return status;
    request->process.pid = request->container.state.pid;
    return action->function(request, error);
}

static int check(const struct request *request, const struct action *action, struct error *error)
{
    if (!action)
        error_set(error, EINVAL, "mounts: needs an ID, and nothing, \"add MOUNT\" or \"remove PATH\"");
    else if (!request->type && (request->source || request->options))
        error_set(error, EINVAL, "mounts: --source and --options need --type");
    else
        return 0;
    error_hint(error, "see holdfast mounts --help");
    return -EINVAL;
}

static int run(const struct cli_call *call, struct error *error)
{
    struct request request = {.call = call, .container = CONTAINER_NONE, .process = {.pidfd = -1}};
    const struct cli_option options[] = {
        {"type", 't', CLI_STRING, &request.type, "TYPE", "add: the file system's type, or \"bind\""},
        {"source", 's', CLI_STRING, &request.source, "SOURCE", "add: what is mounted"},
        {"options", 'o', CLI_STRING, &request.options, "OPT,...", "add: options as in config.json"},
        {"recursive", 'r', CLI_FLAG, &request.recursive, NULL, "remove: what is mounted below as well"},
        {"json", 0, CLI_FLAG, &request.json, NULL, "shows the table as JSON"},
        {0},
    };
    int first = cli_parse_words(call, options, 1, 3, error);
    int words = call->count - first;
    const struct action *action;
    int status;

    if (first <= 0)
        return first;
    request.word = words > 2 ? call->arguments[first + 2] : NULL;
    action = find_action(words > 1 ? call->arguments[first + 1] : NULL, words > 2);
    status = check(&request, action, error);
    if (status == 0)
        status = carry_out(&request, action, call->arguments[first], error);
    fd_close(&request.process.pidfd);
    container_clear(&request.container);
    return status;
}

const struct cli_command cli_mounts = {
    .name = "mounts",
    .arguments = "ID [add MOUNT | remove PATH]",
    .summary = "Shows the mounts of a running container, adds one, or removes one",
    .text = "MOUNT is SRC:DST[:OPT,...] for a bind mount, or with --type a path in the container. A change\n"
            "is made as a whole or not at all.\n",
    .protects_executable = true,
    .run = run,
};
