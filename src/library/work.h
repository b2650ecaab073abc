/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hf_build() and hf_attach() do, on a thread of its own: with unshare(CLONE_FS) its root, working directory and umask
 * are its own, and a mount namespace is a thread's anyway (setns(2)), so the process never changes and nothing has to be
 * forked.
 */
#ifndef LIBRARY_WORK_H
#define LIBRARY_WORK_H

#include "follower/follower.h"
#include "library/edge.h"
#include "mount/build.h"
#include "mount/namespace.h"

struct work {
    const struct plan *plan;
    const int *namespaces; /* that new file systems belong to; the caller's */
    size_t namespaces_length;
    struct follower follower;
    bool has_console;
    int console_fd; /* the caller's */
    int target_fd;  /* the mount namespace that is added to, the caller's; -1: one is built */
    bool wants_record;
    struct build build;
    struct mount_namespace mount_namespace;
    int proc_fd;        /* the host's: to read the mount table with */
    int descriptors_fd; /* its self/fd */
    char *record;       /* verify/record.h; NULL: not wanted */
};

#define WORK_NONE                                                                                            \
    ((struct work){.follower = FOLLOWER_NONE,                                                                \
                   .console_fd = -1,                                                                         \
                   .target_fd = -1,                                                                          \
                   .build = BUILD_NONE,                                                                      \
                   .mount_namespace = MOUNT_NAMESPACE_NONE,                                                  \
                   .proc_fd = -1,                                                                            \
                   .descriptors_fd = -1})

void work_clear(struct work *work);

#define CLEANUP_WORK CLEANUP(work_clear)

/* Runs the function on the thread, with all signals blocked, and waits for it. The follower hears of a failure. */
int work_run(struct work *work, int (*function)(struct work *work, struct error *error),
             struct error *error) MUST_USE;

/* On the thread: everything that is done among the host's mounts. */
int work_prepare(struct work *work, struct error *error) MUST_USE;

/* On the thread: opens new file systems, in the given namespaces. */
int work_open_filesystems(struct work *work, struct error *error) MUST_USE;

#endif
