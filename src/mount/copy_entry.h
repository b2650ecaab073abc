/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a copy-up: one entry (copy_entry.c), and what belongs to it (copy_attributes.c). */
#ifndef MOUNT_COPY_ENTRY_H
#define MOUNT_COPY_ENTRY_H

#include "mount/copy_up.h"
#include <sys/stat.h>

/* Copies `name` in the directory source_fd, which has this status and is no directory itself, to target_name in
 * target_fd. */
int copy_entry(int source_fd, const char *name, int target_fd, const char *target_name,
               const struct stat *status, const struct copy_rules *rules, struct error *error) MUST_USE;

/* The content of an open file, with its holes, into an open empty one; shared where the file system can. */
int copy_content(int source, int target, const struct stat *status, struct error *error) MUST_USE;

/* Owner, mode, times and extended attributes of an open file or directory; of the copy's root, which may have
 * its own; and of a link or a node, by its name in its directory. status is the source's. */
int copy_attributes(int source_fd, int target_fd, const struct stat *status, const struct copy_rules *rules,
                    struct error *error) MUST_USE;
int copy_root_attributes(int source_fd, int target_fd, const struct stat *status,
                         const struct copy_rules *rules, struct error *error) MUST_USE;
int copy_named_attributes(int source_fd, const char *name, int target_fd, const char *target_name,
                          const struct stat *status, const struct copy_rules *rules,
                          struct error *error) MUST_USE;

/* The extended attributes alone, of a directory that is open for reading. */
int copy_directory_xattrs(int source_fd, int target_fd, const struct copy_rules *rules,
                          struct error *error) MUST_USE;

/* Refuses what the container could not have read. */
int copy_check_readable(const struct stat *status, const struct copy_rules *rules,
                        struct error *error) MUST_USE;

#endif
