/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ownership by scope: a variable that is declared with one of these is released when it goes out of scope,
 * and errno survives it. What is handed on is taken out first, with fd_take() or pointer_take().
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <errno.h>
#include <stdlib.h>

#define CLEANUP(function) __attribute__((cleanup(function)))
#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF(position, first) __attribute__((format(printf, position, first)))

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static inline void cleanup_free(void *pointer)
{
    int saved = errno;

    free(*(void **)pointer);
    errno = saved;
}

#define CLEANUP_FREE CLEANUP(cleanup_free)

/* The value of *pointer, which is left NULL: the one visible way to hand memory on. */
#define pointer_take(pointer)                                                                                \
    ({                                                                                                       \
        __typeof__(pointer) place_ = (pointer);                                                              \
        __typeof__(*place_) value_ = *place_;                                                                \
        *place_ = NULL;                                                                                      \
        value_;                                                                                              \
    })

#endif
