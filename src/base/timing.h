/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the time of a start goes: by phase, and by operation of the plan. Who doesn't ask passes NULL, and nothing is
 * measured.
 */
#ifndef BASE_TIMING_H
#define BASE_TIMING_H

#include "base/cleanup.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum timing_phase {
    TIMING_CONFIG,   /* reading and checking config.json */
    TIMING_PLAN,     /* compiling it */
    TIMING_STATE,    /* writing the state's files; start: waiting for its lock */
    TIMING_CGROUP,   /* making the cgroups */
    TIMING_PREPARE,  /* opening what comes from the host */
    TIMING_SEED,     /* entering the container's mount namespace */
    TIMING_CLONE,    /* the first process's birth */
    TIMING_PLACE,    /* its ids, its cgroup, its network devices */
    TIMING_CONTEXTS, /* waiting for its file system contexts */
    TIMING_ATTACH,   /* putting everything in place, hooks included */
    TIMING_HOOKS,    /* those hooks, a part of it; start: those after it */
    TIMING_VERIFY,   /* the look back */
    TIMING_SETTINGS, /* waiting for what the first process sets for itself */
    TIMING_JOIN,     /* exec: entering a container */
    TIMING_EXEC,     /* waiting for execve(2) */
    TIMING_PHASES
};

enum timing_step { TIMING_STEP_PREPARE, TIMING_STEP_CONTEXT, TIMING_STEP_ATTACH, TIMING_STEPS };

struct timing_clocks {
    int64_t wall, processor; /* nanoseconds; of this process */
};

struct timing {
    struct timing_clocks phases[TIMING_PHASES];
    bool events[TIMING_PHASES]; /* the caller's mount table changed meanwhile */
    struct timing_clocks begun;
    int table_fd;                   /* the caller's mountinfo, open, so that it can be polled; -1: none */
    size_t operations;              /* of the plan */
    int64_t (*steps)[TIMING_STEPS]; /* nanoseconds; shared with the first process */
    pid_t child;                    /* whose processor time counts as well; 0: nobody's */
};

#define TIMING_NONE ((struct timing){.table_fd = -1})

/* Starts the clock, in the mount namespace whose events are to be seen. What can't be opened is not told of. */
void timing_begin(struct timing *timing);
void timing_clear(struct timing *timing);

#define CLEANUP_TIMING CLEANUP(timing_clear)

/* Room for the operations of a plan. Without memory none of them is measured. timing may be NULL, here and below. */
void timing_expect(struct timing *timing, size_t operations);

/* The time now; adds what went by since then to a phase. */
struct timing_clocks timing_now(const struct timing *timing);
void timing_add(struct timing *timing, enum timing_phase phase, struct timing_clocks since);

/* The same for an operation. */
int64_t timing_step_now(const struct timing *timing);
void timing_step_add(struct timing *timing, size_t operation, enum timing_step step, int64_t since);

/* All since timing_begin(): the time that went by, and how much of it neither this process nor the first one worked.
 * Nanoseconds. */
void timing_total(const struct timing *timing, int64_t *ret_wall, int64_t *ret_blocked);

/* The value of the call, whose time belongs to the phase. */
#define TIMED(timing, phase, call)                                                                           \
    ({                                                                                                       \
        struct timing_clocks since_ = timing_now(timing);                                                    \
        __typeof__(call) value_ = (call);                                                                    \
        timing_add(timing, phase, since_);                                                                   \
        value_;                                                                                              \
    })

#endif
