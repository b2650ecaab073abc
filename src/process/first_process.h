/* SPDX-License-Identifier: Apache-2.0 */
/* The container's first process, from its birth to its program. */
#ifndef PROCESS_FIRST_PROCESS_H
#define PROCESS_FIRST_PROCESS_H

#include "process/launch.h"
#include <seccomp.h>
#include <sys/resource.h>

/* What it is called until it is the program (prctl(2), PR_SET_NAME). */
#define FIRST_PROCESS_NAME "holdfast-first"

struct first_process {
    const struct config *config;
    const struct launch_options *options;
    struct build *build;
    int socket;                     /* to the launcher */
    scmp_filter_ctx filter;         /* NULL: none */
    sigset_t signal_mask;           /* what the program starts with */
    struct rlimit descriptor_limit; /* what it starts with, unless it has one configured */
    bool own_user_namespace;        /* it was born in one that the launcher is not in */
    uid_t first_uid;                /* who it is there until it becomes the program's user */
    gid_t first_gid;
    bool may_set_groups;
};

/* Does all of it; returns only on failure, which the launcher has been told by then. */
void first_process_run(struct first_process *first);

#endif
