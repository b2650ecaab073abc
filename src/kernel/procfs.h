/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of procfs (proc(5)) that are written, or whose content is believed. Somebody may have mounted something else
 * over them, or put a tree that only looks like procfs in its place, so that a write of ours says nothing, or hits
 * another file (CVE-2019-16884, CVE-2019-19921, CVE-2025-52881). So the files are opened below a descriptor of a procfs
 * that was verified, without following a link or crossing a mount, and each is verified to be of procfs.
 */
#ifndef KERNEL_PROCFS_H
#define KERNEL_PROCFS_H

#include "base/error.h"

/* A descriptor (O_PATH) of procfs's root: /proc, or one of our own that is mounted nowhere, if something lies over the
 * parts of /proc that matter (inside another container) and this process may make one. It shows the caller's PID
 * namespace; opened before the container's root is entered it serves in there, too. ENOTSUP: /proc is no procfs. */
int procfs_open(int *ret_fd, struct error *error) MUST_USE;

/* Opens a file below directory_fd, the root of a procfs or a directory in one. flags are open(2)'s. ENOTSUP: the file
 * is not of procfs. EXDEV: something is mounted over it. ELOOP: there is a link on the way. */
int procfs_open_file(int directory_fd, const char *path, int flags, int *ret_fd,
                     struct error *error) MUST_USE;

/* The same below the calling thread's directory; proc_fd is what procfs_open() gave. ENOENT as well: it doesn't show
 * this thread. */
int procfs_open_thread_file(int proc_fd, const char *path, int flags, int *ret_fd,
                            struct error *error) MUST_USE;

/* Writes all of the text in one write(2), as such files want it. what is the file's name for messages. */
int procfs_write(int fd, const char *text, const char *what, struct error *error) MUST_USE;

/* procfs_open_file() and procfs_write(). */
int procfs_write_file(int directory_fd, const char *path, const char *text, struct error *error) MUST_USE;

#endif
