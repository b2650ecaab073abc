/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "faults.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define STATUS_OF_START 2 /* see usage() */

struct attempt {
    const struct point *point;
    unsigned seen; /* calls of that number by that process */
    bool reached;
};

static struct tracer_decision decide(void *argument, const struct tracer_call *call)
{
    struct attempt *attempt = argument;
    const struct point *point = attempt->point;
    enum tracer_action action = !point->code           ? TRACER_KILL
                                : point->call->is_made ? TRACER_SPOIL
                                                       : TRACER_FAIL;

    if (attempt->reached || strcmp(call->process, point->process) != 0 ||
        ++attempt->seen != point->occurrence)
        return (struct tracer_decision){0};
    attempt->reached = true;
    /* The kernel's brk(2) answers with where the end of the data is, in any case. */
    return (struct tracer_decision){action, point->call->number == SYS_brk ? 0 : -point->code};
}

static void get_outcome(struct faults *faults, const struct point *point, struct outcome *outcome)
{
    struct attempt attempt = {.point = point};
    struct tracer *tracer = calloc(1, sizeof(*tracer));

    if (!tracer)
        exit(2);
    tracer->number = point->call->number;
    tracer->decide = decide;
    tracer->argument = &attempt;
    outcome_get(faults, tracer, point->code ? NULL : faults->cleanup, outcome);
    outcome->reached = attempt.reached;
    free(tracer);
}

/* Whether all is as after an untroubled start, or as before it; writes what is different, and puts it right. After a kill
 * some of what every start makes in the root may be there. */
static bool nothing_is_left(const struct faults *faults, bool success, bool may_have_targets, FILE *out)
{
    CLEANUP(listing_clear) struct listing now = {0};
    size_t differences;

    leftovers_list(faults->directories, faults->in_seed, faults->stays, &now);
    differences = leftovers_compare(success ? &faults->after : &faults->pristine, &now,
                                    may_have_targets ? &faults->after : NULL, out);
    leftovers_remove(&faults->pristine, &now);
    return differences == 0;
}

/* An untroubled start after a kill. */
static bool starts_again(struct faults *faults, FILE *out)
{
    const struct call_errnos none = {.number = -2};
    const struct point nowhere = {.call = &none, .code = EIO};
    struct outcome outcome = {0};
    bool good;

    get_outcome(faults, &nowhere, &outcome);
    good = outcome.status == 0 && !outcome.hung && strcmp(outcome.output, faults->output) == 0;
    if (!good)
        fprintf(out, "    the next start: status %d\n    %s", outcome.status, outcome.errors);
    outcome_clear(&outcome);
    return nothing_is_left(faults, good, false, out) && good;
}

static bool cleans_up(const struct faults *faults, FILE *out)
{
    int status = faults->cleanup ? faults_shell(faults->cleanup) : 0;

    if (status != 0)
        fprintf(out, "    the cleanup fails with status %d\n", status);
    return status == 0;
}

/* The program has run to its end, and then something failed: what was to be removed then may be there. */
static enum verdict look_after_program(const struct faults *faults, const struct outcome *outcome, FILE *out)
{
    CLEANUP_FREE char *ignored = NULL;
    size_t size;
    FILE *first = open_memstream(&ignored, &size);
    CLEANUP(listing_clear) struct listing now = {0};
    size_t left;

    if (!first)
        exit(2);
    leftovers_list(faults->directories, faults->in_seed, faults->stays, &now);
    left = leftovers_compare(&faults->after, &now, NULL, first);
    (void)fclose(first);
    if (left && !cleans_up(faults, out))
        return BROKEN;
    if (!nothing_is_left(faults, true, false, out))
        return LEFT;
    return left ? CLEANED : outcome->status == 0 ? WENT_ON : ENDED;
}

static enum verdict look_after(struct faults *faults, enum verdict verdict, int code,
                               const struct outcome *outcome, FILE *out)
{
    /* A success has run the program, even where less of its output came through. */
    bool complete = verdict == WENT_ON || strcmp(outcome->output, faults->output) == 0;
    bool made = faults->kill || failed_after_start(outcome) ||
                (WIFEXITED(outcome->status) && WEXITSTATUS(outcome->status) == STATUS_OF_START);

    if (outcome->left > 0) {
        fprintf(out, "    %d processes\n", outcome->left);
        verdict = outcome->hung ? HUNG : LEFT;
    }
    if (outcome->cleanup != 0) {
        fprintf(out, "    the cleanup fails with status %d\n", outcome->cleanup);
        verdict = BROKEN;
    }
    if (verdict == ENDED && complete)
        return look_after_program(faults, outcome, out);
    if (!nothing_is_left(faults, complete, made, out) && verdict <= NOT_REACHED)
        verdict = verdict == WENT_ON && code == ENOENT ? TOLD_GONE : LEFT;
    if (faults->kill && !starts_again(faults, out) && verdict <= NOT_REACHED)
        verdict = BROKEN;
    return verdict;
}

/* The first lines in which the outputs differ. */
static void show_difference(const char *expected, const char *output)
{
    while (*expected && *output && strcspn(expected, "\n") == strcspn(output, "\n") &&
           memcmp(expected, output, strcspn(expected, "\n")) == 0) {
        expected += strcspn(expected, "\n") + (strchr(expected, '\n') != NULL);
        output += strcspn(output, "\n") + (strchr(output, '\n') != NULL);
    }
    printf("    expected: %.*s\n    is: %.*s\n", (int)strcspn(expected, "\n"), expected,
           (int)strcspn(output, "\n"), output);
}

static void describe(const struct point *point, char *text, size_t size)
{
    (void)snprintf(text, size, "%s %s %u %s", point->process, point->call->name, point->occurrence,
                   point->code ? error_name(point->code) : "SIGKILL");
}

void faults_try(struct faults *faults, const struct point *point)
{
    struct outcome outcome = {0};
    CLEANUP_FREE char *details = NULL;
    size_t size;
    FILE *out = open_memstream(&details, &size);
    const char *reason;
    enum verdict verdict;
    char name[128];

    describe(point, name, sizeof(name));
    if (!out || (faults->only && !strstr(name, faults->only))) {
        if (out)
            (void)fclose(out);
        return;
    }
    get_outcome(faults, point, &outcome);
    verdict = judge(faults, point, &outcome, &reason);
    if (!outcome.reached && verdict == WENT_ON)
        verdict = NOT_REACHED;
    verdict = look_after(faults, verdict, point->code, &outcome, out);
    (void)fclose(out);
    faults->tried++;
    faults->counts[verdict]++;
    if (verdict > NOT_REACHED || faults->verbose)
        printf("%s: %s%s%s\n%s    %s", name, verdict_names[verdict], reason ? ": " : "", reason ? reason : "",
               details, outcome.errors[0] ? outcome.errors : "(no error)\n");
    if (verdict == INCOMPLETE)
        show_difference(faults->output, outcome.output);
    outcome_clear(&outcome);
}
