/* SPDX-License-Identifier: Apache-2.0 */
/* What of a process's scheduling, memory and identity a configuration sets, one call each. Where the configuration asks
 * for nothing the functions do nothing. Errors are placed where they come from in the configuration. */
#ifndef PROCESS_ATTRIBUTES_H
#define PROCESS_ATTRIBUTES_H

#include "config/config.h"

/* A list of numbers as in cpuset(7): "0-3,7". The bits in an array of words, as the kernel's calls take them. */
int number_list_parse(const char *list, unsigned long *ret_bits, size_t words, struct error *error) MUST_USE;

/* From outside, before the process has the right to do it no longer: process_fd is its directory in procfs.
 * process.oomScoreAdj. An ordinary user who may not lower it keeps the present value, as with runc and crun. */
int process_set_oom_score(const struct config *config, int process_fd, struct error *error) MUST_USE;

/* linux.timeOffsets: from outside, on the process that made the time namespace, before anybody is in it. */
int process_set_time_offsets(const struct config *config, int process_fd, struct error *error) MUST_USE;

/* The others are the first process's own. It still has the privileges of the container's root. */
int process_set_scheduler(const struct config *config, struct error *error) MUST_USE;
int process_set_io_priority(const struct config *config, struct error *error) MUST_USE;
int process_set_memory_policy(const struct config *config, struct error *error) MUST_USE;
int process_set_personality(const struct config *config, struct error *error) MUST_USE;

/* process.execCPUAffinity: one of its two lists. path names it for errors: "process.execCPUAffinity.initial". */
int process_set_affinity(const struct config *config, const char *list, const char *path,
                         struct error *error) MUST_USE;

/* linux.sysctl, in the namespaces of the calling process, by way of proc_fd: a procfs of the host, opened before and
 * verified; only keys of new namespaces are allowed. */
int process_set_sysctl(const struct config *config, int proc_fd, struct error *error) MUST_USE;

/* The label that the next execve gives: process.apparmorProfile, process.selinuxLabel. proc_fd is as above, the file is
 * opened below it without following what is mounted over it (CVE-2019-16884, CVE-2025-52881). Of a facility that is
 * off in this machine's kernel it is an error. */
int process_set_exec_label(const struct config *config, int proc_fd, struct error *error) MUST_USE;

#endif
