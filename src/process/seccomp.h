/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system call filter (seccomp(2), OCI config-linux.md "Seccomp"), with the meaning that runc 1.1 gives to
 * a profile: the native architecture always counts, and so do the ones listed; a system call that libseccomp
 * doesn't know is skipped, and so is a rule whose action is the default one.
 */
#ifndef PROCESS_SECCOMP_H
#define PROCESS_SECCOMP_H

#include "config/config.h"
#include <seccomp.h>

/* Makes the filter of a configuration whose given is true. The caller releases it with seccomp_release(3).
 * What the profile asks for and this libseccomp or holdfast can't do is an error: ENOTSUP. */
int seccomp_build(const struct config_seccomp *seccomp, scmp_filter_ctx *ret_filter,
                  struct error *error) MUST_USE;

/* Installs the filter for this process. Without no_new_privs it needs CAP_SYS_ADMIN, so it has to come before
 * capabilities_apply(); with no_new_privs it comes last, and need not allow what comes before. */
int seccomp_install(scmp_filter_ctx filter, struct error *error) MUST_USE;

/* CLEANUP_FILTER releases a filter with its variable. */
void seccomp_cleanup(scmp_filter_ctx *filter);

#define CLEANUP_FILTER CLEANUP(seccomp_cleanup)

#endif
