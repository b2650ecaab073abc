/* SPDX-License-Identifier: Apache-2.0 */
/* What the next execve gives the program for the kernel's mandatory access control: process.apparmorProfile
 * (aa_change_onexec(2)) and process.selinuxLabel (setexeccon(3)). */
#ifndef PROCESS_EXEC_LABEL_H
#define PROCESS_EXEC_LABEL_H

#include "config/config.h"

/* Whether the facilities that the configuration asks for are on; among the host's mounts, before anything is made.
 * ENOTSUP: one is off, or not in this kernel. */
int exec_label_check(const struct config *config, struct error *error) MUST_USE;

/* Sets it for the calling thread. proc_fd is from procfs_open(), opened before the container's root was entered. It
 * comes after no_new_privs at the earliest where a profile needs that, and before the last seccomp filter. */
int exec_label_apply(const struct config *config, int proc_fd, struct error *error) MUST_USE;

#endif
