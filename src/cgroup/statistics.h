/* SPDX-License-Identifier: Apache-2.0 */
/* What a cgroup has used: the numbers of `holdfast events`, in the form of runc's events. */
#ifndef CGROUP_STATISTICS_H
#define CGROUP_STATISTICS_H

#include "cgroup/cgroup.h"

/* The "data" of an event of the type "stats": cpu, cpuset, memory, pids, blkio, hugetlb, intel_rdt (empty) and
 * network_interfaces (null), with runc's names. The caller owns it. Nanoseconds and bytes. Numbers of files that are
 * missing are left out, and so are zeros where runc leaves them out; "max" is 9223372036854771712, version 1's number
 * for it, because not all readers of JSON have 64 bits. */
int cgroup_statistics(const struct cgroup *cgroup, struct json_t **ret_statistics,
                      struct error *error) MUST_USE;

/* Calls killed() each time a process of the cgroup is killed for want of memory, until it returns false, or the cgroup
 * is gone, or, with version 2, nothing is left in it. Version 2: memory.events by inotify(7), through /proc/self/fd;
 * version 1: memory.oom_control by eventfd(2), which also tells of a want of memory that kills nobody
 * (disableOOMKiller), as in runc. -EOPNOTSUPP: there is no cgroup with this controller. */
int cgroup_watch_memory(const struct cgroup *cgroup, bool (*killed)(void *argument), void *argument,
                        struct error *error) MUST_USE;

#endif
