/* SPDX-License-Identifier: Apache-2.0 */
/* A hook as a process: from its configuration to execve(2). What becomes of it is the matter of hooks.c. */
#ifndef PROCESS_HOOK_PROCESS_H
#define PROCESS_HOOK_PROCESS_H

#include "process/hooks.h"
#include <sys/types.h>

struct hook_process {
    pid_t pid; /* a child of this process, and the number of its process group */
    int pidfd;
    int output_fd; /* a pipe's end: what it writes */
};

#define HOOK_PROCESS_NONE ((struct hook_process){-1, -1, -1})

/* Closes the descriptors. */
void hook_process_clear(struct hook_process *process);

#define CLEANUP_HOOK_PROCESS CLEANUP(hook_process_clear)

/* Starts the hook and returns when it was executed. On failure there is no process left. */
int hook_process_start(const struct hook_run *run, const struct config_hook *hook,
                       struct hook_process *ret_process, struct error *error) MUST_USE;

/* Waits until the process has ended, and releases its number. *ret_info is what waitid(2) says. */
int hook_process_reap(const struct hook_process *process, siginfo_t *ret_info, struct error *error) MUST_USE;

#endif
