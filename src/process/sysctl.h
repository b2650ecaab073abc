/* SPDX-License-Identifier: Apache-2.0 */
/* linux.sysctl: kernel parameters that each container has for itself, for they belong to one of its namespaces. */
#ifndef PROCESS_SYSCTL_H
#define PROCESS_SYSCTL_H

#include "config/config.h"

/* Whether a namespace that one of them belongs to, and that the container joins by path, is the calling process's own,
 * who is the launcher: what is there would change the host. EINVAL. That each belongs to a namespace of the
 * configuration is config_check()'s to see. */
int sysctl_check(const struct config *config, struct error *error) MUST_USE;

/* Sets them in the namespaces of the calling process, after sysctl_check(), by way of proc_fd (procfs_open()): it may
 * be of the host, for the files show the namespaces of who opens them. */
int sysctl_apply(const struct config *config, int proc_fd, struct error *error) MUST_USE;

#endif
