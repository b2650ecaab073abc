/* SPDX-License-Identifier: Apache-2.0 */
/* File descriptors with one owner. -1 stands for none. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include "base/cleanup.h"
#include <stddef.h>
#include <sys/types.h>

/* Closes *fd, if there is one, and leaves -1; errno survives. */
void fd_close(int *fd);

/* The descriptor in *fd, which is left -1: the one visible way to hand a descriptor on. */
int fd_take(int *fd);

#define CLEANUP_FD CLEANUP(fd_close)

/* Reads until the end of file into a buffer that the caller frees; a NUL is added after the content. More
 * than limit bytes is -EFBIG. Returns 0 or -errno. */
int fd_read_all(int fd, size_t limit, char **ret_text, size_t *ret_length) MUST_USE;

/* Writes all of it, going on after a partial write. Returns 0 or -errno. */
int fd_write_all(int fd, const void *data, size_t length) MUST_USE;

/* Writes all of it by one write(2), as files of the kernel want their values. Returns 0 or -errno, -EIO if only a part was
 * taken. */
int fd_write_once(int fd, const void *data, size_t length) MUST_USE;

/* Closes every descriptor from first on, but those in keep (-1 stands for none), from this process. Returns 0 or
 * -errno. */
int fd_close_all_from(int first, const int *keep, size_t length) MUST_USE;

#endif
