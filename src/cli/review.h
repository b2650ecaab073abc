/* SPDX-License-Identifier: Apache-2.0 */
/* A box under review, and the commands that decide about what it changed: box commit, discard, list, diff. */
#ifndef CLI_REVIEW_H
#define CLI_REVIEW_H

#include "cli/cli.h"
#include "review/review.h"
#include <stdio.h>

/* The options of a box that are about its review. */
struct review_options {
    struct cli_optional name;
    bool commit, discard, keep; /* decided beforehand */
    bool json, diff;
};

#define REVIEW_OPTIONS(options)                                                                              \
    {"review",        0,      CLI_OPTIONAL,                                                                  \
     &(options).name, "NAME", "keeps what is changed apart, and asks what to do with it"},                   \
        {"commit", 0, CLI_FLAG, &(options).commit, NULL, "with --review: commits, if the command succeeds"}, \
        {"discard", 0, CLI_FLAG, &(options).discard, NULL, "with --review: discards"},                       \
        {"keep", 0, CLI_FLAG, &(options).keep, NULL, "with --review: keeps it without asking"},              \
        {"json",          0,    CLI_FLAG,                                                                    \
         &(options).json, NULL, "with --review: shows what changed as JSON, on standard output"},            \
    {                                                                                                        \
        "diff", 0, CLI_FLAG, &(options).diff, NULL, "with --review: shows the changes of texts as well"      \
    }

/* Refuses options without --review, or that contradict each other. */
int review_check_options(const struct review_options *options, struct error *error) MUST_USE;

/* Before the start: begins the review and puts the changes of the configuration's parts there. */
int review_prepare(struct review *ret_review, const struct review_options *options, struct config *config,
                   char *const *command, struct error *error) MUST_USE;

/* After the end: shows what changed, and does with it what was decided, or asks. A start that failed (exit_status < 0)
 * leaves nothing behind. Returns the exit status, or -errno. */
int review_finish(struct review *review, const struct review_options *options, int exit_status,
                  struct error *error) MUST_USE;

/* The command "box WORD"; NULL: it is none of these. */
const struct cli_command *review_find_command(const char *word);

/* The changes, a line each; and those that can't be committed. */
void review_print_changes(FILE *out, const struct review_changes *changes);

/* The same as docs/review.md has it; NULL when memory is short. */
struct json_t *review_changes_to_json(const struct review *review, const struct review_changes *changes);

/* The reviews' own members: name, status, started, command, exitStatus, path. */
struct json_t *review_to_json(const struct review *review);

/* "running", "interrupted", "kept", "committing" or "half committed". */
const char *review_status_word(const struct review *review);

/* "2026-11-28T15:03:01Z" */
void review_format_time(const struct review *review, char *ret_text, size_t size);

/* Unified diffs of the regular files, by diff(1), on the stream; on a terminal without what would control it. */
int review_print_diff(FILE *out, const struct review *review, const struct review_changes *changes,
                      struct error *error) MUST_USE;

#endif
