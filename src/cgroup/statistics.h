/* SPDX-License-Identifier: Apache-2.0 */
/* What a cgroup has used: the numbers of `holdfast events`, in the form of runc's events. */
#ifndef CGROUP_STATISTICS_H
#define CGROUP_STATISTICS_H

#include "cgroup/cgroup.h"

/* The "data" of an event of the type "stats": cpu, memory, pids, blkio, hugetlb, … The caller owns it. Files that are
 * missing leave their numbers out. */
int cgroup_statistics(const struct cgroup *cgroup, struct json_t **ret_statistics,
                      struct error *error) MUST_USE;

/* Calls killed() each time a process of the cgroup is killed for want of memory, until it returns false or the cgroup
 * is gone. Version 2: memory.events by inotify(7); version 1: memory.oom_control by eventfd(2). */
int cgroup_watch_memory(const struct cgroup *cgroup, bool (*killed)(void *argument), void *argument,
                        struct error *error) MUST_USE;

#endif
