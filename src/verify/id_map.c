/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/id_map.h"

struct id_map_slot {
    uint64_t id;
    size_t next_place; /* the place plus one; 0: the slot is free */
};

int id_map_init(struct id_map *map, struct arena *arena, size_t length)
{
    size_t size = 16;

    while (size < length * 2)
        size *= 2;
    map->slots = arena_allocate(arena, size, sizeof(*map->slots));
    map->mask = size - 1;
    return map->slots ? 0 : -ENOMEM;
}

/* Fibonacci hashing, then one slot after the other; at most half of them are taken. */
static struct id_map_slot *find_slot(const struct id_map *map, uint64_t id)
{
    size_t slot = (size_t)(id * UINT64_C(11400714819323198485) >> 32) & map->mask;

    while (map->slots[slot].next_place && map->slots[slot].id != id)
        slot = (slot + 1) & map->mask;
    return &map->slots[slot];
}

void id_map_put(struct id_map *map, uint64_t id, size_t place)
{
    *find_slot(map, id) = (struct id_map_slot){id, place + 1};
}

size_t id_map_find(const struct id_map *map, uint64_t id)
{
    const struct id_map_slot *slot = find_slot(map, id);

    return slot->next_place ? slot->next_place - 1 : NO_PLACE;
}
