/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a process's scheduling, memory and identity a configuration sets, one call each. Where the configuration asks
 * for nothing the functions do nothing. Errors are placed where they come from in the configuration.
 */
#ifndef PROCESS_ATTRIBUTES_H
#define PROCESS_ATTRIBUTES_H

#include "config/config.h"

/* These are set from outside; process_fd is the process's directory in procfs. */

/* process.oomScoreAdj. Lowering it needs CAP_SYS_RESOURCE on the host. Where an ordinary user launches (is_rootless),
 * who can't have that, a refusal leaves the present value, as with runc; otherwise it is EACCES. */
int process_set_oom_score(const struct config *config, int process_fd, bool is_rootless,
                          struct error *error) MUST_USE;

/* linux.timeOffsets, on a process that made a time namespace by unshare(2) (with clone3(2) it would be in it), before
 * it has a child: EACCES when somebody is in it already. ERANGE: the moment is out of range. */
int process_set_time_offsets(const struct config *config, int process_fd, struct error *error) MUST_USE;

/* process.execCPUAffinity of the process pid, 0: the calling one. One of its two lists; NULL: nothing to do. path names it for errors:
 * "process.execCPUAffinity.initial". CPUs that the machine doesn't have are ignored, unless there is no other. */
int process_set_affinity(const struct config *config, pid_t pid, const char *list, const char *path,
                         struct error *error) MUST_USE;

/* The others are the calling process's own. It still has the privileges of the container's root. */

/* process.scheduler. */
int process_set_scheduler(const struct config *config, struct error *error) MUST_USE;

/* process.ioPriority. */
int process_set_io_priority(const struct config *config, struct error *error) MUST_USE;

/* linux.memoryPolicy. */
int process_set_memory_policy(const struct config *config, struct error *error) MUST_USE;

/* linux.personality. The last thing before the execve, for it may change what system calls do (READ_IMPLIES_EXEC,
 * ADDR_LIMIT_32BIT…). */
int process_set_personality(const struct config *config, struct error *error) MUST_USE;

#endif
