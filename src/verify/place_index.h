/* SPDX-License-Identifier: Apache-2.0 */
/* From a path to the mounts of a table that are there, the lowest one first. */
#ifndef VERIFY_PLACE_INDEX_H
#define VERIFY_PLACE_INDEX_H

#include "kernel/mountinfo.h"

struct place_index {
    const struct mount_table *table;
    size_t *sorted; /* places in the table */
    size_t *depths; /* how many mounts lie under each */
    bool *taken;
};

/* The memory is the arena's. Returns 0 or -ENOMEM. */
int place_index_init(struct place_index *index, struct arena *arena,
                     const struct mount_table *table) MUST_USE;

/* The next mount at the path that was not taken yet; NO_PLACE: there is none. */
size_t place_index_take(struct place_index *index, const char *path) MUST_USE;

#endif
