/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of malloc's memory that grow by doubling, without a capacity: they are full at 0, 1, 2, 4, 8, … elements. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include "base/cleanup.h"
#include <stddef.h>

/* Room for one more element of size bytes at the end of *array, which has length of them and may move. Returns 0 or -ENOMEM. */
int array_make_room(void **array, size_t length, size_t size) MUST_USE;

#endif
