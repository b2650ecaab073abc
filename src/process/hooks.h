/* SPDX-License-Identifier: Apache-2.0 */
/* The hooks of a configuration (OCI config.md, "POSIX-platform Hooks"). */
#ifndef PROCESS_HOOKS_H
#define PROCESS_HOOKS_H

#include "config/config.h"
#include <signal.h>
#include <sys/resource.h>

struct hook_run {
    const struct config *config;
    enum config_hook_kind kind;
    const char *state; /* the container's state as JSON: what each gets on standard input */
    /* What they begin with; NULL: the present ones. */
    const sigset_t *signal_mask;
    const struct rlimit *descriptor_limit;
    /* Called in a process of its own before each hook: enters namespaces (also pid and time namespaces, which the hook
     * is born into), a root, a working directory. What it opens the hook does not get. NULL: nothing. */
    int (*enter)(void *argument, struct error *error);
    void *argument;
};

/* Runs all hooks of the kind, one after the other, until one fails: a status other than 0, a signal, or its timeout,
 * at which its process group is killed, with whatever it has started that didn't leave the group. The error is placed
 * (hooks.prestart[0]) and holds the end of what the hook wrote on standard output and error.
 *
 * A hook without an environment gets holdfast's, as with runc, and one in the container the program's. The hooks have the umask 022, a process group of their own, default signal actions, and
 * no descriptor but three: the state, in memory and sealed, and twice a pipe. What they write is read as long as they
 * run, and kept for the error alone; nobody waits for what a hook leaves behind, for which the pipe has ended then
 * (EPIPE). Working directory and other limits are the caller's, unless enter() changes them.
 *
 * ETIMEDOUT: did not end in time; ECHILD: failed. */
int hooks_run(const struct hook_run *run, struct error *error) MUST_USE;

#endif
