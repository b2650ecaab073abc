/* SPDX-License-Identifier: Apache-2.0 */
#include "review/marks.h"
#include "base/fd.h"
#include "kernel/xattr.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* struct ovl_fb of fs/overlayfs/overlayfs.h: version, magic, length, flags, type, uuid, handle. */
#define FB_MAGIC 0xfb
#define FB_TYPE 4
#define FB_HANDLE 21

const char *marks_prefix(bool user_xattr)
{
    return user_xattr ? "user.overlay." : "trusted.overlay.";
}

/* Whether the attribute is there; its value, which the caller frees. */
static bool read_mark(int fd, const char *mark, bool user_xattr, char **ret_value, size_t *ret_size)
{
    char name[64];

    snprintf(name, sizeof(name), "%s%s", marks_prefix(user_xattr), mark);
    return kernel_read_xattr(fd, "", name, ret_value, ret_size) == 0;
}

bool marks_is_whiteout(int directory, const char *name, const struct statx *status, bool user_xattr)
{
    CLEANUP_FREE char *value = NULL;
    CLEANUP_FD int fd = -1;
    size_t size;

    if (S_ISCHR(status->stx_mode))
        return status->stx_rdev_major == 0 && status->stx_rdev_minor == 0;
    if (!S_ISREG(status->stx_mode) || status->stx_size > 0)
        return false;
    fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return fd >= 0 && read_mark(fd, "whiteout", user_xattr, &value, &size);
}

/* "x" says that there are whiteouts of the second kind in it, and hides nothing. */
bool marks_is_opaque(int directory, bool user_xattr)
{
    CLEANUP_FREE char *value = NULL;
    size_t size;

    return read_mark(directory, "opaque", user_xattr, &value, &size) && size == 1 && *value == 'y';
}

bool marks_origin(int file, bool user_xattr, struct marks_handle *ret_handle)
{
    CLEANUP_FREE char *value = NULL;
    const unsigned char *bytes;
    size_t size;

    if (!read_mark(file, "origin", user_xattr, &value, &size))
        return false;
    bytes = (const unsigned char *)value;
    if (size <= FB_HANDLE || size - FB_HANDLE > MARKS_HANDLE_LIMIT || bytes[1] != FB_MAGIC)
        return false;
    ret_handle->type = bytes[FB_TYPE];
    ret_handle->length = size - FB_HANDLE;
    memcpy(ret_handle->bytes, bytes + FB_HANDLE, ret_handle->length);
    return true;
}

bool marks_handle_of(int directory, const char *name, struct marks_handle *ret_handle)
{
    union {
        struct file_handle handle;
        unsigned char room[sizeof(struct file_handle) + MARKS_HANDLE_LIMIT];
    } place = {.handle = {.handle_bytes = MARKS_HANDLE_LIMIT}};
    int mount;

    if (name_to_handle_at(directory, name, &place.handle, &mount, 0) < 0)
        return false;
    ret_handle->type = place.handle.handle_type;
    ret_handle->length = place.handle.handle_bytes;
    memcpy(ret_handle->bytes, place.handle.f_handle, ret_handle->length);
    return true;
}

bool marks_handle_equal(const struct marks_handle *one, const struct marks_handle *other)
{
    return one->type == other->type && one->length == other->length &&
           memcmp(one->bytes, other->bytes, one->length) == 0;
}
