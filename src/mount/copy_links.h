/* SPDX-License-Identifier: Apache-2.0 */
/* Files with several names in a copy-up: each is copied once, and linked from a staging directory in the copy's root,
 * which goes away in the end. Private to copy_up.c. */
#ifndef MOUNT_COPY_LINKS_H
#define MOUNT_COPY_LINKS_H

#include "mount/copy_up.h"
#include <sys/stat.h>

struct copy_links {
    int source_root, target_root; /* borrowed */
    int staging;                  /* a link to each file with several names; -1: there was none so far */
    char staging_name[32];
    unsigned long staged;
    void *files; /* those that were met, by device and inode (tsearch(3)) */
};

void copy_links_clear(struct copy_links *links);

/* Makes the entry name of the directory target from that of source: the first name that is met makes the copy and
 * stages it, the others become links to that. status is the source's. */
int copy_linked(struct copy_links *links, int source, int target, const char *name, const struct stat *status,
                const struct copy_rules *rules, struct error *error) MUST_USE;

/* Takes the staging directory away. */
int copy_links_remove(struct copy_links *links, struct error *error) MUST_USE;

#endif
