/* SPDX-License-Identifier: Apache-2.0 */
/* The options that say what a box shows where: a rule each, and policies. */
#ifndef CLI_RULE_OPTIONS_H
#define CLI_RULE_OPTIONS_H

#include "cli/cli.h"
#include "rules/rules.h"

struct rule_options {
    struct cli_list policies;
    struct cli_list kinds[RULE_KINDS]; /* of those that are options */
    bool dev;
};

/* Rows of a command's table of options. */
#define RULE_OPTIONS(options)                                                                                  \
    {"ro", 0, CLI_LIST, &(options)->kinds[RULE_RO], "PATH", "PATH can't be changed, nor what is below it"},    \
        {"rw", 0, CLI_LIST, &(options)->kinds[RULE_RW], "PATH", "changes below PATH are the machine's"},       \
        {"overlay", 0,                                                                                         \
         CLI_LIST,  &(options)->kinds[RULE_OVERLAY],                                                           \
         "PATH",    "changes below PATH stay in memory"},                                                      \
        {"deny",        0,                                                                                     \
         CLI_LIST,      &(options)->kinds[RULE_DENY],                                                          \
         "PATH[:FACE]", "PATH is empty, or FACE: empty, eacces, enoent"},                                      \
        {"tmpfs", 0, CLI_LIST, &(options)->kinds[RULE_TMPFS], "PATH", "PATH is an empty directory in memory"}, \
        {"bind",                                                                                               \
         'b',                                                                                                  \
         CLI_LIST,                                                                                             \
         &(options)->kinds[RULE_BIND],                                                                         \
         "SRC:DST[:OPT,...]",                                                                                  \
         "shows SRC at DST; options as in config.json"},                                                       \
        {"proc",                                                                                               \
         0,                                                                                                    \
         CLI_LIST,                                                                                             \
         &(options)->kinds[RULE_PROC],                                                                         \
         "fresh|outer|none",                                                                                   \
         "/proc: of the box (default), of the machine, none"},                                                 \
        {"dev", 0, CLI_FLAG, &(options)->dev, NULL, "a /dev of its own, as without a policy"},                 \
    {                                                                                                          \
        "policy", 0, CLI_LIST, &(options)->policies, "FILE", "rules from a file; \"-\": standard input"        \
    }

void rule_options_clear(struct rule_options *options);

#define CLEANUP_RULE_OPTIONS CLEANUP(rule_options_clear)

/* Adds the rules that the options give. */
int rule_options_read(const struct rule_options *options, struct rules *rules, struct error *error) MUST_USE;

#endif
