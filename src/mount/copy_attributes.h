/* SPDX-License-Identifier: Apache-2.0 */
/* Owner, mode, times and extended attributes of a copy (copy_up.h has the rules). */
#ifndef MOUNT_COPY_ATTRIBUTES_H
#define MOUNT_COPY_ATTRIBUTES_H

#include "mount/copy_up.h"

/* Of an open file. status is the source's. */
int copy_open_attributes(int source_fd, int target_fd, const struct stat *status,
                         const struct copy_rules *rules, struct error *error) MUST_USE;

/* Of a link or a node, by its name in both directories. */
int copy_named_attributes(int source_fd, int target_fd, const char *name, const struct stat *status,
                          const struct copy_rules *rules, struct error *error) MUST_USE;

/* error_call(), and what to do about a tmpfs that is full. Returns -code. */
int copy_explain(struct error *error, int code, const char *call, const char *text);

#endif
