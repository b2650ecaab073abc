/* SPDX-License-Identifier: Apache-2.0 */
/* What has kept its order. */
#ifndef PLAN_ORDER_H
#define PLAN_ORDER_H

#include "base/arena.h"

#include <stdbool.h>

/* For each of the numbers whether it belongs to a longest rising sequence of them; (size_t)-1 stands for none and is left
 * out. In the arena; NULL when memory is short. */
bool *plan_find_order(struct arena *arena, const size_t *numbers, size_t length) MUST_USE;

#endif
