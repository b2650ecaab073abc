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
    struct run_options launch = {.create = CREATE_OPTIONS_NONE};
    struct cli_number preserved = PRESERVED_FDS_NONE;
    bool no_subreaper = false; /* holdfast is none in any case: what the program leaves is not its child */
    const struct cli_option options[] = {
        CREATE_OPTIONS(&launch.create, &preserved, &timed),
        CLI_FOLLOW_OPTIONS(&follow),
        {"detach", 'd', CLI_FLAG, &launch.detach, NULL, "returns when the program runs"},
        {"keep", 0, CLI_FLAG, &launch.keep, NULL, "does not delete the container when its program has ended"},
        {"no-subreaper", 0, CLI_FLAG, &no_subreaper, NULL, "accepted, without effect"},
        {0},
    };
    int first = cli_parse_words(call, options, 1, 1, error);
    int exit_status = 0;
    int status;

    if (first <= 0)
        return first;
    if (timed)
        timing_begin(&timing);
    launch.create.timing = timed ? &timing : NULL;
    launch.create.report = timing_print;
    launch.create.id = call->arguments[first];
    launch.create.listen_fds = cli_listen_fds();
    launch.create.preserved_fds = (unsigned)preserved.value;
    status = cli_follow_open(&follow, launch.create.listen_fds + launch.create.preserved_fds, !launch.detach,
                             &follower, error);
    if (status < 0)
        return status;
    launch.create.follower = &follower;
    if (call->debug)
        plan_hazards_warn(launch.create.bundle, launch.create.config_name);
    status = cli_follow_end(&follower, container_run(call->settings, &launch, &exit_status, error), error);
    return status < 0 ? status : exit_status;
}

const struct cli_command cli_run = {
    .name = "run",
    .arguments = "ID",
    .summary = "Runs an OCI bundle",
    .text = "The exit status is the program's, 128+N if signal N ended it, and 1 if holdfast itself\n"
            "failed; nothing is left behind then. Signals are forwarded to the program.\n",
    .protects_executable = true,
    .run = run,
};
