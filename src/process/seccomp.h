/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system call filter (seccomp(2), OCI config-linux.md "Seccomp"), with the meaning that runc 1.1 gives to
 * a profile: the native architecture always counts, and so do the ones listed; a system call that libseccomp
 * doesn't know is skipped, and so is a rule whose action is the default one; one that is newer than all that the
 * profile names doesn't exist (seccomp_enosys.h).
 */
#ifndef PROCESS_SECCOMP_H
#define PROCESS_SECCOMP_H

#include "config/config.h"
#include <linux/filter.h>

/* A filter as the kernel takes it. */
struct seccomp_program {
    struct sock_filter *filter; /* NULL: none */
    size_t length;              /* instructions */
    unsigned long flags;        /* SECCOMP_FILTER_FLAG_… */
};

/* Makes the program of a configuration whose given is true, on the host's side. The caller clears it. What the profile
 * asks for and this kernel, libseccomp or holdfast can't do is an error: ENOTSUP. */
int seccomp_build(const struct config_seccomp *seccomp, struct seccomp_program *ret_program,
                  struct error *error) MUST_USE;

void seccomp_clear(struct seccomp_program *program);

#define CLEANUP_SECCOMP CLEANUP(seccomp_clear)

/* Installs the program for this process, in one system call. Without no_new_privs it needs CAP_SYS_ADMIN, so it has to
 * come before capabilities_apply(); with no_new_privs it comes last, and need not allow what comes before.
 * *ret_listener is a descriptor for the notifications (seccomp_unotify(2)), -1 where no rule has SCMP_ACT_NOTIFY. It
 * has to reach the launcher by sendmsg(2), which a profile may therefore not have notified. EBUSY: a filter that is in
 * effect already, of another container around this one, has a listener. */
int seccomp_install(const struct seccomp_program *program, int *ret_listener, struct error *error) MUST_USE;

/* Hands the listener, which stays the caller's, on to who answers: connects to linux.seccomp.listenerPath, a UNIX
 * stream socket of the host's, and sends the container process state (OCI config-linux.md "The Container Process
 * State") with it. pid is the process with the filter, as the host counts; state_json the container's state (OCI
 * runtime.md "State"). */
int seccomp_send_listener(const struct config *config, int listener, pid_t pid, const char *state_json,
                          struct error *error) MUST_USE;

#endif
