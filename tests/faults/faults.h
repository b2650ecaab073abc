/* SPDX-License-Identifier: Apache-2.0 */
/* Makes each system call of a command fail, a start for each, and judges what came of it. */
#ifndef FAULTS_H
#define FAULTS_H

#include "errnos.h"
#include "leftovers.h"
#include "tracer.h"

#define FAULTS_MAX_LIST 8
#define FAULTS_MILLISECONDS 15000 /* a start that takes longer hangs */

enum verdict {
    ENDED,       /* with an error as it should be, and left nothing */
    WENT_ON,     /* and was complete, and left nothing */
    CLEANED,     /* the program had run, and what couldn't be removed then is removed by the cleanup */
    TOLD_GONE,   /* it was to remove something, and was told that it is gone already */
    NOT_REACHED, /* the call wasn't made this time */
    HUNG,
    CRASHED,
    UNCLEAR,    /* failed without one clear error */
    INCOMPLETE, /* said that all is well, and wasn't */
    LEFT,       /* something is left */
    BROKEN,     /* after a kill: it couldn't be cleaned up, or the next start failed */
    VERDICTS,
};

extern const char *const verdict_names[VERDICTS];

/* One call of one process, and what it is to fail with. */
struct point {
    char process[48];
    const struct call_errnos *call;
    unsigned occurrence; /* which of the process's calls of that number, from 1 on */
    int code;            /* the errno; 0 where the process is killed */
};

struct points {
    struct point *list;
    size_t count, capacity;
};

/* What came of a start. */
struct outcome {
    int status;         /* as of wait(2) */
    bool hung, reached; /* whether the point was reached */
    int cleanup;        /* the exit status of the cleanup after a kill */
    int left;           /* processes that outlived it */
    char *output, *errors;
};

struct faults {
    /* the options */
    const char *executable, *seed, *before, *cleanup, *only, *vanishes;
    const char *directories[FAULTS_MAX_LIST + 1], *scopes[FAULTS_MAX_LIST + 1], *stays[FAULTS_MAX_LIST + 1];
    bool kill, verbose;
    unsigned long every;
    char **command;
    /* the untroubled start */
    char *output;
    struct listing pristine, after; /* what there was before it, and after it */
    struct points points;
    pid_t in_seed;
    /* the results */
    size_t tried, counts[VERDICTS];
};

/* Starts the command without a fault, finds the points, and notes what it leaves. Ends the program if that fails, or if
 * two starts show different things. */
void faults_begin(struct faults *faults);

/* Starts it with the fault, and counts and reports the verdict. */
void faults_try(struct faults *faults, const struct point *point);

/* Starts the command under the tracer until everything that it started has ended; when the command itself has, runs the shell
 * command cleanup, if it isn't NULL. */
void outcome_get(struct faults *faults, struct tracer *tracer, const char *cleanup, struct outcome *outcome);
void outcome_clear(struct outcome *outcome);

/* Whether the process is one whose calls are to fail. */
bool faults_in_scope(const struct faults *faults, const char *process);

/* Runs a shell command and returns its exit status. Ends the program if there is none. */
int faults_shell(const char *command);

/* Whether the error is one that comes when the program has been started, and is ended therefore: what every start makes in
 * the root may be there. */
bool failed_after_start(const struct outcome *outcome);

/* Judges a start with a fault by what it printed and by how it ended. The reason is a static text. */
enum verdict judge(const struct faults *faults, const struct point *point, const struct outcome *outcome,
                   const char **ret_reason);

#endif
