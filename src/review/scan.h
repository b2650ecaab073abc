/* SPDX-License-Identifier: Apache-2.0 */
/* The scan with what a commit needs from it. Private to src/review. */
#ifndef REVIEW_SCAN_H
#define REVIEW_SCAN_H

#include "review/links.h"

/* As review_scan(); the links outlive it. */
int scan_layers(const struct review *review, struct links *links, struct review_changes *ret_changes,
                struct error *error) MUST_USE;

/* Why the entry can't be committed: a static text, or the arena's; NULL: it can. An interrupted commit has changed
 * directories, and files with several names, itself. */
int conflict_find(const struct walk *walk, const struct walk_entry *entry, struct arena *arena,
                  const char **ret_conflict, struct error *error) MUST_USE;

#endif
