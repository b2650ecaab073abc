/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)16384)

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    alignas(max_align_t) char data[];
};

void arena_clear(struct arena *arena)
{
    struct arena_block *block = arena->blocks;

    while (block) {
        struct arena_block *next = block->next;

        free(block);
        block = next;
    }
    arena->blocks = NULL;
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
    struct arena_block *block = calloc(1, sizeof(*block) + size);

    if (!block)
        return NULL;
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *arena_allocate(struct arena *arena, size_t count, size_t size)
{
    struct arena_block *block = arena->blocks;
    size_t bytes;
    void *place;

    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
        return NULL;
    bytes = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (!block || block->size - block->used < bytes)
        block = add_block(arena, bytes > BLOCK_SIZE ? bytes : BLOCK_SIZE);
    if (!block)
        return NULL;
    place = block->data + block->used;
    block->used += bytes;
    return place;
}

char *arena_copy_range(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_allocate(arena, length + 1, 1);

    return copy ? memcpy(copy, text, length) : NULL;
}

char *arena_copy(struct arena *arena, const char *text)
{
    return arena_copy_range(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return NULL;
    text = arena_allocate(arena, (size_t)length + 1, 1);
    if (!text)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

void *arena_append(struct arena *arena, void **array, size_t *length, size_t size)
{
    /* Full at every power of two: 1, 2, 4, 8, … elements. */
    if ((*length & (*length - 1)) == 0) {
        void *larger = arena_allocate(arena, *length ? *length * 2 : 1, size);

        if (!larger)
            return NULL;
        if (*length > 0)
            memcpy(larger, *array, *length * size);
        *array = larger;
    }
    return (char *)*array + size * (*length)++;
}
