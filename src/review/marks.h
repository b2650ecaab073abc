/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What overlayfs notes in an upper layer (Documentation/filesystems/overlayfs.rst), in trusted.overlay.* or, for a user
 * namespace, user.overlay.*. Private to src/review.
 */
#ifndef REVIEW_MARKS_H
#define REVIEW_MARKS_H

#include "base/cleanup.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* "trusted.overlay." or "user.overlay.". */
const char *marks_prefix(bool user_xattr);

/* Whether the entry stands for nothing: a device 0:0, or an empty file with the attribute "whiteout". */
bool marks_is_whiteout(int directory, const char *name, const struct statx *status, bool user_xattr);

/* Whether the open directory hides the lower one of its name. */
bool marks_is_opaque(int directory, bool user_xattr);

/* The lower file that an open upper one was copied from, as name_to_handle_at(2) has it. */
#define MARKS_HANDLE_LIMIT 128
struct marks_handle {
    int type;
    size_t length;
    unsigned char bytes[MARKS_HANDLE_LIMIT];
};

/* false: it was copied from none, or that was not noted. */
bool marks_origin(int file, bool user_xattr, struct marks_handle *ret_handle);

/* The handle of an entry; false: the file system has none. */
bool marks_handle_of(int directory, const char *name, struct marks_handle *ret_handle);

bool marks_handle_equal(const struct marks_handle *one, const struct marks_handle *other);

#endif
