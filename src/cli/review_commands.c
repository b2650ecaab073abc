/* SPDX-License-Identifier: Apache-2.0 */
/* holdfast box commit, discard, list and diff. */
#include "base/text.h"
#include "cli/review.h"

#include <jansson.h>
#include <string.h>

static int open_named(const char *name, bool lock, struct review *ret_review, struct error *error)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    const char *root = review_default_root(&arena, error);

    return root ? review_open(ret_review, root, name, lock, error) : -error->code;
}

static int run_commit(const struct cli_call *call, struct error *error)
{
    CLEANUP_REVIEW struct review review = REVIEW_NONE;
    CLEANUP_CHANGES struct review_changes changes = {0};
    bool force = false;
    const struct cli_option options[] = {
        {"force", 'f', CLI_FLAG, &force, NULL, "overwrites what was changed on the machine since"},
        {0},
    };
    int first = cli_parse_words(call, options, 1, 1, error);
    int result;

    if (first <= 0)
        return first;
    result = open_named(call->arguments[first], true, &review, error);
    if (result == 0)
        result = review_commit(&review, force, &changes, error);
    if (result == -EBUSY && !force)
        for (size_t i = 0; i < changes.length; i++)
            if (changes.values[i].conflict) {
                fputs("conflict ", stderr);
                (void)text_print(stderr, changes.values[i].path);
                fprintf(stderr, "  %s\n", changes.values[i].conflict);
            }
    return result;
}

static int run_discard(const struct cli_call *call, struct error *error)
{
    CLEANUP_REVIEW struct review review = REVIEW_NONE;
    const struct cli_option options[] = {{0}};
    int first = cli_parse_words(call, options, 1, 1, error);
    int result;

    if (first <= 0)
        return first;
    result = open_named(call->arguments[first], true, &review, error);
    if (review.lock < 0)
        return result;
    /* One that can't be read, as after a kill at the beginning, goes as well. */
    error_clear(error);
    return review_discard(&review, error);
}

static int print_review(const char *name, bool json, struct error *error)
{
    CLEANUP_REVIEW struct review review = REVIEW_NONE;
    CLEANUP_CHANGES struct review_changes changes = {0};
    int result = open_named(name, false, &review, error);

    if (result == 0)
        result = review_scan(&review, &changes, error);
    if (result < 0)
        return result;
    if (json)
        return cli_print_json(review_changes_to_json(&review, &changes), 4, error);
    review_print_changes(stdout, &changes);
    return 0;
}

/* One that can't be read is told, and one that is gone by now left out. */
static int list_one(const char *name, json_t *list, struct error *error)
{
    CLEANUP_REVIEW struct review review = REVIEW_NONE;
    CLEANUP_ERROR struct error broken = {0};
    CLEANUP_FREE char *line = NULL;
    char started[32];

    if (open_named(name, false, &review, &broken) < 0) {
        line = error_format(&broken);
        if (broken.code != ENOENT || broken.call)
            cli_warn(line ? line : name);
        return 0;
    }
    if (list)
        return json_array_append_new(list, review_to_json(&review)) < 0 ? error_memory(error) : 0;
    review_format_time(&review, started, sizeof(started));
    printf("%-15s %-14s %-20s %s\n", review.name, review_status_word(&review), started, review.command);
    return 0;
}

static int print_all(bool json, struct error *error)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    const char *root = review_default_root(&arena, error);
    json_t *list = json ? json_array() : NULL;
    struct strings names = {0};
    int result = root ? review_list(root, &arena, &names, error) : -error->code;

    if (result == 0 && !json)
        printf("%-15s %-14s %-20s %s\n", "NAME", "STATUS", "STARTED", "COMMAND");
    for (size_t i = 0; i < names.length && result == 0; i++)
        result = list_one(names.values[i], list, error);
    if (result == 0 && json)
        return cli_print_json(list, 4, error);
    json_decref(list);
    return result;
}

static int run_list(const struct cli_call *call, struct error *error)
{
    bool json = false;
    const struct cli_option options[] = {
        {"json", 0, CLI_FLAG, &json, NULL, "for programs"},
        {0},
    };
    int first = cli_parse_words(call, options, 0, 1, error);

    if (first <= 0)
        return first;
    return first < call->count ? print_review(call->arguments[first], json, error) : print_all(json, error);
}

static int run_diff(const struct cli_call *call, struct error *error)
{
    CLEANUP_REVIEW struct review review = REVIEW_NONE;
    CLEANUP_CHANGES struct review_changes changes = {0};
    const struct cli_option options[] = {{0}};
    int first = cli_parse_words(call, options, 1, 1, error);
    int result;

    if (first <= 0)
        return first;
    result = open_named(call->arguments[first], false, &review, error);
    if (result == 0)
        result = review_scan(&review, &changes, error);
    return result == 0 ? review_print_diff(stdout, &review, &changes, error) : result;
}

static const struct cli_command commands[] = {
    {.name = "box commit",
     .arguments = "NAME",
     .summary = "Makes this machine's files what the box of the review saw",
     .text = "Refuses, and changes nothing, when one of them was changed since the review began. What was\n"
             "interrupted is finished by the same command.\n",
     .run = run_commit},
    {.name = "box discard",
     .arguments = "NAME",
     .summary = "Removes a review with everything that its box changed",
     .text = "",
     .run = run_discard},
    {.name = "box list",
     .arguments = "[NAME]",
     .summary = "Lists the reviews, or what the box of one changed",
     .text = "",
     .run = run_list},
    {.name = "box diff",
     .arguments = "NAME",
     .summary = "Shows what the box of a review changed in texts",
     .text = "",
     .run = run_diff},
};

const struct cli_command *review_find_command(const char *word)
{
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        if (strcmp(commands[i].name + strlen("box "), word) == 0)
            return &commands[i];
    return NULL;
}
