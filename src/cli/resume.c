/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

static int run(const struct cli_call *call, struct error *error)
{
    const struct cli_option options[] = {{0}};
    int first = cli_parse_words(call, options, 1, 1, error);

    return first <= 0 ? first : container_resume(call->settings, call->arguments[first], error);
}

const struct cli_command cli_resume = {
    .name = "resume",
    .arguments = "ID",
    .summary = "Lets a paused container go on",
    .text = "",
    .run = run,
};
