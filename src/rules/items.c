/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/items.h"

#include <string.h>

struct item *items_add(struct items *items, enum config_part_kind kind, const char *path, const char *origin)
{
    struct item *item =
        arena_append(items->arena, (void **)&items->values, &items->length, sizeof(*items->values));

    if (!item)
        return NULL;
    item->part = (struct config_part){.kind = kind, .path = path, .origin = origin};
    item->turn = items->length;
    return item;
}

static int compare(const void *one, const void *other)
{
    const struct item *left = one, *right = other;
    int order = path_order(left->before ? left->before : left->part.path,
                           right->before ? right->before : right->part.path);

    return order ? order : (left->turn > right->turn) - (left->turn < right->turn);
}

void items_sort(struct items *items)
{
    if (items->length > 1)
        qsort(items->values, items->length, sizeof(*items->values), compare);
}

static bool is_dropped(const struct items *items, size_t index)
{
    const struct item *item = &items->values[index];

    if (item->is_vacant)
        return true;
    return item->part.kind == PART_PIN && index > 0 &&
           strcmp(items->values[index - 1].part.path, item->part.path) == 0 &&
           !items->values[index - 1].makes_itself;
}

void items_drop(struct items *items)
{
    size_t kept = 0;

    for (size_t i = 0; i < items->length; i++)
        items->values[i].is_dropped = is_dropped(items, i);
    for (size_t i = 0; i < items->length; i++)
        if (!items->values[i].is_dropped)
            items->values[kept++] = items->values[i];
    items->length = kept;
}

int items_emit(const struct items *items, struct config *config, struct error *error)
{
    config->parts = arena_allocate(&config->arena, items->length, sizeof(*config->parts));
    if (!config->parts)
        return error_memory(error);
    for (size_t i = 0; i < items->length; i++)
        config->parts[i] = items->values[i].part;
    config->parts_length = items->length;
    config->parts_have_mounts = true;
    return 0;
}
