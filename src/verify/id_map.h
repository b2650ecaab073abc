/* SPDX-License-Identifier: Apache-2.0 */
/* From a mount's number to a place in an array: ten thousand mounts must not be searched ten thousand times. */
#ifndef VERIFY_ID_MAP_H
#define VERIFY_ID_MAP_H

#include "base/arena.h"
#include <stdint.h>

#define NO_PLACE ((size_t)-1)

struct id_map {
    struct id_map_slot *slots;
    size_t mask;
};

/* Room for that many numbers, in the arena. Returns 0 or -ENOMEM. */
int id_map_init(struct id_map *map, struct arena *arena, size_t length) MUST_USE;

/* The later one of two places for the same number counts. */
void id_map_put(struct id_map *map, uint64_t id, size_t place);

/* NO_PLACE: the number isn't there. */
size_t id_map_find(const struct id_map *map, uint64_t id);

#endif
