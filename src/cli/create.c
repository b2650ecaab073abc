/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/create_options.h"
#include "cli/follow.h"
#include "cli/plan_hazards.h"

static int run(const struct cli_call *call, struct error *error)
{
    CLEANUP_TIMING struct timing timing = TIMING_NONE;
    struct cli_follow follow = CLI_FOLLOW_NONE;
    struct follower follower = FOLLOWER_NONE;
    bool timed = false;
    struct create_options create = CREATE_OPTIONS_NONE;
    struct cli_number preserved = PRESERVED_FDS_NONE;
    const struct cli_option options[] = {
        CREATE_OPTIONS(&create, &preserved, &timed),
        CLI_FOLLOW_OPTIONS(&follow),
        {0},
    };
    int first = cli_parse_words(call, options, 1, 1, error);

    if (first <= 0)
        return first;
    if (timed)
        timing_begin(&timing);
    create.timing = timed ? &timing : NULL;
    create.report = timing_print;
    create.id = call->arguments[first];
    create.listen_fds = cli_listen_fds();
    create.preserved_fds = (unsigned)preserved.value;
    if (cli_follow_open(&follow, create.listen_fds + create.preserved_fds, false, &follower, error) < 0)
        return -error->code;
    create.follower = &follower;
    if (call->debug)
        plan_hazards_warn(create.bundle, create.config_name);
    return cli_follow_end(&follower, container_create(call->settings, &create, error), error);
}

const struct cli_command cli_create = {
    .name = "create",
    .arguments = "ID",
    .summary = "Creates a container from an OCI bundle",
    .text = "Its program does not run before \"holdfast start\".\n",
    .protects_executable = true,
    .run = run,
};
