/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of directories, and the containers of a state root. */
#include "base/fd.h"
#include "container/directory.h"

#include <fcntl.h>
#include <string.h>

void directory_close(DIR **stream)
{
    int saved = errno;

    if (*stream)
        closedir(*stream);
    errno = saved;
}

int directory_list(int directory, DIR **ret_stream, struct error *error)
{
    CLEANUP_FD int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);

    if (!stream)
        return error_call(error, errno, "fdopendir", "cannot list the container's state");
    (void)fd_take(&fd);
    *ret_stream = stream;
    return 0;
}

static int compare(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static bool is_id(const char *name)
{
    CLEANUP_ERROR struct error ignored = {0};

    return state_check_id(name, &ignored) == 0;
}

static int append(struct strings *ids, struct arena *arena, const char *name, struct error *error)
{
    void *values = ids->values;
    const char **place = arena_append(arena, &values, &ids->length, sizeof(*place));

    ids->values = values;
    if (place)
        *place = arena_copy(arena, name);
    return place && *place ? 0 : error_memory(error);
}

static int read_ids(DIR *stream, struct arena *arena, struct strings *ids, struct error *error)
{
    const struct dirent *entry;

    while ((errno = 0, entry = readdir(stream)) != NULL)
        if (is_id(entry->d_name) && append(ids, arena, entry->d_name, error) < 0)
            return -error->code;
    return errno ? error_call(error, errno, "readdir", "cannot list the state root") : 0;
}

static int list_root(int root, struct arena *arena, struct strings *ret_ids, struct error *error)
{
    CLEANUP_DIRECTORY DIR *stream = NULL;
    struct strings ids = {0};
    int result = directory_list(root, &stream, error);

    if (result == 0)
        result = read_ids(stream, arena, &ids, error);
    if (result < 0)
        return result;
    if (ids.length > 0)
        qsort(ids.values, ids.length, sizeof(*ids.values), compare);
    *ret_ids = ids;
    return 0;
}

int container_list(const char *root, struct arena *arena, struct strings *ret_ids, struct error *error)
{
    CLEANUP_FD int directory = -1;
    int result = state_open_root(root, &directory, error);

    if (result == -ENOENT) {
        error_clear(error);
        *ret_ids = (struct strings){0};
        return 0;
    }
    return result < 0 ? result : list_root(directory, arena, ret_ids, error);
}
