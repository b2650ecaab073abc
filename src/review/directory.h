/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of a review on its way to being open: for those who open one (directory.c) and make one (begin.c). */
#ifndef REVIEW_DIRECTORY_H
#define REVIEW_DIRECTORY_H

#include "review/review.h"

#define REVIEW_NAME_LIMIT 64
#define REVIEW_REMOVED_PREFIX "~" /* no name begins with it */

/* Refuses what can't be the name of a review. */
int review_check_name(const char *name, struct error *error) MUST_USE;

/* The directory of all reviews; refuses one that others can write to. */
int review_open_root(const char *path, int *ret_fd, struct error *error) MUST_USE;

/* Sets the name and the path of a review. */
int review_fill_paths(struct review *review, const char *root, const char *name,
                      struct error *error) MUST_USE;

/* Opens the directory of a review whose root and paths are set, and takes its lock if that is wanted. */
int review_open_locked(struct review *review, bool lock, struct error *error) MUST_USE;

/* Makes *review the caller's *ret_review. */
void review_hand_on(struct review *review, struct review *ret_review);

#endif
