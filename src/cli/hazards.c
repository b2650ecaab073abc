/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/plan_hazards.h"
#include "mount/machine.h"

#include <jansson.h>

struct request {
    const char *bundle, *config_name;
    bool json;
    struct hazard_request hazards;
};

static int show(const struct request *request, const struct hazards *hazards, struct error *error)
{
    plan_hazards_log(hazards);
    if (request->json)
        return cli_print_json(json_pack("{s:i, s:o}", "version", 1, "hazards", plan_hazards_json(hazards)), 2,
                              error);
    plan_hazards_print(hazards, stdout);
    return 0;
}

static int examine(const struct request *request, struct error *error)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_PLAN struct plan plan = {0};
    CLEANUP(arena_clear) struct arena arena = {0};
    struct hazards hazards;
    int status = plan_hazards_check(&request->hazards, error);

    if (status == 0)
        status = config_read_bundle(&config, request->bundle, request->config_name, error);
    if (status == 0)
        status = plan_for_machine(&plan, &config, NULL, 0, error);
    if (status == 0)
        status = plan_hazards_find(&plan, &arena, &hazards, error);
    if (status == 0)
        status = show(request, &hazards, error);
    return status < 0 ? status : plan_hazards_status(&request->hazards, &hazards);
}

static int run(const struct cli_call *call, struct error *error)
{
    struct request request = {.bundle = ".", .config_name = "config.json"};
    const struct cli_option options[] = {
        {"bundle", 'b', CLI_STRING, &request.bundle, "DIR", "the OCI bundle (default: .)"},
        {"config", 'f', CLI_STRING, &request.config_name, "FILE",
         "the configuration, in the bundle or a path (default: config.json)"},
        HAZARD_OPTIONS(&request.hazards),
        {"json", 0, CLI_FLAG, &request.json, NULL, "shows them as JSON"},
        {0},
    };
    int status = cli_parse_words(call, options, 0, 0, error);

    if (status > 0)
        status = examine(&request, error);
    cli_list_clear(&request.hazards.fail_on);
    return status;
}

const struct cli_command cli_hazards = {
    .name = "hazards",
    .arguments = "",
    .summary = "Shows what is legal in a bundle and dangerous all the same",
    .text = "Nothing is changed, and no privilege is needed. The exit status is 3 if a hazard is found that\n"
            "--strict or --fail-on asks about. docs/hazards.md tells about each one.\n",
    .run = run,
};
