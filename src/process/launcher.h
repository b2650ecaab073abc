/* SPDX-License-Identifier: Apache-2.0 */
/* What a launcher holds, and its steps (launch.c, assemble.c). */
#ifndef PROCESS_LAUNCHER_H
#define PROCESS_LAUNCHER_H

#include "mount/namespace.h"
#include "process/launch.h"
#include "process/namespaces.h"
#include "process/user_namespace.h"

#include <seccomp.h>
#include <sys/resource.h>

struct launch {
    const struct config *config;
    const struct launch_options *options;
    struct build *build;
    struct mount_namespace mount_namespace;
    struct namespaces namespaces;
    struct user_namespace user_namespace; /* the container's, if the launcher is not in it */
    /* The launcher is in the container's mount namespace. */
    bool inside;
    /* The launcher is in a user namespace with the configuration's mappings, which it made itself. */
    bool nested;
    /* Who the first process is while it sets up: the container's root, or the user in a namespace without one. */
    uid_t first_uid;
    gid_t first_gid;
    bool may_set_groups;
    bool own_user_namespace; /* the first process gets one that the launcher is not in */
    int proc_fd;
    int socket, far_socket;
    int pidfd;
    pid_t pid;
    scmp_filter_ctx filter;
    sigset_t signal_mask;
    struct rlimit descriptor_limit; /* what holdfast was started with */
};

/* Starts the first process, from inside the container's mount namespace. */
int launch_start_first_process(struct launch *launch, struct error *error) MUST_USE;

/* Maps its ids, takes its file systems, attaches everything, and goes back to the host's mounts. */
int launch_assemble(struct launch *launch, struct error *error) MUST_USE;

#endif
