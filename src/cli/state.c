/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/description.h"

static int run(const struct cli_call *call, struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    const struct cli_option options[] = {{0}};
    int first = cli_parse_words(call, options, 1, 1, error);
    int status;

    if (first <= 0)
        return first;
    status = container_open(&container, call->settings->root, call->arguments[first], false, error);
    return status < 0 ? status : cli_print_json(describe_container(&container), 2, error);
}

const struct cli_command cli_state = {
    .name = "state",
    .arguments = "ID",
    .summary = "Prints the state of a container, as JSON",
    .text = "",
    .run = run,
};
