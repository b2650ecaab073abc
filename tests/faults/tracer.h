/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows a command and all processes that it starts, by ptrace(2), and has somebody decide at each of holdfast's system
 * calls what becomes of it. A seccomp filter stops the processes at the calls that are asked for and at no other, so a
 * start is hardly slower than without.
 *
 * A call of holdfast is one of a process whose program is the holdfast binary or a protected copy of it, from the
 * beginning of main() on. Hooks, the container's program and what the C library does before main() are not.
 */
#ifndef TRACER_H
#define TRACER_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define TRACER_ANY (-1L)
#define TRACER_MAX_PROCESSES 256

struct tracer_call {
    pid_t pid;
    const char *
        process; /* whose child it is, by order of birth: "0" is the command, "0.2" the second that it started */
    long number;
    uint64_t arguments[6];
};

enum tracer_action {
    TRACER_GO_ON,
    TRACER_FAIL,  /* the call isn't made, and has the result */
    TRACER_SPOIL, /* the call is made, and then has the result */
    TRACER_KILL,  /* the process is killed instead */
};

struct tracer_decision {
    enum tracer_action action;
    long result; /* what the kernel answers instead: -errno, but for brk(2) */
};

struct tracee {
    pid_t pid;
    char process[48];
    int children;
    bool ours, begun;   /* its program is holdfast; main() has begun */
    bool stopped_early; /* it has stopped before its parent's event told of it */
    long spoil;         /* the result that the call it is in will have; 0: its own */
};

struct tracer {
    const char *executable; /* the path of holdfast */
    long number;            /* the call to stop at, or TRACER_ANY */
    struct tracer_decision (*decide)(void *argument, const struct tracer_call *call);
    void *argument;
    struct stat identity; /* of the executable */
    struct tracee tracees[TRACER_MAX_PROCESSES];
    size_t count;
};

/* Starts the command, with these as its standard input, output and error. Returns its pid or -errno. */
pid_t tracer_start(struct tracer *tracer, char *const *command, const int standard[3]) MUST_USE;

/* Goes on until the process, a tracee or another child of the caller's, has ended, and stores its status as of wait(2).
 * 0, or -ETIMEDOUT after as many milliseconds, or -errno. */
int tracer_wait(struct tracer *tracer, pid_t pid, int milliseconds, int *ret_status) MUST_USE;

/* Goes on until all tracees have ended, and kills those that haven't after as many milliseconds. How many these were, or
 * -errno. */
int tracer_drain(struct tracer *tracer, int milliseconds) MUST_USE;

#endif
