/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new process enters the container's cgroup without being moved by another one. To move a process, the kernel
 * first keeps all processes of the machine from forking and ending, which takes an RCU grace period of 10 ms and more
 * (cgroup_attach_lock() of kernel/cgroup/cgroup.c); a process that is born there, or that enters as its only
 * thread, needs no such wait:
 *
 *     version 2   clone3(2) with CLONE_INTO_CGROUP
 *     version 1   the process itself writes "0" to the file tasks of each hierarchy
 *
 * Used with the manager cgroupfs. A place that is not entered so, cgroup_enter() moves the process to.
 */
#ifndef CGROUP_ENTRANCE_H
#define CGROUP_ENTRANCE_H

#include "cgroup/cgroup.h"

struct cgroup_entrance {
    struct cgroup *cgroup; /* NULL: nothing to enter */
    int unified_fd;        /* for clone3(2); -1: none */
    int *tasks_fds;        /* in the places' order; -1: none */
};

#define CGROUP_ENTRANCE_NONE ((struct cgroup_entrance){.unified_fd = -1})

/* Opens what there is to enter, while the cgroups' mounts are in sight. cgroup may be NULL, and must outlive the entrance.
 * What can't be opened is left to cgroup_enter(). */
int cgroup_entrance_open(struct cgroup_entrance *entrance, struct cgroup *cgroup,
                         struct error *error) MUST_USE;

void cgroup_entrance_clear(struct cgroup_entrance *entrance);

/* Called in the new process, before it closes its descriptors: enters the hierarchies of version 1. */
int cgroup_entrance_take(const struct cgroup_entrance *entrance, struct error *error) MUST_USE;

/* Called where the process was started: cgroup_enter() has nothing to do for the places that were entered. */
void cgroup_entrance_note(const struct cgroup_entrance *entrance);

#endif
