/* SPDX-License-Identifier: Apache-2.0 */
/* A container that runs: its mounts as the kernel has them, and which of the plan's operations each one is.
 * */
#ifndef EXPLAIN_LIVE_H
#define EXPLAIN_LIVE_H

#include "explain/explain.h"
#include "kernel/mountinfo.h"

struct live {
    struct mount_table table; /* of the container, with its points as seen from its root */
    const char **targets;     /* of each operation, canonical; NULL: it is not there */
};

/* Finds each operation's target in the running container. world is what world_from_root() made; the table
 * and the memory are the world's. */
int live_open(struct live *live, struct world *world, const struct mount_table *table,
              struct error *error) MUST_USE;

#endif
