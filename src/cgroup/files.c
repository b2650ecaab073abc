/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/files.h"
#include "base/fd.h"
#include "kernel/mount_api.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SIZE_LIMIT ((size_t)16 << 20) /* cgroup.procs of a million processes fits */

static int open_beneath(int directory_fd, const char *path, uint64_t flags)
{
    return kernel_openat2(directory_fd, path, flags, 0,
                          RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS);
}

int cgroup_open_below(int directory_fd, const char *path, struct error *error)
{
    int fd;

    path += strspn(path, "/");
    fd = open_beneath(directory_fd, *path ? path : ".", O_RDONLY | O_DIRECTORY);
    if (fd < 0 && fd != -ENOENT)
        return error_call(error, fd, "openat2", "cannot open the cgroup %s", path);
    return fd;
}

int cgroup_open_mount(const struct cgroup_place *place, struct error *error)
{
    int fd = open(place->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 ? error_call(error, errno, "open", "cannot open the cgroup hierarchy %s", place->mount)
                  : fd;
}

int cgroup_open_place(const struct cgroup_place *place, struct error *error)
{
    CLEANUP_FD int mount = cgroup_open_mount(place, error);
    int fd;

    if (mount < 0)
        return mount;
    fd = cgroup_open_below(mount, place->path, error);
    if (fd == -ENOENT)
        return error_call(error, ENOENT, "openat2", "there is no cgroup %s%s", place->mount, place->path);
    return fd;
}

bool cgroup_has_word(const char *list, const char *separators, const char *word)
{
    size_t length = strlen(word);

    while (*list) {
        size_t size = strcspn(list, separators);

        if (size == length && memcmp(list, word, length) == 0)
            return true;
        list += size;
        list += strspn(list, separators);
    }
    return false;
}

const struct cgroup_place *cgroup_find_place(const struct cgroup *cgroup, const char *controller)
{
    for (size_t i = 0; i < cgroup->length; i++) {
        const char *controllers = cgroup->places[i].controllers;

        if (controllers ? cgroup_has_word(controllers, ",", controller) : *controller == '\0')
            return &cgroup->places[i];
    }
    return NULL;
}

int cgroup_write(int directory_fd, const char *file, const char *value, struct error *error)
{
    CLEANUP_FD int fd = open_beneath(directory_fd, file, O_WRONLY);
    int status;

    if (fd < 0)
        return error_call(error, fd, "openat2", "cannot set %s to \"%s\"", file, value);
    status = fd_write_once(fd, value, strlen(value));
    return status < 0 ? error_call(error, status, "write", "cannot set %s to \"%s\"", file, value) : 0;
}

int cgroup_read(int directory_fd, const char *file, struct arena *arena, const char **ret_text,
                struct error *error)
{
    CLEANUP_FD int fd = open_beneath(directory_fd, file, O_RDONLY);
    CLEANUP_FREE char *text = NULL;
    size_t length;
    char *copy;
    int status;

    if (fd == -ENOENT)
        return -ENOENT;
    if (fd < 0)
        return error_call(error, fd, "openat2", "cannot open %s of a cgroup", file);
    status = fd_read_all(fd, SIZE_LIMIT, &text, &length);
    if (status < 0)
        return error_call(error, status, "read", "cannot read %s of a cgroup", file);
    if (length > 0 && text[length - 1] == '\n')
        length--;
    copy = arena_copy_range(arena, text, length);
    if (!copy)
        return error_memory(error);
    *ret_text = copy;
    return 0;
}

static bool parse_number(const char *text, uint64_t *ret_number)
{
    char *end;

    if (strcmp(text, "max") == 0) {
        *ret_number = UINT64_MAX;
        return true;
    }
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *ret_number = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

int cgroup_read_number(int directory_fd, const char *file, uint64_t *ret_number, struct error *error)
{
    struct arena arena = {0};
    const char *text;
    int status = cgroup_read(directory_fd, file, &arena, &text, error);

    if (status == -ENOENT)
        error_call(error, ENOENT, "openat2", "cannot open %s of a cgroup", file);
    else if (status == 0 && !parse_number(text, ret_number))
        status = error_set(error, EBADMSG, "%s of a cgroup is no number: \"%s\"", file, text);
    arena_clear(&arena);
    return status;
}
