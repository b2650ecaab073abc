/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "rules/bwrap.h"
#include "rules/policy.h"

#include <string.h>

/* holdfast policy from-bwrap [ARGUMENT]... */
static int from_bwrap(const struct cli_call *call, int first, struct error *error)
{
    CLEANUP_RULES struct rules rules = {0};
    struct json_t *json = NULL;
    int status = bwrap_read(&rules, (const char *const *)call->arguments + first,
                            (size_t)(call->count - first), error);

    for (size_t i = 0; i < rules.warnings.length && status == 0; i++)
        cli_warn(rules.warnings.values[i]);
    if (status == 0)
        status = policy_to_json(&rules, &json, error);
    return status == 0 ? cli_print_json(json, 2, error) : status;
}

/* holdfast policy merge FILE... */
static int merge(const struct cli_call *call, int first, struct error *error)
{
    CLEANUP_RULES struct rules rules = {0};
    struct json_t *json = NULL;
    int status = 0;

    for (int i = first; i < call->count && status == 0; i++)
        status = policy_read_file(&rules, call->arguments[i], error);
    if (status == 0)
        status = rules_settle(&rules, error);
    for (size_t i = 0; i < rules.warnings.length && status == 0; i++)
        cli_warn(rules.warnings.values[i]);
    if (status == 0)
        status = policy_to_json(&rules, &json, error);
    return status == 0 ? cli_print_json(json, 2, error) : status;
}

static const struct {
    const char *name;
    int (*run)(const struct cli_call *call, int first, struct error *error);
} actions[] = {{"from-bwrap", from_bwrap}, {"merge", merge}};

static int run(const struct cli_call *call, struct error *error)
{
    const struct cli_option options[] = {{0}};
    int first = cli_parse(call, options, error);

    if (first <= 0)
        return first;
    for (size_t i = 0; first < call->count && i < ARRAY_LENGTH(actions); i++)
        if (strcmp(call->arguments[first], actions[i].name) == 0)
            return actions[i].run(call, first + 1, error);
    error_set(error, EINVAL, "policy: needs from-bwrap or merge");
    error_hint(error, "see holdfast policy --help");
    return -EINVAL;
}

const struct cli_command cli_policy = {
    .name = "policy",
    .arguments = "from-bwrap ARGUMENT... | merge FILE...",
    .summary = "Prints a policy for holdfast box",
    .text =
        "from-bwrap prints the policy for what a bubblewrap command line mounts; merge prints what several\n"
        "policies say together, with globs and \"~\" expanded, or which of their rules contradict each "
        "other.\n"
        "The format is in docs/policy.md.\n",
    .program_follows = true,
    .run = run,
};
