/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who follows a start from outside, by two descriptors: one tells of its phases, a JSON line each; by the other it can be
 * stopped, or let go. docs/status.md has the lines.
 *
 *     planned, mounted        nothing runs yet
 *     verified                the first process waits, with its pid and pidfd; then the word of the control descriptor
 *     running, exited
 *     failed                  in the place of any of them
 *
 * Each function does nothing for a NULL follower, or one without that descriptor.
 */
#ifndef FOLLOWER_FOLLOWER_H
#define FOLLOWER_FOLLOWER_H

#include "plan/plan.h"

struct follower {
    int status_fd, control_fd; /* borrowed, close-on-exec; -1: none */
    bool may_tie;              /* who starts stays, so the control descriptor may also say "tie" */
};

#define FOLLOWER_NONE ((struct follower){.status_fd = -1, .control_fd = -1})

/* Before the program runs. A line that can't be told stops the start, and so does the end of the control descriptor:
 * ECANCELED. pid is the first process's, with its pidfd, which goes along by SCM_RIGHTS where the status descriptor is
 * a Unix socket; 0: there is no process. */
int follower_planned(const struct follower *follower, const struct plan *plan, struct error *error) MUST_USE;
int follower_mounted(const struct follower *follower, struct error *error) MUST_USE;
int follower_verified(const struct follower *follower, pid_t pid, int pidfd, struct error *error) MUST_USE;

/* Waits for the control descriptor's line: "go"; or "tie", after which the end of the descriptor ends the program:
 * *ret_tied. Its end before that is ECANCELED, another line EINVAL, a signal to end EINTR, and the end of the process
 * EPIPE. All signals are blocked. */
int follower_wait_for_go(const struct follower *follower, int pidfd, bool *ret_tied,
                         struct error *error) MUST_USE;

/* Afterwards nobody is left who could be stopped: a line that can't be told is dropped. signal_number is 0 for a program
 * that exited by itself. */
void follower_running(const struct follower *follower, pid_t pid);
void follower_exited(const struct follower *follower, int status, int signal_number);
void follower_failed(const struct follower *follower, const struct error *failure);

/* Whether the control descriptor has ended, with nothing left to be read. */
bool follower_has_ended(int control_fd);

#endif
