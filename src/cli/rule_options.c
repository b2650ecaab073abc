/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rule_options.h"

#include "rules/policy.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void rule_options_clear(struct rule_options *options)
{
    cli_list_clear(&options->policies);
    for (size_t i = 0; i < RULE_KINDS; i++)
        cli_list_clear(&options->kinds[i]);
}

/* It took no argument once: then the word is "--", or the command. */
static int check_readonly(const char *word, struct error *error)
{
    bool is_path = strchr(word, '/') || *word == '~' || *word == '.' || access(word, F_OK) == 0;

    if (is_path && strcmp(word, "--") != 0)
        return 0;
    error_set(error, EINVAL, "--ro %s: is no path", word);
    error_hint(error, "--ro makes a path read-only; all of the machine is --ro /");
    return -EINVAL;
}

static int add(struct rules *rules, enum rule_kind kind, const char *argument, struct error *error)
{
    CLEANUP_FREE char *origin = NULL;
    int status = kind == RULE_RO && argument ? check_readonly(argument, error) : 0;

    if (status < 0)
        return status;
    if (asprintf(&origin, "--%s%s%s", rule_kind_name(kind), argument ? " " : "", argument ? argument : "") <
        0) {
        origin = NULL;
        return error_memory(error);
    }
    return rules_add_words(rules, kind, argument, origin, error);
}

int rule_options_read(const struct rule_options *options, struct rules *rules, struct error *error)
{
    int status = 0;

    for (size_t i = 0; i < options->policies.length && status == 0; i++)
        status = policy_read_file(rules, options->policies.values[i], error);
    for (size_t kind = 0; kind < RULE_KINDS; kind++)
        for (size_t i = 0; i < options->kinds[kind].length && status == 0; i++)
            status = add(rules, (enum rule_kind)kind, options->kinds[kind].values[i], error);
    return status == 0 && options->dev ? add(rules, RULE_DEV, NULL, error) : status;
}
