/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make a world share. */
#ifndef EXPLAIN_WORLD_BUILD_H
#define EXPLAIN_WORLD_BUILD_H

#include "explain/world.h"

/* A new mount on top of those that are there; mount->fd is taken over. */
int world_add_mount(struct world *world, struct world_mount mount, struct error *error) MUST_USE;

/* Fills in what the descriptor tells: mount_id, and the name on the host as source. */
int world_mount_identify(struct world *world, struct world_mount *mount, struct error *error) MUST_USE;

/* The operation's target as a canonical path. With make what is missing on the way is made, and the end as
 * well: a node of that mode (type and permissions). */
int world_find_target(struct world *world, size_t index, bool make, mode_t mode, struct place *ret_place,
                      struct error *error) MUST_USE;

/* A mount of the operation, with what it shows, once its target is known to be at point. */
int world_mount_operation(struct world *world, size_t index, struct error *error) MUST_USE;

#endif
