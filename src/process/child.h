/* SPDX-License-Identifier: Apache-2.0 */
/* A process that is to become the container's program, as who started it sees it (program.h is the other side). */
#ifndef PROCESS_CHILD_H
#define PROCESS_CHILD_H

#include "config/config.h"
#include <sys/types.h>

struct child {
    pid_t pid; /* 0: not yet born */
    int pidfd;
    int socket, far_socket; /* far_socket is the child's end, until it is born */
    int proc_fd;            /* the host's procfs */
};

#define CHILD_NONE ((struct child){.pidfd = -1, .socket = -1, .far_socket = -1, .proc_fd = -1})

/* Opens the socket's two ends and the procfs. */
int child_open(struct child *child, struct error *error) MUST_USE;

/* Closes the descriptors; the process stays. */
void child_clear(struct child *child);

/* What its messages are answered with. */
struct child_owner {
    const struct config *config;
    void (*warn)(const char *message); /* NULL: nobody is warned */
    /* The container's state for hooks and for a seccomp agent, as JSON, which the caller frees; NULL when memory is short.
     * created: else it is still being created. NULL: there are neither. */
    char *(*describe)(void *owner, bool created, pid_t pid);
    void *owner; /* for describe */
};

/* Waits until all is done but the start. What of the capabilities could not be granted is a warning (OCI config.md,
 * "process.capabilities"); a listener goes to the seccomp agent. */
int child_wait_until_ready(const struct child *child, const struct child_owner *owner,
                           struct error *error) MUST_USE;

/* Starts the program and waits until it runs. own_init: another process of ours runs it. */
int child_start(const struct child *child, bool own_init, struct error *error) MUST_USE;

/* A child that failed has said why, if it could: that is a better error than what comes of it, a socket that is broken, a
 * process that isn't there, a hook that ended with the child's pid namespace. */
void child_prefer_its_word(const struct child *child, struct error *error);

/* Kills the process and reaps it. */
void child_end(struct child *child);

#endif
