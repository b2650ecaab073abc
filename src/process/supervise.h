/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container in the foreground: signals go to its program, the terminal is relayed, its exit status
 * returned.
 *
 *     supervise_block_signals(&previous)
 *     fork ── signals_reset_for_program(&previous), …
 *     supervise_open_signals()                      … execve(2)
 *     supervise(…)
 */
#ifndef PROCESS_SUPERVISE_H
#define PROCESS_SUPERVISE_H

#include "follower/follower.h"
#include <signal.h>
#include <sys/types.h>

/* Blocks all signals from here on, so that none is lost before supervise() reads them. */
int supervise_block_signals(sigset_t *ret_previous, struct error *error) MUST_USE;

/* The descriptor by which supervise() receives the signals, which the caller closes; or -errno. It is opened before the
 * program runs, for a failure then would come too late. */
int supervise_open_signals(struct error *error) MUST_USE;

/* In the child: every signal's default action, and the mask that holdfast was started with; or one after the other. */
int signals_reset_for_program(const sigset_t *mask, struct error *error) MUST_USE;
int signals_reset(struct error *error) MUST_USE;
int signals_restore_mask(const sigset_t *mask, struct error *error) MUST_USE;

/* SIGHUP, SIGINT and SIGTERM end this process from here on, also as process 1, for which their default action is none
 * (pid_namespaces(7)): a container that is only created (OCI runtime.md, "Kill"). */
int signals_let_end(struct error *error) MUST_USE;

struct supervision {
    int pidfd;
    pid_t pid;
    int signal_fd;  /* of supervise_open_signals() */
    int console_fd; /* the pty's master, which stays the caller's; -1: there is no console */
    int end_fd; /* where a process 1 of ours tells how the program ended (init.h); -1: the process is the program */
    const struct follower *follower; /* is told how it ended; NULL: nobody */
    bool tied;                       /* the end of the follower's control descriptor ends the program */
};

#define SUPERVISION_NONE ((struct supervision){.pidfd = -1, .signal_fd = -1, .console_fd = -1, .end_fd = -1})

/* Waits for the program, a child of this process, and reaps it. *ret_status is its exit status, or 128 and
 * the number of the signal that ended it.
 *
 * Meanwhile every signal that comes is sent to it, except SIGCHLD, SIGPIPE and SIGURG, and except SIGWINCH if
 * there is a console: that one sets the pty's size. With a console standard input and output are relayed; where
 * standard input is a terminal, it is in raw mode until the function returns. What the program left in the pty is written out before that, unless a
 * signal comes meanwhile.
 *
 * On failure the program may go on running: the caller ends it. */
int supervise(const struct supervision *supervision, int *ret_status, struct error *error) MUST_USE;

#endif
