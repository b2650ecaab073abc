/* SPDX-License-Identifier: Apache-2.0 */
/* The seed: a mount namespace with nothing but an empty read-only tmpfs, made once and pinned. */
#ifndef MOUNT_SEED_H
#define MOUNT_SEED_H

#include "mount/namespace.h"

/* Whether a container may begin in the seed: in a user namespace it may not, for there a new proc takes one that can be
 * seen already (mount_too_revealing() of the kernel), and the seed has none. */
bool seed_is_usable(void);

/* Enters a new mount namespace that is a copy of the seed, pinned at /run/holdfast/seed; the seed is made when it is
 * not there, and serves this once where /run can't be written. Before it is used its root is checked to be empty,
 * read-only and a tmpfs: who can put a namespace in its place is root on this machine, but a mistake must not show a
 * container the host. The caller is privileged, and its thread shares no working directory. */
int seed_begin(struct mount_namespace *ret_namespace, struct error *error) MUST_USE;

#endif
