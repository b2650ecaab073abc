/* SPDX-License-Identifier: Apache-2.0 */
/* From a process of ours inside the container's root to the container's program: of the first process, and of those that
 * come later (exec). */
#ifndef PROCESS_PROGRAM_H
#define PROCESS_PROGRAM_H

#include "config/config.h"
#include "process/seccomp.h"
#include <signal.h>
#include <sys/resource.h>

struct program {
    const struct config *config;
    int socket; /* to the launcher; SOCK_SEQPACKET (message.h) */
    struct seccomp_program filter;
    sigset_t signal_mask;           /* what the program starts with */
    struct rlimit descriptor_limit; /* what it starts with, unless it has one configured */
    bool may_set_groups;
    bool no_new_keyring;
    bool end_with_launcher, own_init; /* as in struct launch_options */
    unsigned preserved_fds;           /* the program keeps the descriptors 3 to 2 + preserved_fds */
    unsigned listen_fds; /* the first of them are sockets that it is told of (sd_listen_fds(3)); 0: none */
    int proc_fd;         /* a procfs of the host, for labels; -1: there are none. Closed on the way */
    int end_fd;          /* of process 1 of ours (init.h); -1: none */
    int start_fd, report_fd; /* as in struct launch_options; -1: the launcher's socket */
    /* As in struct child_owner, for the hook startContainer. NULL: no hooks are run. */
    char *(*describe)(void *owner, bool created, pid_t pid);
    void *owner;
};

/* Closes every descriptor but the standard ones, the preserved ones and the program's own. Nothing of the launcher's
 * may be there when the program starts (CVE-2016-9962, CVE-2024-21626); what isn't needed goes at once, so that a
 * mistake further down has nothing to leak. */
int program_close_inherited(const struct program *program, struct error *error) MUST_USE;

/* Makes the terminal the controlling one, and standard input, output and error. */
int program_take_terminal(const struct config_process *process, int terminal, struct error *error) MUST_USE;

/* What needs nothing of the container's root: keyring, limits, umask, scheduling, labels, the bounding set, signals. */
int program_prepare(const struct program *program, struct error *error) MUST_USE;

/* The rest, after program_prepare(). Says READY on the socket when all is done but the start, waits for the start, and executes. Returns only on
 * failure. */
int program_become(struct program *program, struct error *error);

/* Tells whoever waits why the program doesn't run. */
void program_report(const struct program *program, const struct error *failure);

#endif
