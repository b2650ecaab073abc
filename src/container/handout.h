/* SPDX-License-Identifier: Apache-2.0 */
/* What the caller of create, run and exec gets of a new process: its terminal, its pid, its pidfd. */
#ifndef CONTAINER_HANDOUT_H
#define CONTAINER_HANDOUT_H

#include "base/error.h"
#include <stdbool.h>
#include <sys/types.h>

struct handout {
    const char *console_socket, *pid_file, *pidfd_socket; /* where to; NULL: nowhere */
    int console_master;                                   /* -1: there is no terminal */
    pid_t pid;
    int pidfd;
};

/* Whether the options go together, as runc has it: a terminal needs somebody who takes it, where holdfast doesn't stay;
 * and a socket for one needs a terminal. */
int handout_check(bool terminal, bool detach, const char *console_socket, struct error *error) MUST_USE;

int handout_send(const struct handout *handout, struct error *error) MUST_USE;

/* Checks that the descriptors 3 to 2 + count are open, which the program is to keep. */
int handout_check_preserved(unsigned listen, unsigned preserved, struct error *error) MUST_USE;

#endif
