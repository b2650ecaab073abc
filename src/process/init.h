/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A first process of our own for a pid namespace whose program does not know that it is one: pid 1 gets no signal that
 * it has no handler for, and inherits every orphan (pid_namespaces(7)).
 */
#ifndef PROCESS_INIT_H
#define PROCESS_INIT_H

#include "base/error.h"

/* Forks. Returns 0 in the child, which goes on to the program. The caller's own process never returns: it closes
 * its descriptors, sends the signals that it gets to the child, reaps whatever ends, and ends as the child did, with 128 and the
 * number if it was a signal; end_fd, an eventfd, then has the wait status and one, for process 1 can't end by a signal
 * of its own. -1: nobody wants to know. All signals are blocked, in both. */
int init_fork(int end_fd, struct error *error) MUST_USE;

#endif
