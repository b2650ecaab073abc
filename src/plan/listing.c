/* SPDX-License-Identifier: Apache-2.0 */
/* All operations of a plan described, and the lines of the configuration that they come from. */
#include "plan/listing.h"

#include "config/position.h"

#include <stdlib.h>
#include <string.h>

/* The lines of one array, which the next operation most likely comes from, too. */
struct line_cache {
    const char *text;
    struct arena *arena;
    const char *array; /* "mounts" */
    size_t *lines;
    size_t length;
};

/* The index that "mounts[3]" ends with, and the array's path; false: it is no element of an array. */
static bool split_element(struct arena *arena, const char *origin, const char **ret_array, size_t *ret_index)
{
    const char *bracket = strrchr(origin, '[');
    char *end;

    if (!bracket || bracket[1] < '0' || bracket[1] > '9')
        return false;
    *ret_index = strtoul(bracket + 1, &end, 10);
    *ret_array = arena_copy_range(arena, origin, (size_t)(bracket - origin));
    return *ret_array && strcmp(end, "]") == 0;
}

static bool fill_cache(struct line_cache *cache, const char *array, size_t length)
{
    if (cache->array && strcmp(cache->array, array) == 0 && cache->length >= length)
        return true;
    cache->lines = arena_allocate(cache->arena, length, sizeof(*cache->lines));
    cache->array = array;
    cache->length = cache->lines ? length : 0;
    if (cache->lines)
        position_element_lines(cache->text, array, cache->lines, length);
    return cache->lines != NULL;
}

/* 0: what it comes from is in no text, such as a default device. */
static size_t find_line(struct line_cache *cache, const char *origin, size_t maximum)
{
    const char *array;
    size_t index;

    if (!cache->text)
        return 0;
    if (split_element(cache->arena, origin, &array, &index) && index < maximum)
        return fill_cache(cache, array, maximum) ? cache->lines[index] : 0;
    return position_value(cache->text, origin) ? position_line(cache->text, origin) : 0;
}

/* More elements of one array than these no origin can name. */
static size_t most_elements(const struct config *config)
{
    const size_t lengths[] = {config->mounts_length, config->devices_length, config->masked_paths.length,
                              config->readonly_paths.length};
    size_t most = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++)
        most = lengths[i] > most ? lengths[i] : most;
    return most;
}

int plan_list(struct plan_listing *listing, const struct plan *plan, struct error *error)
{
    struct plan_listing made = {.length = plan->length};
    struct line_cache cache = {.text = plan->config->text, .arena = &made.arena};
    size_t most = most_elements(plan->config);
    int status = 0;

    made.operations = arena_allocate(&made.arena, plan->length + 1, sizeof(*made.operations));
    if (!made.operations)
        status = error_memory(error);
    for (size_t i = 0; i < plan->length && status == 0; i++) {
        status = plan_describe(plan, i, &made.arena, &made.operations[i], error);
        if (status == 0)
            made.operations[i].line = find_line(&cache, plan->operations[i].origin, most);
    }
    if (status == 0)
        *listing = made;
    else
        plan_listing_clear(&made);
    return status;
}

void plan_listing_clear(struct plan_listing *listing)
{
    arena_clear(&listing->arena);
    *listing = (struct plan_listing){0};
}
