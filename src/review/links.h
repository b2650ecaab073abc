/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files with several names, in the upper layer or on the machine. Private to src/review.
 *
 * A name of the layer that shows a file of the machine (overlayfs notes the file that it was copied from, with the
 * privilege) stands for that file with all its names, also those that no layer knows: so the file itself is written to
 * instead of being replaced, and the layer's other names become names of it.
 */
#ifndef REVIEW_LINKS_H
#define REVIEW_LINKS_H

#include "review/walk.h"

/* One file of a layer. */
struct link_file {
    unsigned layer;
    uint64_t inode; /* in the layer */
    char *path;     /* the first name that was met, for people */
    /* The name of the machine's file that it is, below the layer's target; NULL: none. */
    char *relative;
    bool settled; /* the machine's file is as it shall be */
};

struct links {
    void *files;   /* struct link_file, by layer and inode (tsearch(3)) */
    void *origins; /* names of the machine's files that the box removed, by handle */
};

void links_clear(struct links *links);

/* Notes an entry, in the first walk. *ret_file is the file if the entry belongs to one with several names, else NULL. */
int links_note(struct links *links, const struct walk *walk, const struct walk_entry *entry,
               struct link_file **ret_file, struct error *error) MUST_USE;

/* The file of an entry, when all has been noted: also one that is known by its removed names is found. NULL: it is none
 * with several names. */
int links_find(struct links *links, const struct walk *walk, const struct walk_entry *entry,
               struct link_file **ret_file, struct error *error) MUST_USE;

#endif
