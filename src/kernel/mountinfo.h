/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a mount table: /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
#ifndef KERNEL_MOUNTINFO_H
#define KERNEL_MOUNTINFO_H

#include "base/arena.h"
#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>

struct mount_entry {
    uint64_t id, parent_id;
    unsigned major, minor;
    const char *root;    /* what of the file system is shown */
    const char *point;   /* where */
    const char *options; /* of the mount: "ro,nosuid" */
    const char *tags;    /* propagation: "shared:1 master:2"; "" if private */
    const char *type, *source, *super_options;
};

struct mount_table {
    struct mount_entry *entries;
    size_t length;
};

/* Reads the table from an open mountinfo file; its memory is the arena's. */
int mountinfo_read(int fd, struct arena *arena, struct mount_table *ret_table, struct error *error) MUST_USE;

/* The two steps of that: the text, a line a mount, which the caller frees, and the table of a copy of it. */
int mountinfo_read_text(int fd, char **ret_text, struct error *error) MUST_USE;
int mountinfo_parse_copy(const char *text, struct arena *arena, struct mount_table *ret_table,
                         struct error *error) MUST_USE;

/* Parses the text of one, which is changed meanwhile and has to live as long as the table. */
int mountinfo_parse(char *text, struct arena *arena, struct mount_table *ret_table,
                    struct error *error) MUST_USE;

#endif
