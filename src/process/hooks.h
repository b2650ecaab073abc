/* SPDX-License-Identifier: Apache-2.0 */
/* The hooks of a configuration (OCI config.md, "POSIX-platform Hooks"). */
#ifndef PROCESS_HOOKS_H
#define PROCESS_HOOKS_H

#include "config/config.h"
#include <signal.h>

struct hook_run {
    const struct config *config;
    enum config_hook_kind kind;
    const char *state;           /* the container's state as JSON: what each gets on standard input */
    const sigset_t *signal_mask; /* what they begin with; NULL: the present one */
    /* Called in the new process before it becomes the hook: enters namespaces, for instance. NULL: nothing. */
    int (*enter)(void *argument, struct error *error);
    void *argument;
};

/* Runs all hooks of the kind, one after the other, until one fails: a status other than 0, a signal, or its timeout,
 * at which it is killed with all processes that it has started. The error is placed (hooks.prestart[0]) and holds the
 * end of what the hook wrote on standard error. The hooks get their own environment only, standard input, output
 * and error, and no other descriptor. */
int hooks_run(const struct hook_run *run, struct error *error) MUST_USE;

/* The kind's name: "createRuntime". */
const char *hook_kind_name(enum config_hook_kind kind);

#endif
