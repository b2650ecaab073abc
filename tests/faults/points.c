/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define GRACE 3000 /* milliseconds that processes have to end when the command has */

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "faults: %s\n", what);
    exit(2);
}

int faults_shell(const char *command)
{
    int status = system(command);

    if (status < 0 || !WIFEXITED(status))
        give_up(command);
    return WEXITSTATUS(status);
}

bool faults_in_scope(const struct faults *faults, const char *process)
{
    if (!faults->scopes[0])
        return true;
    for (size_t i = 0; faults->scopes[i]; i++) {
        size_t length = strlen(faults->scopes[i]);

        if (strncmp(process, faults->scopes[i], length) == 0 &&
            (process[length] == '\0' || process[length] == '.'))
            return true;
    }
    return false;
}

static char *read_memory(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)size + 1);

    if (size < 0 || !text || pread(fd, text, (size_t)size, 0) != size)
        give_up("cannot read the output");
    (void)close(fd);
    return text;
}

void outcome_clear(struct outcome *outcome)
{
    free(outcome->output);
    free(outcome->errors);
}

/* While what the command has left behind is followed, for it may have to end now. */
static int run_cleanup(struct tracer *tracer, const char *cleanup)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", cleanup, (char *)NULL);
        _exit(127);
    }
    if (pid < 0 || tracer_wait(tracer, pid, FAULTS_MILLISECONDS, &status) < 0)
        give_up("cannot clean up");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void outcome_get(struct faults *faults, struct tracer *tracer, const char *cleanup, struct outcome *outcome)
{
    int output = memfd_create("output", MFD_CLOEXEC), errors = memfd_create("errors", MFD_CLOEXEC);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC), result;
    pid_t pid;

    if (faults->before && faults_shell(faults->before) != 0)
        give_up(faults->before);
    if (output < 0 || errors < 0 || null < 0)
        give_up("no memory for the output");
    tracer->executable = faults->executable;
    pid = tracer_start(tracer, faults->command, (int[]){null, output, errors});
    if (pid < 0)
        give_up("cannot start the command");
    result = tracer_wait(tracer, pid, FAULTS_MILLISECONDS, &outcome->status);
    if (result < 0 && result != -ETIMEDOUT)
        give_up("cannot wait for the command");
    outcome->hung = result == -ETIMEDOUT;
    outcome->cleanup = cleanup ? run_cleanup(tracer, cleanup) : 0;
    outcome->left = tracer_drain(tracer, outcome->hung ? 1 : GRACE);
    if (outcome->left < 0)
        give_up("cannot end the processes");
    outcome->output = read_memory(output);
    outcome->errors = read_memory(errors);
    (void)close(null);
}

static void add_point(struct points *points, const struct point *point)
{
    if (points->count == points->capacity) {
        points->capacity = points->capacity ? points->capacity * 2 : 1024;
        points->list = realloc(points->list, points->capacity * sizeof(*points->list));
        if (!points->list)
            give_up("realloc");
    }
    points->list[points->count++] = *point;
}

/* A row of the table may be for some calls of a number alone, so the number is what counts. */
static unsigned count_before(const struct points *points, const char *process, long number)
{
    unsigned count = 0;

    for (size_t i = 0; i < points->count; i++)
        count += points->list[i].call->number == number && strcmp(points->list[i].process, process) == 0;
    return count;
}

struct collection {
    const struct faults *faults;
    struct points calls; /* a point a call */
    bool unknown;
};

static struct tracer_decision collect(void *argument, const struct tracer_call *call)
{
    struct collection *collection = argument;
    struct point point = {.call = errnos_of_call(call->number, call->arguments)};

    if (!faults_in_scope(collection->faults, call->process))
        return (struct tracer_decision){0};
    if (!point.call) {
        fprintf(stderr, "faults: errnos.c doesn't know the system call %ld\n", call->number);
        collection->unknown = true;
        return (struct tracer_decision){0};
    }
    (void)snprintf(point.process, sizeof(point.process), "%s", call->process);
    point.occurrence = count_before(&collection->calls, call->process, call->number) + 1;
    add_point(&collection->calls, &point);
    return (struct tracer_decision){0};
}

/* Each call with each of its errnos, or to be killed at, and of them one of so many. */
static void make_points(struct faults *faults, const struct points *calls)
{
    size_t number = 0;

    for (size_t i = 0; i < calls->count; i++) {
        struct point point = calls->list[i];
        const int *code = point.call->codes;

        do {
            point.code = faults->kill ? 0 : *code;
            if ((faults->kill || *code) && number++ % faults->every == 0)
                add_point(&faults->points, &point);
        } while (!faults->kill && *code && *++code);
    }
}

static void check_untroubled(const struct outcome *outcome)
{
    if (!outcome->hung && !outcome->left && outcome->status == 0 && !outcome->errors[0] &&
        strstr(outcome->output, "\ncomplete"))
        return;
    fprintf(stderr, "%s%s", outcome->output, outcome->errors);
    give_up("the start fails without a fault, or leaves a process");
}

/* Twice, for what the program prints has to be the same at each start. */
void faults_begin(struct faults *faults)
{
    struct collection collection = {.faults = faults};
    struct tracer tracer = {.number = TRACER_ANY, .decide = collect, .argument = &collection};
    struct tracer other = {
        .number = TRACER_ANY, .decide = collect, .argument = &(struct collection){.faults = faults}};
    struct outcome first = {0}, second = {0};

    faults->in_seed = faults->seed ? leftovers_enter_seed(faults->seed) : 0;
    leftovers_list(faults->directories, faults->in_seed, faults->stays, &faults->pristine);
    outcome_get(faults, &tracer, NULL, &first);
    check_untroubled(&first);
    if (collection.unknown)
        give_up("there are system calls without a row");
    leftovers_list(faults->directories, faults->in_seed, faults->stays, &faults->after);
    leftovers_remove(&faults->pristine, &faults->after);
    outcome_get(faults, &other, NULL, &second);
    check_untroubled(&second);
    leftovers_remove(&faults->pristine, &faults->after);
    if (strcmp(first.output, second.output) != 0) {
        fprintf(stderr, "%s%s", first.output, second.output);
        give_up("two starts without a fault print different things");
    }
    faults->output = first.output;
    make_points(faults, &collection.calls);
}
