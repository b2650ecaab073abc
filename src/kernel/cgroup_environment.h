/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's cgroups (cgroups(7)): one unified hierarchy on /sys/fs/cgroup, or one hierarchy for each
 * controller or group of controllers (version 1), with the unified one beside them or not (hybrid).
 */
#ifndef KERNEL_CGROUP_ENVIRONMENT_H
#define KERNEL_CGROUP_ENVIRONMENT_H

#include "base/arena.h"
#include "base/error.h"
#include <stdbool.h>

/* A hierarchy of version 1 that is mounted. */
struct cgroup_hierarchy {
    const char *name;        /* its directory: "cpu,cpuacct", "systemd" */
    const char *controllers; /* with commas between them: "cpu,cpuacct", "name=systemd" */
    const char *own;         /* the directory of this process's cgroup; NULL: the mount doesn't show it */
};

struct cgroup_environment {
    struct arena arena;
    bool is_unified;     /* version 2 alone */
    const char *unified; /* where version 2 is mounted; NULL: nowhere */
    struct cgroup_hierarchy *hierarchies;
    size_t length;
};

/* Finds it out. A unified machine costs one statfs(2); otherwise the thread's mount table is read. On failure
 * *environment is cleared. */
int cgroup_environment_read(struct cgroup_environment *environment, struct error *error) MUST_USE;

/* The part for machines that are not unified: from the texts of /proc/PID/cgroup and /proc/PID/mountinfo, of
 * which the latter is changed and has to live as long as the environment. */
int cgroup_environment_parse(struct cgroup_environment *environment, const char *cgroups, char *mountinfo,
                             struct error *error) MUST_USE;

/* Releases it. */
void cgroup_environment_clear(struct cgroup_environment *environment);

#define CLEANUP_CGROUP_ENVIRONMENT CLEANUP(cgroup_environment_clear)

#endif
