/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locking a tree of the host for a container. The mounts that a container with a user namespace began with are locked
 * for it (mount_namespaces(7), "Restrictions on mount namespaces"): it can't clear a "ro" there. A tree that is
 * attached later is not, even if its privileges over its own mount namespace would let it make the host's files writable.
 */
#ifndef CONTAINER_MOUNT_LOCK_H
#define CONTAINER_MOUNT_LOCK_H

#include "base/error.h"
#include <stdbool.h>

/* Exchanges the detached tree *tree_fd, a directory or not, for a copy whose flags can't be changed from within the
 * user namespace of the process pidfd. */
int mount_lock(int pidfd, bool directory, int *tree_fd, struct error *error) MUST_USE;

#endif
