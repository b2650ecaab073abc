/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is released as a whole: a configuration or a plan and all that hangs on it. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/cleanup.h"
#include <stddef.h>

struct arena {
    struct arena_block *blocks;
};

/* Releases all memory of the arena. */
void arena_clear(struct arena *arena);

/* Zeroed memory for count elements of size bytes each, aligned for any type; NULL when memory is short. */
void *arena_allocate(struct arena *arena, size_t count, size_t size) MUST_USE;

/* Copies; NULL when memory is short. */
char *arena_copy(struct arena *arena, const char *text) MUST_USE;
char *arena_copy_range(struct arena *arena, const char *text, size_t length) MUST_USE;
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF(2, 3) MUST_USE;

/* Room for one more element at the end of an array that grows by doubling: the new element, zeroed, with
 * *length one more, or NULL when memory is short. The array's old place stays allocated with the arena. */
void *arena_append(struct arena *arena, void **array, size_t *length, size_t size) MUST_USE;

#endif
