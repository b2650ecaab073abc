/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands do with a container (OCI runtime.md, "Lifecycle"): a file an operation. */
#ifndef CONTAINER_CONTAINER_H
#define CONTAINER_CONTAINER_H

#include "base/timing.h"
#include "container/state.h"
#include "follower/follower.h"
#include "plan/plan.h"
#include "verify/verify.h"

/* What all commands are told by the global options. */
struct container_settings {
    const char *root; /* the state root */
    enum cgroup_manager cgroup_manager;
    void (*warn)(const char *message);
    void (*debug)(const char *message); /* NULL: nobody wants to know */
};

/* Tells where the time of a start went; plan and verification are NULL where nothing is mounted. */
typedef void (*timing_report)(const struct timing *timing, const struct plan *plan,
                              const struct verification *verification);

struct create_options {
    const char *id;
    const char *bundle;
    const char *config_name;    /* in the bundle, or a path: "config.json" */
    const char *console_socket; /* who gets the terminal's master by SCM_RIGHTS; NULL: nobody */
    const char *pid_file;       /* NULL: none */
    const char *pidfd_socket;   /* who gets the first process's pidfd by SCM_RIGHTS; NULL: nobody */
    bool no_pivot, no_new_keyring, no_traces;
    /* The program keeps the descriptors from 3 on: first the sockets that systemd handed over (sd_listen_fds(3)), then
     * those of --preserve-fds. */
    unsigned listen_fds, preserved_fds;
    const struct follower *follower; /* NULL: nobody follows the start */
    struct timing *timing;           /* begun; NULL: nothing is measured */
    timing_report report;            /* called when the container is created, or when its program runs */
};

struct start_options {
    const char *id;
    struct timing *timing; /* begun; NULL: nothing is measured */
    timing_report report;  /* called when the program runs */
};

struct run_options {
    struct create_options create;
    bool detach; /* returns when the program runs */
    bool keep;   /* does not delete the container when its program has ended */
};

struct exec_options {
    const char *id;
    const struct config_process *process; /* of the new program */
    const struct config *written;         /* where the process stands, for errors; NULL: not in a file */
    const char *console_socket, *pid_file, *pidfd_socket;
    bool detach, no_new_keyring, ignore_paused;
    unsigned listen_fds, preserved_fds; /* as for create */
    const char *cgroup;                 /* a cgroup below the container's; NULL: the container's own */
    struct timing *timing;              /* begun; NULL: nothing is measured */
    timing_report report;               /* called when the program runs */
};

int container_create(const struct container_settings *settings, const struct create_options *options,
                     struct error *error) MUST_USE;
int container_start(const struct container_settings *settings, const struct start_options *options,
                    struct error *error) MUST_USE;

/* *ret_status: the program's exit status, or 128 and the number of the signal that ended it; 0 when detached. */
int container_run(const struct container_settings *settings, const struct run_options *options,
                  int *ret_status, struct error *error) MUST_USE;
int container_exec(const struct container_settings *settings, const struct exec_options *options,
                   int *ret_status, struct error *error) MUST_USE;

/* all: every process in the cgroup. */
int container_kill(const struct container_settings *settings, const char *id, int signal_number, bool all,
                   struct error *error) MUST_USE;

/* Without force only a container that is stopped; with it, any, and one that isn't there is no error. Runs the poststop
 * hooks, whose failures are warnings. */
int container_delete(const struct container_settings *settings, const char *id, bool force,
                     struct error *error) MUST_USE;

/* Ends and removes an open, locked container, whatever its status is, and runs its poststop hooks: for delete, and for
 * a start that has failed; config is its configuration. On failure the container is still there, to be deleted again. */
int container_destroy(const struct container_settings *settings, struct container *container,
                      const struct config *config, struct error *error) MUST_USE;

/* The same after a failure, which is the error that is told: what goes wrong now is a warning. */
void container_destroy_silently(const struct container_settings *settings, struct container *container,
                                const struct config *config);

/* Runs the hooks; if one fails, the container is destroyed. */
int container_run_poststart_hooks(const struct container_settings *settings, struct container *container,
                                  const struct config *config, struct error *error) MUST_USE;

int container_pause(const struct container_settings *settings, const char *id, struct error *error) MUST_USE;
int container_resume(const struct container_settings *settings, const char *id, struct error *error) MUST_USE;
int container_update(const struct container_settings *settings, const char *id,
                     const struct config_resources *resources, struct error *error) MUST_USE;

/* Changes the schemas of the container's class of Intel RDT: those of the two that are not NULL. */
int container_update_intel_rdt(const struct container_settings *settings, const char *id,
                               const struct config_intel_rdt *intel_rdt, struct error *error) MUST_USE;

#endif
