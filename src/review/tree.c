/* SPDX-License-Identifier: Apache-2.0 */
#include "review/tree.h"
#include "base/array.h"
#include "base/fd.h"
#include "kernel/mount_api.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int tree_open_directory(int directory, const char *name)
{
    return kernel_openat2(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
                          RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

void tree_free_names(struct strings *names)
{
    for (size_t i = 0; i < names->length; i++)
        cleanup_free(&names->values[i]);
    free(names->values);
    *names = (struct strings){0};
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int add_name(struct strings *names, const char *name)
{
    const char **values;

    if (array_make_room((void **)&names->values, names->length, sizeof(*names->values)) < 0)
        return -ENOMEM;
    values = names->values;
    values[names->length] = strdup(name);
    return values[names->length] ? (names->length++, 0) : -ENOMEM;
}

static int read_stream(DIR *stream, struct strings *names)
{
    const struct dirent *entry;

    for (errno = 0; (entry = readdir(stream)); errno = 0)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            add_name(names, entry->d_name) < 0)
            return -ENOMEM;
    return -errno;
}

int tree_read_names(int directory, struct strings *ret_names, struct error *error)
{
    CLEANUP_NAMES struct strings names = {0};
    CLEANUP_FD int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    int result;

    if (!stream)
        return error_call(error, errno, "openat", "cannot read the directory");
    fd_take(&fd);
    result = read_stream(stream, &names);
    closedir(stream);
    if (result < 0)
        return error_call(error, result, "getdents64", "cannot read the directory");
    if (names.length > 0)
        qsort(names.values, names.length, sizeof(*names.values), compare_names);
    *ret_names = names;
    names = (struct strings){0};
    return 0;
}

/* One that belongs to the caller may be closed to everybody: overlayfs makes such ones in its work directory. */
static int open_to_empty(int directory, const char *name)
{
    CLEANUP_FD int fd = tree_open_directory(directory, name);

    if (fd == -EACCES && fchmodat(directory, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
        fd = tree_open_directory(directory, name);
    if (fd >= 0 && faccessat(fd, "", W_OK | X_OK, AT_EMPTY_PATH | AT_EACCESS) < 0)
        (void)!fchmod(fd, 0700);
    return fd_take(&fd);
}

static int remove_below(int directory, struct error *error)
{
    CLEANUP_NAMES struct strings names = {0};
    int result = tree_read_names(directory, &names, error);

    for (size_t i = 0; i < names.length && result == 0; i++)
        result = tree_remove(directory, names.values[i], error);
    return result;
}

int tree_remove(int directory, const char *name, struct error *error)
{
    CLEANUP_FD int fd = -1;
    int result;

    if (unlinkat(directory, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return error_call(error, errno, "unlinkat", "cannot remove %s", name);
    fd = open_to_empty(directory, name);
    if (fd == -ENOTDIR)
        return error_call(error, EPERM, "unlinkat", "cannot remove %s", name);
    if (fd < 0)
        return error_call(error, fd, "openat2", "cannot open %s to remove what is in it", name);
    result = remove_below(fd, error);
    if (result < 0) {
        error_place(error, "%s", name);
        return result;
    }
    if (unlinkat(directory, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return error_call(error, errno, "unlinkat", "cannot remove %s", name);
    return 0;
}
