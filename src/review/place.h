/* SPDX-License-Identifier: Apache-2.0 */
/* Making one file or directory of the machine what the layer has. Private to src/review. */
#ifndef REVIEW_PLACE_H
#define REVIEW_PLACE_H

#include "review/links.h"

/* Puts a copy of the entry, which is no directory, in its place, at once and whole: it is made beside it and renamed. */
int place_copy(struct walk *walk, const struct walk_entry *entry, struct error *error) MUST_USE;

/* The same with another name of the machine's file at `relative` below the layer's target. */
int place_link(struct walk *walk, const struct walk_entry *entry, const char *relative,
               struct error *error) MUST_USE;

/* An empty directory, closed to others, in place of what is there and is none. */
int place_directory(struct walk *walk, const struct walk_entry *entry, struct error *error) MUST_USE;

/* Makes the content and the attributes of the machine's file at `relative`, with all its names, those of the entry. */
int place_content(struct walk *walk, const struct walk_entry *entry, const char *relative,
                  struct error *error) MUST_USE;

/* Makes the attributes of the machine's open directory those of the layer's. */
int place_directory_attributes(struct walk *walk, const struct walk_entry *entry,
                               const struct walk_directory *opened, struct error *error) MUST_USE;

/* Gives the caller, who owns the directory, the permission to change what is in it; its mode is set in the end. */
void place_open_directory(const struct walk_directory *directory);

#endif
