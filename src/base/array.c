/* SPDX-License-Identifier: Apache-2.0 */
#include "base/array.h"

#include <errno.h>
#include <stdlib.h>

int array_make_room(void **array, size_t length, size_t size)
{
    void *grown;

    if ((length & (length - 1)) != 0)
        return 0;
    grown = reallocarray(*array, length ? length * 2 : 1, size);
    if (!grown)
        return -ENOMEM;
    *array = grown;
    return 0;
}
