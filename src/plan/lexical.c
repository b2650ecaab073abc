/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/lexical.h"

#include <string.h>

static char *drop_last(const char *start, char *end)
{
    while (end > start && *--end != '/')
        ;
    *end = '\0';
    return end;
}

static char *append_components(char *start, char *end, const char *path)
{
    while (*path) {
        size_t length;

        path += strspn(path, "/");
        length = strcspn(path, "/");
        if (length == 2 && memcmp(path, "..", 2) == 0) {
            end = drop_last(start, end);
        } else if (length > 0 && !(length == 1 && *path == '.')) {
            *end++ = '/';
            memcpy(end, path, length);
            end += length;
            *end = '\0';
        }
        path += length;
    }
    return end;
}

char *lexical_absolute(struct arena *arena, const char *base, const char *path)
{
    size_t base_length = *path != '/' && base ? strlen(base) : 0;
    char *clean = arena_allocate(arena, base_length + strlen(path) + 3, 1);
    char *end = clean;

    if (!clean)
        return NULL;
    if (base_length > 0)
        end = append_components(clean, end, base);
    end = append_components(clean, end, path);
    if (end == clean)
        memcpy(clean, "/", 2);
    return clean;
}

const char *lexical_below(const char *path, const char *directory)
{
    size_t length = strlen(directory);

    if (strcmp(directory, "/") == 0)
        return path;
    if (strncmp(path, directory, length) != 0)
        return NULL;
    if (path[length] == '\0')
        return "/";
    return path[length] == '/' ? path + length : NULL;
}
