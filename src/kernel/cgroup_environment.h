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
    const char *mount;       /* where it is mounted: "/sys/fs/cgroup/cpu,cpuacct" */
};

struct cgroup_environment {
    struct arena arena;
    bool is_unified;     /* version 2 alone */
    const char *unified; /* where version 2 is mounted; NULL: nowhere */
    const char
        *unified_own; /* the directory of this process's cgroup there; NULL: not shown, or not asked for */
    struct cgroup_hierarchy *hierarchies;
    size_t length;
};

/* Finds it out. A unified machine costs one statfs(2); otherwise the thread's mount table is read. On failure
 * *environment is cleared. */
int cgroup_environment_read(struct cgroup_environment *environment, struct error *error) MUST_USE;

/* Finds out unified_own on a unified machine, too, where cgroup_environment_read() has not looked for it. On failure
 * *environment is cleared. */
int cgroup_environment_find_own(struct cgroup_environment *environment, struct error *error) MUST_USE;

/* The part for machines that are not unified: from the texts of /proc/PID/cgroup and /proc/PID/mountinfo, of
 * which the latter is changed and has to live as long as the environment. */
int cgroup_environment_parse(struct cgroup_environment *environment, const char *cgroups, char *mountinfo,
                             struct error *error) MUST_USE;

/* A cgroup's directory in the hierarchy of these controllers. */
struct cgroup_directory {
    const char *controllers, *directory;
};

/* Puts another cgroup in the place of the process's own, in the hierarchies of version 1 that it is given for. The
 * directories must outlive the environment. */
void cgroup_environment_set_own(struct cgroup_environment *environment,
                                const struct cgroup_directory *directories, size_t length);

/* Releases it. */
void cgroup_environment_clear(struct cgroup_environment *environment);

#define CLEANUP_CGROUP_ENVIRONMENT CLEANUP(cgroup_environment_clear)

#endif
