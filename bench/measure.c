/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times whole processes, interleaved: every round runs each case once, so that what else the machine does hits all of
 * them alike (hyperfine runs one after the other). Usage:
 *
 *     measure ROUNDS               each case ROUNDS times
 *     measure ROUNDS JOBS TOTAL    each case TOTAL times, JOBS at once, in ROUNDS parts
 *
 * Standard input has a case a line: its name, a tab, words, executed without a shell. "+" begins a timed command, "-"
 * one that is not; the first one needs none. "@" in a word becomes the number of the job. Standard
 * output has a line a case: name, median, least and mean microseconds (with JOBS: of a part, by the number of its
 * starts), the greatest peak of resident memory in KiB of its own processes, and the least processor time in microseconds
 * of the timed processes and those that they waited for.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS_LIMIT 512
#define CASES_LIMIT 64

struct timed_case {
    char *name, *words[WORDS_LIMIT];
    double *times;
    long peak;
    double processor; /* the least of a round; 0: none yet */
};

static int nothing; /* /dev/null, where the commands' output goes */

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static char *number_word(const char *word, int job)
{
    const char *at = strchr(word, '@');
    char *text;

    if (!at)
        return strdup(word);
    return asprintf(&text, "%.*s%d%s", (int)(at - word), word, job, at + 1) < 0 ? NULL : text;
}

/* Fills the arguments of the command that begins at word, and returns what follows it. */
static char **take_command(char **word, int job, char **arguments)
{
    for (; *word && strcmp(*word, "+") != 0 && strcmp(*word, "-") != 0; word++)
        *arguments++ = number_word(*word, job);
    *arguments = NULL;
    return word;
}

static pid_t start(char *const *arguments)
{
    pid_t pid = vfork();

    if (pid < 0)
        err(EXIT_FAILURE, "vfork");
    if (pid == 0) {
        dup2(nothing, STDOUT_FILENO);
        execvp(arguments[0], arguments);
        _exit(127);
    }
    return pid;
}

static void free_words(char **arguments)
{
    for (; *arguments; arguments++)
        free(*arguments);
}

static double microseconds(struct timeval time)
{
    return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

/* Returns the processor time. */
static double finish(struct timed_case *timed, pid_t pid)
{
    struct rusage usage;
    int status;

    if (wait4(pid, &status, 0, &usage) != pid || status != 0)
        errx(EXIT_FAILURE, "%s: ended with status %#x", timed->name, (unsigned)status);
    if (usage.ru_maxrss > timed->peak)
        timed->peak = usage.ru_maxrss;
    return microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
}

/* The kernel takes a container's mounts and namespaces apart after its end; the next case is not to wait for that. */
static void settle(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}

static double run_once(struct timed_case *timed)
{
    char *arguments[WORDS_LIMIT], **word = timed->words;
    bool counts = true;
    double sum = 0, processor = 0;

    settle();
    while (*word) {
        double begin = now(), used;

        if (strcmp(*word, "+") == 0 || strcmp(*word, "-") == 0)
            counts = **word++ == '+';
        word = take_command(word, 0, arguments);
        used = finish(timed, start(arguments));
        sum += counts ? now() - begin : 0;
        processor += counts ? used : 0;
        free_words(arguments);
    }
    if (timed->processor == 0 || processor < timed->processor)
        timed->processor = processor;
    return sum;
}

/* Processes of one case are all there are, so any that ends makes room for the next. */
static double run_parallel(struct timed_case *timed, int jobs, int total)
{
    char *arguments[WORDS_LIMIT];
    pid_t *pids = calloc((size_t)jobs, sizeof(*pids));
    double begin = now();

    if (!pids)
        err(EXIT_FAILURE, "calloc");
    for (int started = 0, ended = 0; ended < total;) {
        int job = 0, status;
        pid_t pid;

        while (job < jobs && pids[job])
            job++;
        if (job < jobs && started < total) {
            take_command(timed->words, job, arguments);
            pids[job] = start(arguments);
            free_words(arguments);
            started++;
            continue;
        }
        pid = wait(&status);
        if (status != 0)
            errx(EXIT_FAILURE, "%s: ended with status %#x", timed->name, (unsigned)status);
        for (job = 0; job < jobs; job++)
            if (pids[job] == pid)
                pids[job] = 0;
        ended++;
    }
    free(pids);
    return (now() - begin) / total;
}

static size_t read_cases(struct timed_case *cases, size_t rounds)
{
    size_t length = 0, size = 0;
    char *line = NULL;

    while (getline(&line, &size, stdin) > 0) {
        struct timed_case *timed = &cases[length++];
        size_t count = 0;

        if (length > CASES_LIMIT)
            errx(EXIT_FAILURE, "more than %d cases", CASES_LIMIT);
        timed->name = strtok(line, "\t");
        for (char *word; (word = strtok(NULL, " \t\n")) && count < WORDS_LIMIT - 1;)
            timed->words[count++] = word;
        timed->times = calloc(rounds, sizeof(*timed->times));
        if (!timed->times || !count)
            errx(EXIT_FAILURE, "an empty line");
        line = NULL;
    }
    return length;
}

static int compare(const void *a, const void *b)
{
    const double *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

static void report(struct timed_case *timed, size_t rounds)
{
    double sum = 0;

    qsort(timed->times, rounds, sizeof(*timed->times), compare);
    for (size_t i = 0; i < rounds; i++)
        sum += timed->times[i];
    printf("%s\t%.0f\t%.0f\t%.0f\t%ld\t%.0f\n", timed->name, timed->times[rounds / 2], timed->times[0],
           sum / (double)rounds, timed->peak, timed->processor);
}

int main(int count, char **arguments)
{
    static struct timed_case cases[CASES_LIMIT];
    size_t rounds = count > 1 ? strtoul(arguments[1], NULL, 10) : 0, length;
    int jobs = count > 3 ? atoi(arguments[2]) : 0;
    int total = count > 3 ? atoi(arguments[3]) / (int)(rounds ? rounds : 1) : 0;

    if (rounds == 0 || (count > 2 && (jobs < 1 || total < 1)))
        errx(EXIT_FAILURE, "usage: measure ROUNDS [JOBS TOTAL] <CASES");
    nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0)
        err(EXIT_FAILURE, "/dev/null");
    length = read_cases(cases, rounds);
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < length; i++)
            cases[i].times[round] = jobs ? run_parallel(&cases[i], jobs, total) : run_once(&cases[i]);
    for (size_t i = 0; i < length; i++)
        report(&cases[i], rounds);
    return EXIT_SUCCESS;
}
