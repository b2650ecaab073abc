/* SPDX-License-Identifier: Apache-2.0 */
/* Removing a container's directory. */
#include "base/fd.h"
#include "container/directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static bool is_self_or_parent(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int remove_files(int directory, struct error *error)
{
    CLEANUP_DIRECTORY DIR *stream = NULL;
    const struct dirent *entry;
    int result = directory_list(directory, &stream, error);

    if (result < 0)
        return result;
    while ((errno = 0, entry = readdir(stream)) != NULL)
        if (!is_self_or_parent(entry->d_name) && unlinkat(directory, entry->d_name, 0) < 0)
            return error_call(error, errno, "unlinkat", "cannot remove %s of the container's state",
                              entry->d_name);
    return errno ? error_call(error, errno, "readdir", "cannot list the container's state directory") : 0;
}

int state_remove_directory(int root, const char *name, struct error *error)
{
    CLEANUP_FD int directory = openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int result;

    if (directory < 0 && errno == ENOENT)
        return 0;
    if (directory < 0)
        return error_call(error, errno, "openat", "cannot open %s in the state root", name);
    result = remove_files(directory, error);
    if (result == 0 && unlinkat(root, name, AT_REMOVEDIR) < 0)
        result = error_call(error, errno, "unlinkat", "cannot remove %s in the state root", name);
    return result;
}

static int rename_and_remove(const struct container *container, struct error *error)
{
    const char *id = container->state.id;
    int result = state_remove_directory(container->root, UNFINISHED_NAME, error);

    if (result < 0)
        return result;
    if (renameat2(container->root, id, container->root, UNFINISHED_NAME, RENAME_NOREPLACE) < 0)
        return error_call(error, errno, "renameat2", "cannot remove the state directory of container %s", id);
    return state_remove_directory(container->root, UNFINISHED_NAME, error);
}

int container_remove_state(struct container *container, struct error *error)
{
    int result = state_lock(container->root, "the state root", error);

    if (result < 0)
        return result;
    result = rename_and_remove(container, error);
    (void)flock(container->root, LOCK_UN);
    return result;
}

int state_remove_unfinished(const char *root, struct error *error)
{
    CLEANUP_FD int directory = -1;
    int result = state_open_root(root, &directory, error);

    if (result == 0)
        result = state_lock(directory, root, error);
    return result < 0 ? result : state_remove_directory(directory, UNFINISHED_NAME, error);
}
