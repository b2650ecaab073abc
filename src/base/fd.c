/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <limits.h>
#include <unistd.h>

void fd_close(int *fd)
{
    int saved = errno;

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = saved;
}

int fd_take(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}

int fd_read_all(int fd, size_t limit, char **ret_text, size_t *ret_length)
{
    CLEANUP_FREE char *text = NULL;
    size_t length = 0, capacity = 0;

    for (;;) {
        ssize_t count;

        if (length + 1 >= capacity) {
            size_t larger = capacity ? capacity * 2 : 4096;
            char *grown = realloc(text, larger);

            if (!grown)
                return -ENOMEM;
            text = grown;
            capacity = larger;
        }
        count = read(fd, text + length, capacity - length - 1);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        if (count == 0)
            break;
        length += (size_t)count;
        if (length > limit)
            return -EFBIG;
    }
    text[length] = '\0';
    *ret_text = pointer_take(&text);
    if (ret_length)
        *ret_length = length;
    return 0;
}

int fd_write_all(int fd, const void *data, size_t length)
{
    const char *next = data;

    while (length > 0) {
        ssize_t count = write(fd, next, length);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        next += count;
        length -= (size_t)count;
    }
    return 0;
}

int fd_write_once(int fd, const void *data, size_t length)
{
    ssize_t count;

    do
        count = write(fd, data, length);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return -errno;
    return (size_t)count == length ? 0 : -EIO;
}

/* The smallest of the descriptors that is at least first; -1: there is none. */
static int next_kept(int first, const int *keep, size_t length)
{
    int next = -1;

    for (size_t i = 0; i < length; i++)
        if (keep[i] >= first && (next < 0 || keep[i] < next))
            next = keep[i];
    return next;
}

int fd_close_all_from(int first, const int *keep, size_t length)
{
    int kept;

    while ((kept = next_kept(first, keep, length)) >= 0) {
        if (kept > first && close_range((unsigned)first, (unsigned)kept - 1, 0) < 0)
            return -errno;
        first = kept + 1;
    }
    return close_range((unsigned)first, UINT_MAX, 0) < 0 ? -errno : 0;
}
