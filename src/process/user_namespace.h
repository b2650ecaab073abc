/* SPDX-License-Identifier: Apache-2.0 */
/* The container's user namespace (user_namespaces(7)). */
#ifndef PROCESS_USER_NAMESPACE_H
#define PROCESS_USER_NAMESPACE_H

#include "config/config.h"
#include <sys/types.h>

/* A user namespace that the launcher is not in. */
struct user_namespace {
    struct arena arena; /* for mappings that are not the configuration's own */
    const struct id_mappings *uid_mappings, *gid_mappings;
    struct id_mappings read_uid, read_gid;
    int fd;
};

#define USER_NAMESPACE_NONE ((struct user_namespace){.fd = -1})

/* Takes the user namespace of a process: writes its mappings from the configuration, or reads them where the
 * namespace was joined. nested says that the launcher is in a namespace with the configuration's mappings already, so
 * that this one has each id as itself. proc_fd is a procfs that shows pid. */
int user_namespace_set_up(struct user_namespace *ret_namespace, int proc_fd, pid_t pid,
                          const struct config *config, bool nested, struct error *error) MUST_USE;

void user_namespace_clear(struct user_namespace *user_namespace);

/* Moves this process, which has no privileges and one thread, into a new user namespace with the
 * configuration's mappings, where it has all capabilities, and into a copy of its mount namespace. Ranges of
 * ids come from /etc/subuid and /etc/subgid by newuidmap(1) and newgidmap(1). */
int user_namespace_enter(const struct config *config, struct error *error) MUST_USE;

/* Whether a process of this user namespace may call setgroups(2). */
bool user_namespace_may_set_groups(void);

#endif
