/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Executing the container's program. The two steps are apart so that a seccomp filter can be installed
 * between them: execute_program() makes no other system call than execve(2), unless that one fails.
 */
#ifndef PROCESS_EXECUTE_H
#define PROCESS_EXECUTE_H

#include "config/config.h"

struct execution {
    const char *program; /* the path that is executed */
    const char *const *arguments, *const *environment;
};

/* Finds the program: args[0] as it is if it has a slash, relative to the working directory, else in the
 * directories of env's PATH. As runc has it there is no PATH by default, and a relative directory in it is
 * left out. home is the value for HOME if env has none, or NULL. Runs in the container's root, as its user.
 * ENOENT or EACCES if there is nothing to execute. The execution lives as long as arena and process. */
int execute_resolve(const struct config_process *process, const char *home, struct arena *arena,
                    struct execution *ret_execution, struct error *error) MUST_USE;

/* Becomes the program. Returns only on failure; the error says what is missing. */
int execute_program(const struct execution *execution, struct error *error);

#endif
