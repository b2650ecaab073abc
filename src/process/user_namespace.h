/* SPDX-License-Identifier: Apache-2.0 */
/* User namespaces: their mappings, and becoming root in one without privileges (user_namespaces(7)). */
#ifndef PROCESS_USER_NAMESPACE_H
#define PROCESS_USER_NAMESPACE_H

#include "config/config.h"
#include <sys/types.h>

/* Writes uid_map and gid_map of a process in a new user namespace. proc_fd is a procfs that shows pid. The caller
 * closes *ret_namespace_fd, a descriptor for the namespace. */
int user_namespace_map(int proc_fd, pid_t pid, const struct config *config, int *ret_namespace_fd,
                       struct error *error) MUST_USE;

/* Moves this process, which has no privileges and one thread, into a new user namespace with the
 * configuration's mappings, where it has all capabilities, and into a copy of its mount namespace. */
int user_namespace_enter(const struct config *config, struct error *error) MUST_USE;

/* Whether a process of this user namespace may call setgroups(2). */
bool user_namespace_may_set_groups(void);

#endif
