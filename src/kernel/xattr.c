/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/xattr.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Since 6.13; the same numbers on every architecture. */
#define SYS_SETXATTRAT 463
#define SYS_GETXATTRAT 464
#define SYS_LISTXATTRAT 465
#define SYS_REMOVEXATTRAT 466

#define TRIES 16

/* struct xattr_args of <linux/xattr.h> */
struct arguments {
    uint64_t value;
    uint32_t size, flags;
};

static ssize_t list(int fd, const char *entry, const char *name, char *buffer, size_t size)
{
    (void)name;
    if (!*entry)
        return flistxattr(fd, buffer, size);
    return syscall(SYS_LISTXATTRAT, fd, entry, AT_SYMLINK_NOFOLLOW, buffer, size);
}

static ssize_t get(int fd, const char *entry, const char *name, char *buffer, size_t size)
{
    struct arguments arguments = {.value = (uint64_t)(uintptr_t)buffer, .size = (uint32_t)size};

    if (!*entry)
        return fgetxattr(fd, name, buffer, size);
    return syscall(SYS_GETXATTRAT, fd, entry, AT_SYMLINK_NOFOLLOW, name, &arguments, sizeof(arguments));
}

/* Asks for the size, then for the content, and again where it grew in between. */
static int read_whole(ssize_t (*function)(int fd, const char *entry, const char *name, char *buffer,
                                          size_t size),
                      int fd, const char *entry, const char *name, char **ret_content, size_t *ret_length)
{
    for (int tries = 0; tries < TRIES; tries++) {
        CLEANUP_FREE char *content = NULL;
        ssize_t length = function(fd, entry, name, NULL, 0);

        if (length > 0) {
            content = malloc((size_t)length);
            if (!content)
                return -ENOMEM;
            length = function(fd, entry, name, content, (size_t)length);
        }
        if (length < 0 && errno == ERANGE)
            continue;
        if (length < 0)
            return -errno;
        *ret_content = pointer_take(&content);
        *ret_length = (size_t)length;
        return 0;
    }
    return -EAGAIN;
}

int kernel_list_xattrs(int fd, const char *entry, char **ret_names, size_t *ret_length)
{
    return read_whole(list, fd, entry, NULL, ret_names, ret_length);
}

int kernel_read_xattr(int fd, const char *entry, const char *name, char **ret_value, size_t *ret_size)
{
    return read_whole(get, fd, entry, name, ret_value, ret_size);
}

int kernel_remove_xattr(int fd, const char *entry, const char *name)
{
    long status =
        *entry ? syscall(SYS_REMOVEXATTRAT, fd, entry, AT_SYMLINK_NOFOLLOW, name) : fremovexattr(fd, name);

    return status < 0 ? -errno : 0;
}

int kernel_write_xattr(int fd, const char *entry, const char *name, const char *value, size_t size)
{
    struct arguments arguments = {.value = (uint64_t)(uintptr_t)value, .size = (uint32_t)size};
    long status =
        *entry ? syscall(SYS_SETXATTRAT, fd, entry, AT_SYMLINK_NOFOLLOW, name, &arguments, sizeof(arguments))
               : fsetxattr(fd, name, value, size, 0);

    return status < 0 ? -errno : 0;
}
