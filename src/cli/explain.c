/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/explain_print.h"
#include "container/view.h"
#include "mount/machine.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/resource.h>

struct request {
    const struct cli_call *call;
    const char *bundle, *config_name, *host;
    const char *id, *path; /* NULL: none */
    bool json;
};

static int print_all(const struct plan *plan, const struct explanations *found, const struct request *request,
                     struct error *error)
{
    int status = 0;

    if (found->length == 0) {
        printf("%s can't be seen in the container\n", request->host);
        return 0;
    }
    for (size_t i = 0; i < found->length && status == 0; i++)
        status = explain_print(plan, &found->values[i], stdout, error);
    return status;
}

static int print_all_json(const struct explanations *found, struct error *error)
{
    json_t *array = json_array();

    for (size_t i = 0; array && i < found->length; i++)
        if (json_array_append_new(array, explain_json(&found->values[i])) < 0)
            break;
    if (json_array_size(array) != found->length) {
        json_decref(array);
        return error_memory(error);
    }
    return cli_print_json(json_pack("{s:i, s:o}", "version", 1, "places", array), 2, error);
}

static int answer(const struct request *request, const struct explainer *explainer, struct error *error)
{
    struct explanations found = {0};
    struct explanation explanation;
    int status;

    if (request->host) {
        status = explain_host_path(explainer, request->host, &found, error);
    } else {
        status = explain_path(explainer, request->path, &explanation, error);
        found = (struct explanations){&explanation, 1};
    }
    if (status < 0)
        return status;
    return request->json ? print_all_json(&found, error)
                         : print_all(explainer->world->plan, &found, request, error);
}

static int explain_bundle(const struct request *request, struct error *error)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_PLAN struct plan plan = {0};
    CLEANUP_WORLD struct world world = WORLD_NONE;
    struct explainer explainer = {.world = &world};
    int status = config_read_bundle(&config, request->bundle, request->config_name, error);

    if (status == 0)
        status = plan_for_machine(&plan, &config, NULL, 0, error);
    if (status == 0)
        status = world_from_plan(&world, &plan, error);
    explainer.subject = explain_subject_of(&config);
    return status == 0 ? answer(request, &explainer, error) : status;
}

static int explain_container(const struct request *request, struct error *error)
{
    CLEANUP_CONTAINER_VIEW struct container_view view;
    int status = container_view_open(&view, request->call->settings->root, request->id, error);

    return status == 0 ? answer(request, &view.explainer, error) : status;
}

/* A plan's sources are open all at once. */
static void raise_open_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)!setrlimit(RLIMIT_NOFILE, &limit);
}

/* The last word is the path, unless --host has one; the one before it, or the only one, an ID. */
static int take_words(struct request *request, int first, struct error *error)
{
    char **words = request->call->arguments + first;
    int count = request->call->count - first;

    if (!request->host) {
        if (count == 0) {
            error_set(error, EINVAL, "explain: needs a PATH, or --host");
            error_hint(error, "see holdfast explain --help");
            return -EINVAL;
        }
        request->path = words[--count];
    }
    if (count == 1)
        request->id = words[0];
    if (count > 1 || (count == 1 && request->bundle)) {
        error_set(error, EINVAL, "explain: takes no \"%s\"", words[count - 1]);
        error_hint(error, "it is either --bundle or the ID of a container that runs");
        return -EINVAL;
    }
    if (!request->bundle)
        request->bundle = ".";
    return 0;
}

static int run(const struct cli_call *call, struct error *error)
{
    struct request request = {.call = call, .config_name = "config.json"};
    const struct cli_option options[] = {
        {"bundle", 'b', CLI_STRING, &request.bundle, "DIR", "of this OCI bundle (default: .)"},
        {"config", 'f', CLI_STRING, &request.config_name, "FILE",
         "the configuration, in the bundle or a path (default: config.json)"},
        {"host", 0, CLI_STRING, &request.host, "PATH", "where this path of the host is in the container"},
        {"json", 0, CLI_FLAG, &request.json, NULL, "answers as JSON"},
        {0},
    };
    int first = cli_parse_words(call, options, 0, 2, error);
    int status;

    if (first <= 0)
        return first;
    status = take_words(&request, first, error);
    if (status < 0)
        return status;
    raise_open_files();
    status = request.id ? explain_container(&request, error) : explain_bundle(&request, error);
    return status < 0 ? status : EXIT_SUCCESS;
}

const struct cli_command cli_explain = {
    .name = "explain",
    .arguments = "[ID] PATH",
    .summary = "Tells what a path of a container is, and why",
    .text = "Without an ID of a bundle: from its configuration and the host's files, without changing\n"
            "anything. With the ID of a container that runs: as it is now.\n",
    .run = run,
};
