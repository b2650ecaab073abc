/* SPDX-License-Identifier: Apache-2.0 */
/* Directories by descriptors. Private to src/review. */
#ifndef REVIEW_TREE_H
#define REVIEW_TREE_H

#include "base/error.h"
#include "config/config.h"

/* Opens a directory in another one: no link is followed, and no mount is crossed. Returns a descriptor or -errno. */
int tree_open_directory(int directory, const char *name) MUST_USE;

/* The names in a directory, sorted, without "." and "..", in memory that tree_free_names() releases. */
int tree_read_names(int directory, struct strings *ret_names, struct error *error) MUST_USE;
void tree_free_names(struct strings *names);

#define CLEANUP_NAMES CLEANUP(tree_free_names)

/* Removes name, with all that is below it, whatever the directories' modes are. Missing is no error. Mounts are not
 * entered: EXDEV. */
int tree_remove(int directory, const char *name, struct error *error) MUST_USE;

#endif
