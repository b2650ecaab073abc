/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount namespace that a root is built in, and the way there and back. It begins with the seed: a pinned
 * namespace that holds one empty read-only tmpfs, so that nothing of the host is ever in reach and the number
 * of the host's mounts doesn't matter. Who lacks the privilege to enter the seed begins with a copy of the
 * host's namespace.
 *
 * These functions move the calling thread, which must not share its root and working directory (CLONE_FS)
 * with another one.
 */
#ifndef MOUNT_NAMESPACE_H
#define MOUNT_NAMESPACE_H

#include "base/error.h"
#include <stdbool.h>

struct mount_namespace {
    int outside_fd;   /* the namespace that the thread came from */
    int outside_root; /* its root there, which may be a chroot's */
    int outside_cwd;  /* and its working directory */
    int inside_fd;    /* the namespace to build in */
    bool is_copy;
};

#define MOUNT_NAMESPACE_NONE ((struct mount_namespace){-1, -1, -1, -1, false})

/* Enters a new mount namespace that is a private copy of the present one; seed_begin() begins from the seed. */
int mount_namespace_begin_copy(struct mount_namespace *ret_namespace, struct error *error) MUST_USE;

/* Goes back to where the thread came from, working directory included; once more into the built one. */
int mount_namespace_leave(const struct mount_namespace *mount_namespace, struct error *error) MUST_USE;
int mount_namespace_return(const struct mount_namespace *mount_namespace, struct error *error) MUST_USE;

/* Closes the descriptors; the thread stays where it is. */
void mount_namespace_clear(struct mount_namespace *mount_namespace);

#define CLEANUP_MOUNT_NAMESPACE CLEANUP(mount_namespace_clear)

/* The two ends of beginning one: opens what leads back; hands the namespace on if status is 0, or else goes back,
 * clears it and returns status. */
int mount_namespace_open_outside(struct mount_namespace *outside, struct error *error) MUST_USE;
int mount_namespace_finish(struct mount_namespace *begun, int status,
                           struct mount_namespace *ret_namespace) MUST_USE;

/* Whether the calling thread has the privileges to build: CAP_SYS_ADMIN and CAP_SYS_CHROOT. */
int mount_namespace_find_privilege(bool *ret_privileged, struct error *error) MUST_USE;

/* Says so in one sentence where the kernel lacks what holdfast needs (5.14), or refuses it. */
int mount_namespace_check_kernel(struct error *error) MUST_USE;

#endif
