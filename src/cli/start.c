/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/timing_print.h"

static int run(const struct cli_call *call, struct error *error)
{
    CLEANUP_TIMING struct timing timing = TIMING_NONE;
    struct start_options start = {.report = timing_print};
    bool timed = false;
    const struct cli_option options[] = {
        {"timing", 0, CLI_FLAG, &timed, NULL, TIMING_HELP},
        {0},
    };
    int first = cli_parse_words(call, options, 1, 1, error);

    if (first <= 0)
        return first;
    if (timed)
        timing_begin(&timing);
    start.timing = timed ? &timing : NULL;
    start.id = call->arguments[first];
    return container_start(call->settings, &start, error);
}

const struct cli_command cli_start = {
    .name = "start",
    .arguments = "ID",
    .summary = "Starts the program of a created container",
    .text = "",
    .run = run,
};
