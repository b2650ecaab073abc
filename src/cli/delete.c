/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

static int run(const struct cli_call *call, struct error *error)
{
    bool force = false;
    const struct cli_option options[] = {
        {"force", 'f', CLI_FLAG, &force, NULL, "kills it if it has not stopped; none of that ID is no error"},
        {0},
    };
    int first = cli_parse_words(call, options, 1, 1, error);

    return first <= 0 ? first : container_delete(call->settings, call->arguments[first], force, error);
}

const struct cli_command cli_delete = {
    .name = "delete",
    .arguments = "ID",
    .summary = "Deletes a container that has stopped",
    .text = "",
    .run = run,
};
