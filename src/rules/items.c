/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/items.h"

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
