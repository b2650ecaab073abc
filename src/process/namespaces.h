/* SPDX-License-Identifier: Apache-2.0 */
/* The container's namespaces beside the mount namespace: new ones, and existing ones that are joined by path.
 */
#ifndef PROCESS_NAMESPACES_H
#define PROCESS_NAMESPACES_H

#include "config/config.h"

struct namespaces {
    const struct config *config;
    int *joined; /* a descriptor for each of the configuration's namespaces; -1: a new one */
};

/* Opens the namespaces that are to be joined; each has to be of the kind that it is given for. */
int namespaces_open(struct namespaces *ret_namespaces, const struct config *config,
                    struct error *error) MUST_USE;

/* Closes them. */
void namespaces_clear(struct namespaces *namespaces);

/* Clones the calling process into a new one that runs function(argument), which must not return. flags are those of
 * clone3(2); cgroup_fd is the directory in the unified hierarchy that it is born in, -1: the caller's. */
int process_clone(uint64_t flags, int cgroup_fd, void (*function)(void *argument), void *argument,
                  pid_t *ret_pid, int *ret_pidfd, struct error *error) MUST_USE;

struct process_birth {
    int without;   /* flags of namespaces that are not to be made */
    int cgroup_fd; /* the directory in the unified hierarchy that it is born in; -1: the caller's */
    int proc_fd;   /* a procfs of the host */
    void (*function)(void *argument); /* what the process runs; it must not return */
    void *argument;
};

/* Starts a process in them, as a child of the caller; the caller's own namespaces stay, but a time namespace that is
 * joined is joined by the caller as well. The process makes the rest by namespaces_make_later(). */
int namespaces_start_process(const struct namespaces *namespaces, const struct process_birth *birth,
                             pid_t *ret_pid, int *ret_pidfd, struct error *error) MUST_USE;

/* In the new process, of these kinds: makes the new namespaces that it was not born in, ipc, uts and net, while the caller
 * of namespaces_start_process() goes on: the kernel takes long for a network. */
int namespaces_make_later(const struct config *config, int kinds, struct error *error) MUST_USE;

#endif
