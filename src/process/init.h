/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A first process of our own for a pid namespace whose program does not know that it is one: pid 1 gets no signal that
 * it has no handler for, and inherits every orphan (pid_namespaces(7)).
 */
#ifndef PROCESS_INIT_H
#define PROCESS_INIT_H

#include "base/error.h"

/* Forks. Returns 0 in the child, which goes on to the program. The caller's own process never returns: it closes
 * socket, sends the signals that it gets to the child, reaps whatever ends, and ends as the child did, with 128 and the
 * number if it was a signal. All signals are blocked, in both. */
int init_fork(int socket, struct error *error) MUST_USE;

#endif
