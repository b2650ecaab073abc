/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The longest rising subsequence (patience sorting): for each length that has been found, the sequence of that length
 * that ends with the smallest number; each number goes to the end of the longest one that it can follow.
 */
#include "plan/order.h"

#include <stddef.h>

#define NONE ((size_t)-1)

/* The first sequence, of lengths rising from 1, that ends with a number that is not smaller. */
static size_t find_sequence(const size_t *numbers, const size_t *ends, size_t count, size_t number)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (numbers[ends[middle]] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool *plan_find_order(struct arena *arena, const size_t *numbers, size_t length)
{
    bool *belongs = arena_allocate(arena, length + 1, sizeof(*belongs));
    size_t *ends = arena_allocate(arena, length + 1, sizeof(*ends));
    size_t *previous = arena_allocate(arena, length + 1, sizeof(*previous));
    size_t count = 0;

    if (!belongs || !ends || !previous)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        size_t place;

        if (numbers[i] == NONE)
            continue;
        place = find_sequence(numbers, ends, count, numbers[i]);
        previous[i] = place > 0 ? ends[place - 1] : NONE;
        ends[place] = i;
        count += place == count;
    }
    for (size_t i = count > 0 ? ends[count - 1] : NONE; i != NONE; i = previous[i])
        belongs[i] = true;
    return belongs;
}
