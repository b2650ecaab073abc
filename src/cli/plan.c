/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/color.h"
#include "cli/plan_hazards.h"
#include "cli/plan_source.h"

#include "base/fd.h"
#include "plan/json.h"
#include "plan/print.h"
#include "plan/svg.h"
#include "plan/tree.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The ways to show a plan; without any, its operations are listed. */
struct views {
    bool json, tree;
    const char *svg;
};

static int show_operations(const struct planned *planned, struct error *error)
{
    CLEANUP_PLAN_LISTING struct plan_listing listing = {0};
    int status = plan_list(&listing, &planned->plan, error);

    if (status < 0)
        return status;
    if (isatty(STDOUT_FILENO))
        return plan_print_table(stdout, &listing, color_is_wanted(stdout), error);
    plan_print_lines(stdout, &listing);
    return 0;
}

static int show_json(const struct planned *planned, const struct hazards *hazards, struct error *error)
{
    CLEANUP_PLAN_LISTING struct plan_listing listing = {0};
    struct json_t *json = NULL;
    int status = plan_list(&listing, &planned->plan, error);

    if (status == 0)
        status = plan_to_json(&planned->plan, &listing, &json, error);
    if (status < 0)
        return status;
    if (json_object_set_new(json, "hazards", plan_hazards_json(hazards)) < 0) {
        json_decref(json);
        return error_memory(error);
    }
    return cli_print_json(json, 2, error);
}

static int show_tree(const struct planned *planned, struct error *error)
{
    CLEANUP_PLAN_TREE struct plan_tree tree = {0};
    int status = plan_tree_make(&tree, &planned->plan, error);

    if (status == 0)
        plan_tree_print(stdout, &tree, color_is_wanted(stdout));
    return status;
}

/* "-" is standard output. */
static int write_file(const char *path, const char *text, size_t length, struct error *error)
{
    bool standard = strcmp(path, "-") == 0;
    CLEANUP_FD int file = standard ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                                   : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
    int status;

    if (file < 0)
        return error_call(error, errno, "open", "cannot write %s", path);
    status = fd_write_all(file, text, length);
    return status < 0 ? error_call(error, status, "write", "cannot write %s", path) : 0;
}

static int show_svg(const struct planned *planned, const char *path, struct error *error)
{
    CLEANUP_PLAN_TREE struct plan_tree tree = {0};
    CLEANUP_FREE char *text = NULL;
    size_t length;
    int status = plan_tree_make(&tree, &planned->plan, error);

    if (status == 0)
        status = plan_tree_draw(&tree, planned->config.bundle, &text, &length, error);
    return status == 0 ? write_file(path, text, length, error) : status;
}

/* Whatever is shown on standard output, what to mind is on standard error. */
static int show(const struct planned *planned, const struct hazards *hazards, const struct views *views,
                struct error *error)
{
    int status = 0;

    plan_hazards_log(hazards);
    if (!views->json)
        plan_hazards_print(hazards, stderr);

    for (size_t i = 0; i < planned->plan.warnings.length && !views->json; i++)
        cli_warn(planned->plan.warnings.values[i]);
    if (views->svg)
        status = show_svg(planned, views->svg, error);
    if (views->json && status == 0)
        return show_json(planned, hazards, error);
    if (views->tree && status == 0)
        return show_tree(planned, error);
    return views->svg || status < 0 ? status : show_operations(planned, error);
}

static int examine(const struct cli_call *call, const struct plan_request *request, const struct views *views,
                   const struct hazard_request *asked, struct error *error)
{
    CLEANUP_PLANNED struct planned planned = {0};
    CLEANUP(arena_clear) struct arena arena = {0};
    struct hazards hazards;
    int status = plan_hazards_check(asked, error);

    if (status == 0)
        status = plan_source_read(&planned, call->settings, request, error);
    if (status == 0)
        status = plan_hazards_find(&planned.plan, &arena, &hazards, error);
    if (status == 0)
        status = show(&planned, &hazards, views, error);
    return status < 0 ? status : plan_hazards_status(asked, &hazards);
}

static int run(const struct cli_call *call, struct error *error)
{
    struct plan_request request = PLAN_REQUEST_NONE;
    CLEANUP_CLI_LIST struct cli_list policies = {0};
    struct hazard_request hazards = {0};
    struct views views = {0};
    const struct cli_option options[] = {
        {"bundle", 'b', CLI_STRING, &request.bundle, "DIR",
         "the OCI bundle: configuration and root (default: .)"},
        {"config", 'f', CLI_STRING, &request.config_name, "FILE",
         "the configuration, in the bundle or a path (default: config.json)"},
        {"policy", 0, CLI_LIST, &policies, "FILE", "of a box with the rules of FILE, instead of a bundle"},
        {"no-traces", 0, CLI_FLAG, &request.no_traces, NULL, "for a start with --no-traces"},
        {"no-pivot", 0, CLI_FLAG, &request.no_pivot, NULL, "for a start with --no-pivot"},
        {"json", 0, CLI_FLAG, &views.json, NULL, "as JSON, with a digest"},
        {"tree", 0, CLI_FLAG, &views.tree, NULL, "as the tree of the container's file system"},
        {"svg", 0, CLI_STRING, &views.svg, "FILE", "draws the tree as a picture; \"-\": standard output"},
        HAZARD_OPTIONS(&hazards),
        {0},
    };
    int first = cli_parse_words(call, options, 0, 1, error);
    int status = first;

    if (first > 0 && views.json && views.tree)
        status = error_set(error, EINVAL, "plan: --json and --tree exclude each other");
    request.policies = &policies;
    if (first > 0 && first < call->count)
        request.id = call->arguments[first];
    if (status > 0)
        status = examine(call, &request, &views, &hazards, error);
    cli_list_clear(&hazards.fail_on);
    return status;
}

const struct cli_command cli_plan = {
    .name = "plan",
    .arguments = "[ID]",
    .summary = "Shows what a start of an OCI bundle would mount, and where",
    .text = "Nothing is touched, and no privilege is needed. ID is what the container will be called: its\n"
            "cgroup may be named after it. What is legal and dangerous all the same is shown on standard\n"
            "error; docs/hazards.md tells about each.\n",
    .run = run,
};
