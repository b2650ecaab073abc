/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extended attributes (xattr(7)) of an open file, where entry is "", or of the entry in an open directory,
 * without following a link. Entries take Linux 6.13; before that the functions return -ENOSYS for them.
 */
#ifndef KERNEL_XATTR_H
#define KERNEL_XATTR_H

#include "base/cleanup.h"
#include <stddef.h>

/* The names, each ended by a NUL, and the length of all; NULL and 0 where there is none. The caller frees
 * *ret_names. Returns 0 or -errno. */
int kernel_list_xattrs(int fd, const char *entry, char **ret_names, size_t *ret_length) MUST_USE;

/* One attribute's value, which the caller frees. Returns 0 or -errno. */
int kernel_read_xattr(int fd, const char *entry, const char *name, char **ret_value,
                      size_t *ret_size) MUST_USE;

/* Removes one. Returns 0 or -errno. */
int kernel_remove_xattr(int fd, const char *entry, const char *name) MUST_USE;

/* Sets one. Returns 0 or -errno. */
int kernel_write_xattr(int fd, const char *entry, const char *name, const char *value, size_t size) MUST_USE;

#endif
