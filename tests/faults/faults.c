/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

static _Noreturn void usage(void)
{
    fputs("usage: faults [OPTION]... COMMAND [ARGUMENT]...\n"
          "Makes each system call of holdfast fail that the command leads to, in a start for each. A command "
          "that ends\n"
          "with status 2 had made a container when its start failed: what every start makes in the root may "
          "be there.\n\n"
          "  --holdfast FILE    the binary\n"
          "  --directory DIR    is watched for what is left, with all below; may be given again\n"
          "  --seed FILE        pins the mount namespace whose mounts are watched as well\n"
          "  --stays TEXT       what has the text in its name may be there or not; may be\n"
          "                     given again\n"
          "  --scope PROCESS    only calls of this process and its children: 0.1 is the first that the "
          "command\n"
          "                     starts; may be given again\n"
          "  --vanishes gone    a file that is told to be gone (ENOENT) may be missing in the view; \"any\": "
          "one that\n"
          "                     can't be looked at, for whatever reason\n"
          "  --kill             kills the process that is about to make the call instead\n"
          "  --before TEXT      a shell command that comes before each start\n"
          "  --cleanup TEXT     a shell command that cleans up after a kill\n"
          "  --every NUMBER     only one of so many points; which, is the same every time\n"
          "  --only TEXT        only points whose name, as it is reported, has the text\n"
          "  --verbose          reports the points that are as they should be, too\n",
          stderr);
    exit(2);
}

enum choice {
    HOLDFAST = 1,
    DIRECTORY,
    SEED,
    SCOPE,
    STAYS,
    VANISHES,
    KILL,
    BEFORE,
    CLEANUP_COMMAND,
    EVERY,
    ONLY,
    VERBOSE
};

static const struct option options[] = {
    {"holdfast", required_argument, NULL, HOLDFAST},
    {"directory", required_argument, NULL, DIRECTORY},
    {"seed", required_argument, NULL, SEED},
    {"scope", required_argument, NULL, SCOPE},
    {"stays", required_argument, NULL, STAYS},
    {"vanishes", required_argument, NULL, VANISHES},
    {"kill", no_argument, NULL, KILL},
    {"before", required_argument, NULL, BEFORE},
    {"cleanup", required_argument, NULL, CLEANUP_COMMAND},
    {"every", required_argument, NULL, EVERY},
    {"only", required_argument, NULL, ONLY},
    {"verbose", no_argument, NULL, VERBOSE},
    {0},
};

static void append(const char **list, const char *text)
{
    size_t count = 0;

    while (list[count])
        count++;
    if (count == FAULTS_MAX_LIST)
        usage();
    list[count] = text;
}

static void take_option(struct faults *faults, int option)
{
    switch (option) {
    case HOLDFAST:
        faults->executable = optarg;
        break;
    case DIRECTORY:
        append(faults->directories, optarg);
        break;
    case SEED:
        faults->seed = optarg;
        break;
    case SCOPE:
        append(faults->scopes, optarg);
        break;
    case STAYS:
        append(faults->stays, optarg);
        break;
    case VANISHES:
        faults->vanishes = optarg;
        break;
    case KILL:
        faults->kill = true;
        break;
    case BEFORE:
        faults->before = optarg;
        break;
    case CLEANUP_COMMAND:
        faults->cleanup = optarg;
        break;
    case EVERY:
        faults->every = strtoul(optarg, NULL, 10);
        break;
    case ONLY:
        faults->only = optarg;
        break;
    case VERBOSE:
        faults->verbose = true;
        break;
    default:
        usage();
    }
}

static void report(const struct faults *faults)
{
    const size_t *counts = faults->counts;

    printf("%zu points", faults->tried);
    for (int verdict = 0; verdict < VERDICTS; verdict++)
        if (counts[verdict])
            printf(", %zu %s", counts[verdict], verdict_names[verdict]);
    putchar('\n');
}

int main(int count, char **arguments)
{
    struct faults faults = {.every = 1};
    size_t good;
    int option;

    while ((option = getopt_long(count, arguments, "+", options, NULL)) != -1)
        take_option(&faults, option);
    faults.command = arguments + optind;
    if (!faults.executable || !faults.command[0] || !faults.every)
        usage();
    /* What loses its parent becomes our child, and its end is seen. */
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    faults_begin(&faults);
    for (size_t i = 0; i < faults.points.count; i++)
        faults_try(&faults, &faults.points.list[i]);
    report(&faults);
    good = faults.counts[ENDED] + faults.counts[WENT_ON] + faults.counts[CLEANED] + faults.counts[TOLD_GONE] +
           faults.counts[NOT_REACHED];
    return good == faults.tried && faults.counts[NOT_REACHED] * 20 <= faults.tried && faults.tried ? 0 : 1;
}
