/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls that are newer than a profile. A profile that lists what is allowed says nothing of a call that was
 * added to the kernel after it was written; its default, often EPERM, makes a C library think that the call was
 * forbidden for this time, where with ENOSYS it would have taken the older one (clone3 and faccessat2 broke containers
 * that way). So runc puts instructions in front of the filter: a call above the largest number that the profile names,
 * for this architecture, is ENOSYS (runc, libcontainer/seccomp/patchbpf/enosys_linux.go). Profiles count on it.
 */
#ifndef PROCESS_SECCOMP_ENOSYS_H
#define PROCESS_SECCOMP_ENOSYS_H

#include "config/config.h"
#include <linux/filter.h>

/* The instructions, which the caller frees; they end by going on to the filter behind them. NULL and 0 where none is
 * needed: the default action lets calls pass, or is ENOSYS itself. Returns 0 or -errno. */
int seccomp_make_enosys(const struct config_seccomp *seccomp, struct sock_filter **ret_filter,
                        size_t *ret_length) MUST_USE;

#endif
