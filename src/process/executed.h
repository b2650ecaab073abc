/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a process of ours has become its program. */
#ifndef PROCESS_EXECUTED_H
#define PROCESS_EXECUTED_H

#include "base/error.h"
#include <sys/types.h>

/* To be asked after the end of file on the socket or FIFO that execve(2) closes, for any other end of the process
 * closes it as well: a filter may kill it at its execve. Until the process has either executed something or an end, it is
 * in the middle of the one or the other. proc_fd is a procfs that shows pid. ECHILD: it never became the program. */
int executed_check(int proc_fd, pid_t pid, int pidfd, struct error *error) MUST_USE;

#endif
