/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/place_index.h"
#include "verify/id_map.h"

#include <string.h>

static int compare(const void *one, const void *other, void *argument)
{
    const struct place_index *index = argument;
    size_t left = *(const size_t *)one, right = *(const size_t *)other;
    int order = strcmp(index->table->entries[left].point, index->table->entries[right].point);

    return order
               ? order
               : (index->depths[left] > index->depths[right]) - (index->depths[left] < index->depths[right]);
}

/* How many mounts are below this one; at one path the lower one comes first, whatever the table's order is. The way up
 * is gone twice: to the first mount whose depth is known, and once more to note what is known then. */
static void find_depth(struct place_index *index, const struct id_map *by_id, size_t entry)
{
    size_t up = entry, above = 0, steps = 0;

    for (; steps < index->table->length && !index->depths[up]; steps++) {
        size_t parent = id_map_find(by_id, index->table->entries[up].parent_id);

        if (parent == NO_PLACE || parent == up) {
            steps++;
            break;
        }
        up = parent;
    }
    above = index->depths[up];
    for (up = entry; steps > 0; steps--) {
        index->depths[up] = above + steps;
        up = id_map_find(by_id, index->table->entries[up].parent_id);
    }
}

int place_index_init(struct place_index *index, struct arena *arena, const struct mount_table *table)
{
    struct id_map by_id;

    if (id_map_init(&by_id, arena, table->length) < 0)
        return -ENOMEM;
    index->table = table;
    index->depths = arena_allocate(arena, table->length + 1, sizeof(*index->depths));
    index->sorted = arena_allocate(arena, table->length + 1, sizeof(*index->sorted));
    index->taken = arena_allocate(arena, table->length + 1, sizeof(*index->taken));
    if (!index->depths || !index->sorted || !index->taken)
        return -ENOMEM;
    for (size_t i = 0; i < table->length; i++) {
        index->sorted[i] = i;
        id_map_put(&by_id, table->entries[i].id, i);
    }
    for (size_t i = 0; i < table->length; i++)
        find_depth(index, &by_id, i);
    qsort_r(index->sorted, table->length, sizeof(*index->sorted), compare, index);
    return 0;
}

static const char *point(const struct place_index *index, size_t position)
{
    return index->table->entries[index->sorted[position]].point;
}

size_t place_index_take(struct place_index *index, const char *path)
{
    size_t low = 0, high = index->table->length;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(point(index, middle), path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < index->table->length && strcmp(point(index, low), path) == 0; low++)
        if (!index->taken[low]) {
            index->taken[low] = true;
            return index->sorted[low];
        }
    return NO_PLACE;
}
