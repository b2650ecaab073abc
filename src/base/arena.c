/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The first block; each one that follows is twice as large, up to the limit. */
#define BLOCK_SIZE ((size_t)2048)
#define BLOCK_LIMIT ((size_t)65536)

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

static size_t next_size(const struct arena_block *last)
{
    if (!last)
        return BLOCK_SIZE;
    return last->size >= BLOCK_LIMIT / 2 ? BLOCK_LIMIT : last->size * 2;
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
    struct arena_block *block = malloc(sizeof(*block) + size);

    if (!block)
        return NULL;
    block->used = 0;
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

/* Memory with any content. */
static void *take(struct arena *arena, size_t bytes)
{
    struct arena_block *block = arena->blocks;
    void *place;

    if (bytes > SIZE_MAX / 2)
        return NULL;
    bytes = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (!block || block->size - block->used < bytes)
        block = add_block(arena, bytes > next_size(block) ? bytes : next_size(block));
    if (!block)
        return NULL;
    place = block->data + block->used;
    block->used += bytes;
    return place;
}

void *arena_allocate(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    void *place = __builtin_mul_overflow(count, size, &bytes) ? NULL : take(arena, bytes);

    /* Here and not by the block: pages that are not needed are not to be touched. */
    return place ? memset(place, 0, bytes) : NULL;
}

char *arena_copy_range(struct arena *arena, const char *text, size_t length)
{
    char *copy = take(arena, length + 1);

    if (!copy)
        return NULL;
    copy[length] = '\0';
    return memcpy(copy, text, length);
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
    text = take(arena, (size_t)length + 1);
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
