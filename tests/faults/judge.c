/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "faults.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define ERROR "holdfast: "
#define WARNING "holdfast: warning: "
#define BY_LIBRARY                                                                                           \
    "seccomp_export_bpf" /* libseccomp doesn't try again; it writes to memory, which nothing interrupts */
#define MAX_STATUS                                                                                           \
    125 /* above it a shell's and box's words for signals and commands that can't be executed */

const char *const verdict_names[VERDICTS] = {
    [ENDED] = "ended with a clear error",
    [WENT_ON] = "complete without it",
    [CLEANED] = "failed to clean up after the program, and the cleanup did it",
    [TOLD_GONE] = "believed that what was to be removed is gone",
    [NOT_REACHED] = "not reached",
    [HUNG] = "hung",
    [CRASHED] = "crashed",
    [UNCLEAR] = "with an unclear error",
    [INCOMPLETE] = "incomplete without an error",
    [LEFT] = "left something",
    [BROKEN] = "not cleaned up",
};

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* The program runs already when these are tried. */
bool failed_after_start(const struct outcome *outcome)
{
    return strstr(outcome->errors, "cannot receive signals: read") ||
           strstr(outcome->errors, "cannot write the program's output") ||
           strstr(outcome->errors, "cannot read the program's output") ||
           strstr(outcome->errors, "cannot open the console's terminal") ||
           strstr(outcome->errors, "cannot make the console non-blocking") ||
           strstr(outcome->errors, ": hooks.poststart[");
}

static const char *skip_warnings(const char *text)
{
    while (strncmp(text, WARNING, strlen(WARNING)) == 0 && strchr(text, '\n'))
        text = strchr(text, '\n') + 1;
    return text;
}

static bool is_one_error(const char *text)
{
    const char *end = strchr(text, '\n');

    return strncmp(text, ERROR, strlen(ERROR)) == 0 && end && end[1] == '\0';
}

/* What an errno of a call means to the user, where the error says that instead of the errno. */
static const struct {
    int code;
    const char *call, *text;
} sentences[] = {
    {EACCES, "faccessat2", ": permission denied; "},
    {EACCES, "newfstatat", ": permission denied; "},
    {ECONNRESET, "recvfrom", "first process ended early"},
    {EEXIST, "mknodat", "cannot examine"},
    {EEXIST, "renameat2", "container with given ID already exists"},
    {ELOOP, "openat2", "is a symbolic link in the image, or reached by one"},
    {EEXIST, "symlinkat", "cannot examine"},
    {ENOENT, "faccessat2", "no such file or directory in the container"},
    {ENOENT, "getcwd", "leads out of the container"},
    {ENOENT, "newfstatat", "does not exist"},
    {ENOENT, "newfstatat", "no such file or directory in the container"},
    {ENOENT, "openat", "cannot start a container that has stopped"}, /* no /proc/PID of its process */
    {ENOENT, "openat", "does not exist"},
    {ENOENT, "openat", "has ended"},
    {ENOENT, "openat2", "it is no directory of the devices hierarchy"},
    {ENOENT, "openat2", "is there, but was not"},
    {ENOENT, "openat2", "cannot enter the cgroup"}, /* a cpuset without CPUs */
    {ENOTDIR, "openat2", "is there, but was not"},
    {ENOENT, "openat", "has no config.json"},
    {ENOENT, "openat", "has no state"},
    {ENOMEM, NULL, "out of memory"},
    {0, "ioctl", "the console is not a pseudo-terminal"},
    {0, "openat", "cannot start an already running container"},
    {0, "read", "cannot start a container that has stopped"},
    {0, "read", "cannot drop the host's groups"},
    {0, "openat", "cannot drop the host's groups"},
    {0, "newfstatat", "the way without pivot_root is open to the privileged only"},
    {0, "statx", "cannot create the file system"},
    {0, NULL, "no such file or directory in the container"},
    {0, "newfstatat",
     "the kernel's mount table is not what the plan asks for"}, /* where a box left something out */
};

/* The errno by its name, or the system call, or what stands for them. */
static bool names_fault(const struct point *point, const char *text)
{
    /* Who is killed says nothing itself. */
    if (!point->code || strstr(text, error_name(point->code)) || strstr(text, point->call->name))
        return true;
    for (size_t i = 0; i < ARRAY_LENGTH(sentences); i++)
        if ((!sentences[i].code || sentences[i].code == point->code) && strstr(text, sentences[i].text) &&
            (!sentences[i].call || strcmp(sentences[i].call, point->call->name) == 0))
            return true;
    return false;
}

static enum verdict judge_failure(const struct faults *faults, const struct point *point,
                                  const struct outcome *outcome, const char **ret_reason)
{
    const char *text = skip_warnings(outcome->errors);

    *ret_reason = NULL;
    if (!WIFEXITED(outcome->status) || WEXITSTATUS(outcome->status) > MAX_STATUS)
        return CRASHED;
    if (!is_one_error(text) && (point->code || strcmp(text, "Killed\n") != 0)) /* a shell says that */
        *ret_reason = "not one line of error";
    else if (!names_fault(point, text))
        *ret_reason = "names neither the system call nor the errno";
    else if (point->code && point->code == point->call->retried && !strstr(text, BY_LIBRARY))
        *ret_reason = "the call was to be made again";
    else if (failed_after_start(outcome) ? !begins_with(faults->output, outcome->output)
                                         : outcome->output[0] && strcmp(outcome->output, faults->output) != 0)
        *ret_reason = "the program was started, and its view was not complete";
    return *ret_reason ? UNCLEAR : ENDED;
}

/* The command itself, or what its status is that of: the container's program, or a command of a shell's. */
static bool was_killed(const struct point *point, const struct outcome *outcome)
{
    if (point->code)
        return false;
    return WIFSIGNALED(outcome->status) ? WTERMSIG(outcome->status) == SIGKILL
                                        : WEXITSTATUS(outcome->status) == 128 + SIGKILL;
}

/* A success with less than the whole output may be what it should be. */
static bool may_be_incomplete(const struct faults *faults, const struct point *point,
                              const struct outcome *outcome)
{
    /* What of the machine can't be looked at, a box goes without. */
    static const char *const looks[] = {"access", "getcwd",   "getdents64", "newfstatat",
                                        "openat", "readlink", "statx"};
    const char *call = point->call->name;

    /* The process that was killed is the container's program, and holdfast need not wait for it. */
    if (!point->code)
        return begins_with(faults->output, outcome->output);
    /* Whoever reads the program's terminal has gone. */
    if (strcmp(call, "write") == 0 && (point->code == EPIPE || point->code == EIO))
        return begins_with(faults->output, outcome->output);
    /* This is how the terminal's master tells that nobody has the other side any more (pty(7)). */
    if (strcmp(call, "read") == 0 && point->code == EIO)
        return begins_with(faults->output, outcome->output);
    if (!faults->vanishes || (*faults->vanishes != 'a' && point->code != ENOENT))
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(looks); i++)
        if (strcmp(call, looks[i]) == 0)
            return true;
    return false;
}

enum verdict judge(const struct faults *faults, const struct point *point, const struct outcome *outcome,
                   const char **ret_reason)
{
    *ret_reason = NULL;
    if (outcome->hung)
        return HUNG;
    if (was_killed(point, outcome))
        return ENDED;
    if (outcome->status != 0)
        return judge_failure(faults, point, outcome, ret_reason);
    if (strcmp(outcome->output, faults->output) != 0)
        return may_be_incomplete(faults, point, outcome) ? WENT_ON : INCOMPLETE;
    if (*skip_warnings(outcome->errors)) {
        *ret_reason = "an error, and success all the same";
        return UNCLEAR;
    }
    return WENT_ON;
}
