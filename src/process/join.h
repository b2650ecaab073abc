/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A further program in a container that runs (exec).
 *
 *     holdfast                                          new process
 *     in a helper: setns(each namespace of process 1)
 *     clone3 ─────────────────────────────────────────▶ waits
 *     cgroup, oom score ─────────────────── PLACED ───▶ becomes the container's root
 *                      ◀──────────────── [TERMINAL] ── a pty of the container's devpts
 *                      ◀─────────────────────── READY ── as in launch.h, from here on
 *     join_go ───────────────────────────── START ────▶ execve
 */
#ifndef PROCESS_JOIN_H
#define PROCESS_JOIN_H

#include "cgroup/entrance.h"
#include "config/config.h"
#include "process/child.h"
#include "process/seccomp.h"
#include <signal.h>
#include <sys/resource.h>

struct join_options {
    const char *id;           /* the container's */
    pid_t pid;                /* of its first process */
    int pidfd;                /* the same, verified */
    struct cgroup *cgroup;    /* NULL: the caller's */
    const char *cgroup_below; /* the name of a cgroup below it; NULL: the container's own */
    bool no_pivot_root;       /* the container's root is not that of its mount namespace */
    bool no_new_keyring;
    unsigned preserved_fds, listen_fds; /* as in struct program */
    struct child_owner owner;
};

struct join {
    const struct config *config;
    const struct join_options *options;
    struct child child;
    struct cgroup_entrance
        entrance;       /* of the container's own cgroup, where nothing comes before entering it */
    int console_master; /* of its terminal; -1: it has none */
    int root_fd;        /* the container's root, where it has to be entered by itself */
    int flags;          /* CLONE_NEW…: the namespaces that are not the caller's */
    struct seccomp_program filter;
    bool signals_blocked;
    sigset_t signal_mask;
    struct rlimit descriptor_limit;
    bool may_set_groups;
};

#define JOIN_NONE                                                                                            \
    ((struct join){                                                                                          \
        .child = CHILD_NONE, .entrance = CGROUP_ENTRANCE_NONE, .console_master = -1, .root_fd = -1})

/* Closes what the join holds, and gives the caller its signals back; the process stays. */
void join_clear(struct join *join);

#define CLEANUP_JOIN CLEANUP(join_clear)

/* Starts a process for config->process in the container, up to its execve. config is the container's, with this process
 * in it. After a failure the process has ended. The caller becomes undumpable (CVE-2016-9962), and all its signals are
 * blocked until join_clear(). */
int join_create(struct join *join, const struct config *config, const struct join_options *options,
                struct error *error) MUST_USE;

/* Lets it execute its program; after a failure the process has ended. */
int join_go(struct join *join, struct error *error) MUST_USE;

/* What the new process does. */
void joined_process_run(struct join *join);

#endif
