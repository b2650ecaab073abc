/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts a container: the launcher among the host's mounts, the container's first process in its own namespaces.
 *
 *     launcher                                          first process
 *     seed_begin: into the seed
 *     clone3(user, pid) ──────────────────────────────▶ unshare(ipc, uts); without a user namespace proc and mqueue:
 *                      ◀─────────────────── CONTEXTS ── build_prepare_filesystems
 *     uid_map, gid_map, cgroup ──────────── PLACED ─┐   unshare(net)
 *     build_prepare_host: sources as detached trees └─▶ becomes the container's root, takes its cgroup namespace
 *     build_attach: with the host's credentials;
 *       waits for the contexts where it needs them ◀─── CONTEXTS: the others; all its namespaces are there
 *                                                       hostname, limits, bounding set
 *     send_root ─────────────────────────── BUILT ────▶ takes its own copy of the mounts, if it has a user
 *     verify, while the first process goes on           namespace: so all of them are locked for it
 *     mount_namespace_leave                             terminal, ids, capabilities, seccomp
 *                      ◀─────────────────────── READY ── everything is done: the container is created
 *     launch_go or `holdfast start` ───────── start ──▶ startContainer hooks
 *                      ◀─────── end of file, or an error ── execve
 *     supervise
 */
#ifndef PROCESS_LAUNCH_H
#define PROCESS_LAUNCH_H

#include "cgroup/entrance.h"
#include "config/config.h"
#include "follower/follower.h"
#include "mount/build.h"
#include "mount/namespace.h"
#include "process/child.h"
#include "process/namespaces.h"
#include "process/seccomp.h"
#include "process/user_namespace.h"
#include "verify/verify.h"
#include <signal.h>
#include <sys/resource.h>

struct launch_options {
    bool no_new_keyring;
    bool end_with_launcher; /* the program is killed when holdfast ends */
    bool own_init; /* the program is not process 1: a process of ours passes signals on to it, and reaps */
    unsigned preserved_fds, listen_fds; /* as in struct program */
    struct cgroup *cgroup;              /* made already; NULL: the caller's */
    /* Where a container waits that is only created: a byte is read from start_fd, and what goes wrong from there on is
     * written to report_fd, as a message's letter and content. -1: it waits for launch_go(). */
    int start_fd, report_fd;
    /* Called when the first process is there and waits. NULL: nothing. */
    int (*born)(void *owner, pid_t pid, struct error *error);
    char *(*describe)(void *owner, bool created,
                      pid_t pid); /* as in struct child_owner; called in the first process as well */
    void *owner;                  /* for these two */
    void (*warn)(const char *message);
    const struct follower *follower; /* is told of the phases, and may stop the start; NULL: nobody */
    struct timing *timing;           /* begun; NULL: nothing is measured */
    /* Called when the program runs, or, where it is started later, when the container is created. NULL: nothing. */
    void (*report)(const struct timing *timing, const struct plan *plan,
                   const struct verification *verification);
};

#define LAUNCH_OPTIONS_NONE ((struct launch_options){.start_fd = -1, .report_fd = -1})

/* A start on its way. Only launch.c, assemble.c, launch_hooks.c and first_process.c look into it,
 * but for child and build. */
struct launch {
    const struct config *config;
    const struct launch_options *options;
    struct plan plan;
    struct build build;               /* its console_master is the terminal's host side */
    struct verification verification; /* of what was built */
    struct mount_namespace mount_namespace;
    struct namespaces namespaces;
    struct user_namespace user_namespace; /* the container's, if the launcher is not in it */
    bool from_seed;                       /* not from a copy of the host's mounts */
    bool is_privileged;                   /* the launcher may build before it enters a user namespace */
    bool is_rootless;                     /* an ordinary user launches, or root of a user namespace */
    bool inside;                          /* the launcher is in the container's mount namespace */
    /* The launcher is in a user namespace with the configuration's mappings, which it made itself. */
    bool nested;
    /* Who the first process is while it sets up: the container's root, or the user in a namespace without one. */
    uid_t first_uid;
    gid_t first_gid;
    bool may_set_groups;
    bool own_user_namespace; /* the first process gets one that the launcher is not in */
    struct child child;      /* the first process */
    int end_fd; /* by which a process 1 of ours tells how the program ended; -1: nobody wants to know */
    bool tied;  /* the end of the follower's control descriptor is the program's */
    bool has_early, has_all; /* which contexts of it have come */
    struct cgroup_entrance entrance;
    struct seccomp_program filter;
    bool signals_blocked;
    sigset_t signal_mask;                    /* before they were */
    int signal_fd;                           /* for supervise(), from launch_go() on */
    struct network_devices *network_devices; /* that have moved; NULL: none */
    struct rlimit descriptor_limit;          /* what holdfast was started with */
};

#define LAUNCH_NONE                                                                                          \
    ((struct launch){                                                                                        \
        .build = BUILD_NONE,                                                                                 \
        .mount_namespace = MOUNT_NAMESPACE_NONE,                                                             \
        .user_namespace = USER_NAMESPACE_NONE,                                                               \
        .entrance = CGROUP_ENTRANCE_NONE,                                                                    \
        .child = CHILD_NONE,                                                                                 \
        .end_fd = -1,                                                                                        \
        .signal_fd = -1,                                                                                     \
    })

/* Closes what the launch holds; the container stays. Signals stay blocked. */
void launch_release(struct launch *launch);

/* Does that, and gives the caller its signals back. */
void launch_clear(struct launch *launch);

#define CLEANUP_LAUNCH CLEANUP(launch_clear)

/* Builds the container, up to where only its program is left to be executed. launch is LAUNCH_NONE before, and
 * the caller clears it in any case. A failure leaves nothing behind. From the call on all signals are blocked. config
 * and options must outlive the launch. */
int launch_create(struct launch *launch, const struct config *config, const struct launch_options *options,
                  struct error *error) MUST_USE;

/* Starts the program of a container that waits for this, and returns when it runs. After a failure the first process
 * has ended, and nothing is left behind. */
int launch_go(struct launch *launch, struct error *error) MUST_USE;

/* Calls options->report, for who doesn't call launch_go(). */
void launch_report(const struct launch *launch);

/* Ends the first process and undoes what launch_create() did. */
void launch_undo(struct launch *launch);

/* Stays with the running program until it ends, as supervise() does. On failure it is ended. */
int launch_supervise(struct launch *launch, int *ret_status, struct error *error) MUST_USE;

/* Runs the container in the foreground until its program ends; *ret_status is the program's exit status, or
 * 128 and the number of the signal that ended it. A start that fails leaves nothing behind. */
int launch_run(const struct config *config, const struct launch_options *options, int *ret_status,
               struct error *error) MUST_USE;

/* The steps of launch_create(): starts the first process, from inside the container's mount namespace. */
int launch_start_first_process(struct launch *launch, struct error *error) MUST_USE;

/* Maps its ids, takes its file systems, attaches everything, and goes back to the host's mounts. */
int launch_assemble(struct launch *launch, struct error *error) MUST_USE;

/* The namespaces that the contexts which come first show; the others come when all namespaces are there. 0: all do. */
unsigned launch_early_namespaces(const struct launch *launch);

/* build.receive of a launch, its argument. */
int launch_receive_context(void *argument, size_t index, struct error *error) MUST_USE;

/* Waits for all contexts, and so for the first process's namespaces. */
int launch_receive_contexts(struct launch *launch, struct error *error) MUST_USE;

/* Runs the hooks that are promised the host's tree: prestart, createRuntime, createContainer. The argument is the launch;
 * the launcher is inside the container's mount namespace. */
int launch_run_hooks(void *argument, struct error *error) MUST_USE;

#endif
