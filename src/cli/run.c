/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "process/launch.h"

#include <string.h>

#define ID_LENGTH_LIMIT 1024

static const char id_characters[] = "abcdefghijklmnopqrstuvwxyz"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789_+-.";

/* What runc takes for one. */
static int check_id(const char *id, struct error *error)
{
    if (*id && strlen(id) <= ID_LENGTH_LIMIT && strspn(id, id_characters) == strlen(id) &&
        strcmp(id, ".") != 0 && strcmp(id, "..") != 0)
        return 0;
    error_set(error, EINVAL, "\"%s\" can't be a container's ID", id);
    error_hint(error, "letters, digits, \"_\", \"+\", \"-\" and \".\" make one");
    return -EINVAL;
}

static int read_and_launch(const char *bundle, bool no_pivot, const struct launch_options *options,
                           struct error *error)
{
    CLEANUP_CONFIG struct config config = {0};
    int status = config_read_bundle(&config, bundle, "config.json", error);
    int exit_status = 0;

    if (status < 0)
        return status;
    config.no_pivot_root = no_pivot;
    status = launch_run(&config, options, &exit_status, error);
    return status < 0 ? status : exit_status;
}

static int run(const struct cli_command *command, int count, char **arguments, struct error *error)
{
    struct launch_options launch = {.warn = cli_warn};
    const char *bundle = ".";
    bool no_pivot = false;
    const struct cli_option options[] = {
        {"bundle", 'b', CLI_STRING, &bundle, "DIR", "the OCI bundle: config.json and the root (default: .)"},
        {"no-pivot", 0, CLI_FLAG, &no_pivot, NULL,
         "enters the root without pivot_root, for an initial ramfs"},
        {"no-new-keyring", 0, CLI_FLAG, &launch.no_new_keyring, NULL, "keeps the caller's session keyring"},
        {0},
    };
    int first = cli_parse(command, options, count, arguments, error);

    if (first <= 0)
        return first;
    if (count - first != 1) {
        error_set(error, EINVAL, "run: needs one container ID");
        error_hint(error, "see holdfast run --help");
        return -EINVAL;
    }
    if (check_id(arguments[first], error) < 0)
        return -EINVAL;
    return read_and_launch(bundle, no_pivot, &launch, error);
}

const struct cli_command cli_run = {
    .name = "run",
    .arguments = "ID",
    .summary = "Runs an OCI bundle in the foreground",
    .text = "The exit status is the program's, 128+N if signal N ended it, and 1 if holdfast itself\n"
            "failed; nothing is left behind then. Signals are forwarded to the program.\n",
    .run = run,
};
