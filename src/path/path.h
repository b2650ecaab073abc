/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths inside a root. A root is a descriptor, and a path is resolved once, to a descriptor, with links and
 * ".." kept inside the root; paths are never joined as strings. What is made on the way is written into a
 * journal, so that a start that fails takes it away again.
 */
#ifndef PATH_PATH_H
#define PATH_PATH_H

#include "kernel/mount_status.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A row of paths: their last components are made in one directory, one after the other. */
struct path_row {
    char *parent; /* the paths without their last component; NULL: there is no row */
    int root_fd;  /* that they are inside of */
    int parent_fd;
    dev_t device; /* of that directory */
    ino_t inode;
};

/* What was created below the root, to be undone. Zero-initialise it. */
struct path_journal {
    struct journal_entry *entries;
    size_t length;
    bool last_was_missing; /* the end of the path that path_ensure() was asked for last */
    struct path_row row;   /* that this path belongs to */
};

/* What a path leads to. */
struct path_end {
    bool created; /* just now */
    struct mount_status status;
};

/* Forgets the entries: what was made stays. */
void path_journal_clear(struct path_journal *journal);

/* Removes what was made, last first, and forgets it. What somebody has put something into meanwhile stays. */
void path_journal_undo(struct path_journal *journal);

#define CLEANUP_JOURNAL CLEANUP(path_journal_clear)

/* A row begins with the last entry. It takes the path of the entry's directory and its descriptor. */
void path_journal_begin_row(struct path_journal *journal, int root_fd, char *parent, int parent_fd);

/* The row's directory, if path without its last component, the first length bytes of it, is the row's; else -1. The descriptor
 * stays the row's. */
int path_journal_find_row(const struct path_journal *journal, int root_fd, const char *path,
                          size_t length) MUST_USE;

/* The next path's directory is looked for again. To be called after mounting on anything but the end of the path that
 * path_ensure() was asked for last, for that may cover the directory. */
void path_journal_end_row(struct path_journal *journal);

/* Notes that name was made in the directory parent_fd. Returns 0 or -errno. */
int path_journal_add(struct path_journal *journal, int parent_fd, const char *name, bool directory) MUST_USE;

/* The same where its inode is known. */
int path_journal_note(struct path_journal *journal, int parent_fd, const char *name, bool directory,
                      ino_t inode) MUST_USE;

/* What the descriptor is, which was opened as a path's end; -errno is handed on. On failure it is closed. Returns it or
 * -errno. */
int path_examine(int fd, struct path_end *ret_end) MUST_USE;

/* Opens path inside the root, links followed inside it. flags are open(2)'s. Returns a descriptor or -errno.
 */
int path_open(int root_fd, const char *path, int flags) MUST_USE;

/* As path_open with O_PATH, but what is missing is made: directories with mode 0755 on the way, and at the
 * end a directory, or an empty file of mode 0644; where path ends in a slash, always a directory. A dangling link
 * on the way leads to what is made at its target, inside the root. Returns a descriptor or -errno, O_PATH but of a file
 * that was made. */
int path_ensure(int root_fd, const char *path, bool directory, struct path_journal *journal,
                struct path_end *ret_end) MUST_USE;

/* The same two without following a link at the end of path: the link itself is opened. A path that ends in a
 * slash, "." or ".." is followed, as everywhere. */
int path_open_entry(int root_fd, const char *path) MUST_USE;
int path_ensure_entry(int root_fd, const char *path, bool directory, struct path_journal *journal,
                      struct path_end *ret_end) MUST_USE;

/* The directory that path's last component is in, made when missing, and that component, which points into
 * path. A path without a last component ("/", "a/..") is -EINVAL. Returns a descriptor (O_PATH) or -errno. */
int path_ensure_parent(int root_fd, const char *path, struct path_journal *journal,
                       const char **ret_name) MUST_USE;

#endif
