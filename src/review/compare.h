/* SPDX-License-Identifier: Apache-2.0 */
/* An entry of an upper layer against the machine's. Private to src/review. */
#ifndef REVIEW_COMPARE_H
#define REVIEW_COMPARE_H

#include "review/walk.h"

/* Fills entry->kind and entry->what; both sides have been examined. */
int compare_entry(const struct walk *walk, struct walk_entry *entry, struct error *error) MUST_USE;

/* Whether the extended attributes differ, but those with the prefix: 1 or 0. An entry's name, or "" for open files. */
int compare_xattrs(int one_fd, const char *one, int other_fd, const char *other, const char *prefix,
                   struct error *error) MUST_USE;

/* The owner and the mode that the machine's file should have. */
struct compare_wanted {
    uint32_t uid, gid, mode;
};

struct compare_wanted compare_wanted(const struct walk *walk, const struct walk_entry *entry);

#endif
