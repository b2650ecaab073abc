/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/review.h"

#include <jansson.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

int review_check_options(const struct review_options *options, struct error *error)
{
    if (!options->name.given &&
        (options->commit || options->discard || options->keep || options->json || options->diff))
        return error_set(error, EINVAL, "--commit, --discard, --keep, --json and --diff go with --review");
    if (options->commit + options->discard + options->keep > 1)
        return error_set(error, EINVAL, "only one of --commit, --discard and --keep can be done");
    return 0;
}

int review_prepare(struct review *ret_review, const struct review_options *options, struct config *config,
                   char *const *command, struct error *error)
{
    CLEANUP_REVIEW struct review review = REVIEW_NONE;
    CLEANUP_ERROR struct error ignored = {0};
    const char *root;
    int result;

    if (!review_has_parts(config))
        return error_set(error, EINVAL,
                         "--review is for this machine's own files: a root of its own can be copied");
    root = review_default_root(&config->arena, error);
    if (!root)
        return -error->code;
    result = review_begin(&review, root, options->name.value, command, error);
    if (result < 0)
        return result;
    result = review_layer_parts(&review, config, error);
    if (result < 0 && review.is_new)
        (void)!review_discard(&review, &ignored);
    if (result < 0)
        return result;
    *ret_review = review;
    review = REVIEW_NONE;
    return 0;
}

static void tell_kept(const struct review *review)
{
    fprintf(stderr,
            "holdfast: review %s is kept: \"holdfast box commit %s\" commits it, \"holdfast box discard %s\" "
            "discards it, \"holdfast box diff %s\" shows it\n",
            review->name, review->name, review->name, review->name);
}

static int keep(struct review *review, struct error *error)
{
    int result = review_keep(review, error);

    if (result == 0)
        tell_kept(review);
    return result;
}

static int commit(struct review *review, struct error *error)
{
    CLEANUP_CHANGES struct review_changes changes = {0};
    CLEANUP_ERROR struct error ignored = {0};
    int result = review_commit(review, false, &changes, error);

    if (result < 0 && review->status != REVIEW_COMMITTING && review_keep(review, &ignored) == 0)
        tell_kept(review);
    return result;
}

/* The answer's first letter; 'k' at the end of the input. */
static char ask(size_t count)
{
    for (;;) {
        char answer[64];

        fprintf(stderr, "%zu change%s: [c]ommit, [d]iscard or [k]eep? ", count, count == 1 ? "" : "s");
        if (!fgets(answer, sizeof(answer), stdin)) {
            fputc('\n', stderr);
            return 'k';
        }
        if (*answer && strchr("cdk", *answer))
            return *answer;
    }
}

static int decide(struct review *review, const struct review_options *options, int exit_status, size_t count,
                  struct error *error)
{
    char answer = options->commit ? 'c' : options->discard ? 'd' : 'k';

    if (options->commit && exit_status != 0) {
        cli_warn("the command failed, so nothing is committed");
        answer = 'k';
    } else if (!options->commit && !options->discard && !options->keep && isatty(STDIN_FILENO) &&
               isatty(STDERR_FILENO)) {
        answer = ask(count);
    }
    if (answer == 'c')
        return commit(review, error);
    return answer == 'd' ? review_discard(review, error) : keep(review, error);
}

static int show(const struct review *review, const struct review_options *options,
                const struct review_changes *changes, struct error *error)
{
    if (options->json)
        return cli_print_json(review_changes_to_json(review, changes), 0, error);
    review_print_changes(stderr, changes);
    return options->diff ? review_print_diff(stderr, review, changes, error) : 0;
}

/* Who wrote to a full disk has been told by ENOSPC, and may not have minded. */
static bool is_full(const struct review *review)
{
    struct statvfs status;

    return fstatvfs(review->directory, &status) == 0 &&
           (status.f_bavail == 0 || (status.f_files > 0 && status.f_favail == 0));
}

static int finish(struct review *review, const struct review_options *options, int exit_status,
                  struct error *error)
{
    CLEANUP_CHANGES struct review_changes changes = {0};
    bool full = is_full(review);
    int result = review_end(review, exit_status, error);

    if (result == 0)
        result = review_scan(review, &changes, error);
    if (result == 0)
        result = show(review, options, &changes, error);
    if (result < 0)
        return result;
    if (full)
        cli_warn("the disk that takes the changes is full: they may be incomplete");
    if (changes.length > 0)
        return decide(review, options, exit_status, changes.length, error);
    fputs("holdfast: nothing was changed\n", stderr);
    return review_discard(review, error);
}

int review_finish(struct review *review, const struct review_options *options, int exit_status,
                  struct error *error)
{
    CLEANUP_ERROR struct error ignored = {0};
    int result;

    if (exit_status < 0) {
        (void)!(review->is_new ? review_discard(review, &ignored) : review_end(review, 1, &ignored));
        return exit_status;
    }
    fflush(stdout);
    result = finish(review, options, exit_status, error);
    if (result < 0)
        error_place(error, "review %s", review->name);
    return result < 0 ? result : exit_status;
}
