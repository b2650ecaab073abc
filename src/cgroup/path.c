/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/path.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SLICE_SUFFIX ".slice"

/* Adds the components of path to the text, which has room for them and does not shrink below floor. */
static void add_components(char *text, size_t floor, const char *path)
{
    for (size_t size; *path; path += size) {
        path += strspn(path, "/");
        size = strcspn(path, "/");
        if (size == 0 || (size == 1 && path[0] == '.'))
            continue;
        if (size == 2 && path[0] == '.' && path[1] == '.') {
            if (strlen(text) > floor)
                *strrchr(text, '/') = '\0';
            continue;
        }
        strcat(text, "/");
        strncat(text, path, size);
    }
}

const char *cgroup_path_join(struct arena *arena, const char *base, const char *path)
{
    char *text = arena_allocate(arena, strlen(base) + strlen(path) + 3, 1);

    if (!text)
        return NULL;
    add_components(text, 0, base);
    add_components(text, strlen(text), path);
    return *text ? text : strcpy(text, "/");
}

const char *cgroup_path_parent(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    return !slash || slash == path ? "/" : arena_copy_range(arena, path, (size_t)(slash - path));
}

static bool has_suffix(const char *text, const char *suffix)
{
    size_t length = strlen(text), suffix_length = strlen(suffix);

    return length > suffix_length && strcmp(text + length - suffix_length, suffix) == 0;
}

static int refuse_unit(const char *text, struct error *error)
{
    error_set(error, EINVAL, "\"%s\" is not of the form \"slice:prefix:name\"", text);
    error_hint(error, "with systemd write, for example, \"system.slice:holdfast:web\"");
    return -EINVAL;
}

int cgroup_unit_parse(struct arena *arena, const char *text, struct cgroup_unit *ret_unit,
                      struct error *error)
{
    const char *prefix = strchr(text, ':');
    const char *name = prefix ? strchr(prefix + 1, ':') : NULL;
    struct cgroup_unit unit;
    int prefix_length;

    if (!name || !name[1] || strpbrk(name + 1, ":/") || memchr(prefix, '/', (size_t)(name - prefix)))
        return refuse_unit(text, error);
    prefix_length = (int)(name - prefix - 1);
    unit.slice = arena_copy_range(arena, text, (size_t)(prefix - text));
    if (has_suffix(name + 1, SLICE_SUFFIX))
        unit.name = arena_copy(arena, name + 1);
    else
        unit.name = arena_printf(arena, "%.*s%s%s.scope", prefix_length, prefix + 1,
                                 prefix_length > 0 ? "-" : "", name + 1);
    if (!unit.slice || !unit.name)
        return error_memory(error);
    *ret_unit = unit;
    return 0;
}

static bool is_slice(const char *slice)
{
    return has_suffix(slice, SLICE_SUFFIX) && !strchr(slice, '/') && *slice != '-' && !strstr(slice, "--") &&
           !strstr(slice, "-" SLICE_SUFFIX);
}

int cgroup_slice_path(struct arena *arena, const char *slice, const char **ret_path, struct error *error)
{
    const char *path = "";
    size_t end = 0;

    if (strcmp(slice, "-" SLICE_SUFFIX) == 0) {
        *ret_path = "/";
        return 0;
    }
    if (!is_slice(slice)) {
        error_set(error, EINVAL, "\"%s\" is not the name of a slice", slice);
        error_hint(error, "write, for example, \"machine.slice\", or \"a-b.slice\" for one in a.slice");
        return -EINVAL;
    }
    while (path && slice[end]) {
        end += strcspn(slice + end, "-");
        path = slice[end] ? arena_printf(arena, "%s/%.*s" SLICE_SUFFIX, path, (int)end, slice)
                          : arena_printf(arena, "%s/%s", path, slice);
        end += slice[end] == '-';
    }
    if (!path)
        return error_memory(error);
    *ret_path = path;
    return 0;
}

const char *cgroup_system_base(struct arena *arena, const char *path_of_init)
{
    static const char scope[] = "/init.scope";
    size_t length = strlen(path_of_init);

    if (length >= strlen(scope) && strcmp(path_of_init + length - strlen(scope), scope) == 0)
        length -= strlen(scope);
    return length == 0 ? "/" : arena_copy_range(arena, path_of_init, length);
}

const char *cgroup_user_base(struct arena *arena, const char *own_path)
{
    static const char before[] = "/user.slice/user-";
    const char *start = strstr(own_path, before);
    const char *number = start ? start + strlen(before) : "";
    int digits = (int)strspn(number, "0123456789");

    if (digits == 0 || strncmp(number + digits, SLICE_SUFFIX "/", strlen(SLICE_SUFFIX "/")) != 0)
        return NULL;
    return arena_printf(arena, "%.*s" SLICE_SUFFIX "/user@%.*s.service", (int)(number - own_path) + digits,
                        own_path, digits, number);
}
