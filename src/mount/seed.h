/* SPDX-License-Identifier: Apache-2.0 */
/* The seed: a mount namespace with nothing but an empty read-only tmpfs, made once and pinned. */
#ifndef MOUNT_SEED_H
#define MOUNT_SEED_H

#include "base/error.h"

/* A descriptor for the seed, pinned at /run/holdfast/seed; made when it is not there, and not pinned where
 * /run can't be written. The caller is privileged, and its thread shares no working directory. */
int seed_open(int *ret_fd, struct error *error) MUST_USE;

/* Checks the namespace that the thread is in: is its root empty, read-only and a tmpfs? Who can put a
 * namespace in the seed's place is root on this machine, but a mistake must not show a container the host. */
int seed_check_inside(struct error *error) MUST_USE;

#endif
