/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's mount interface by descriptors, as thin typed wrappers. The headers of many systems end before
 * it and glibc's <sys/mount.h> does not go together with <linux/mount.h>, so the numbers and layouts that
 * matter are declared here; they are ABI and the same on every architecture that holdfast is built for.
 *
 * mount(2) is not among them: nothing in holdfast mounts by path. Every function returns 0 or a descriptor
 * (close-on-exec), or -errno.
 */
#ifndef KERNEL_MOUNT_API_H
#define KERNEL_MOUNT_API_H

#include "base/cleanup.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Attributes of a mount, mount_setattr(2). */
#define ATTRIBUTE_RDONLY 0x1u
#define ATTRIBUTE_NOSUID 0x2u
#define ATTRIBUTE_NODEV 0x4u
#define ATTRIBUTE_NOEXEC 0x8u
#define ATTRIBUTE_ATIME_FIELD 0x70u /* one value out of the following three, not a set of bits */
#define ATTRIBUTE_RELATIME 0x0u
#define ATTRIBUTE_NOATIME 0x10u
#define ATTRIBUTE_STRICTATIME 0x20u
#define ATTRIBUTE_NODIRATIME 0x80u
#define ATTRIBUTE_IDMAP 0x100000u
#define ATTRIBUTE_NOSYMFOLLOW 0x200000u

/* Propagation types, mount_namespaces(7). They have the values of the old MS_ words. */
#define PROPAGATE_UNBINDABLE (1u << 17)
#define PROPAGATE_PRIVATE (1u << 18)
#define PROPAGATE_SLAVE (1u << 19)
#define PROPAGATE_SHARED (1u << 20)

/* What mount_setattr changes: struct mount_attr of the kernel. */
struct mount_attributes {
    uint64_t set;
    uint64_t clear;
    uint64_t propagation;
    uint64_t userns_fd;
};

/* open_tree(2): a descriptor for what is mounted at path. clone makes a detached copy of the mount, of the
 * mounts below it as well when recursive. An empty path means directory_fd itself. */
int kernel_open_tree(int directory_fd, const char *path, unsigned flags) MUST_USE;
#define OPEN_TREE_CLONE_FLAG 0x1u
#define OPEN_TREE_RECURSIVE 0x8000u
#define OPEN_TREE_NOFOLLOW 0x100u

/* A detached copy of the mount at an open descriptor. */
int kernel_clone_mount(int fd, bool recursive) MUST_USE;

/* move_mount(2): attaches the detached mount at the place that target_fd is, both by descriptor. */
int kernel_attach_mount(int mount_fd, int target_fd) MUST_USE;

/* mount_setattr(2) on the mount at an open descriptor. */
int kernel_set_attributes(int mount_fd, bool recursive, const struct mount_attributes *attributes) MUST_USE;

/* fsopen(2), fsconfig(2), fsmount(2). */
int kernel_fs_open(const char *type) MUST_USE;
int kernel_fs_set_flag(int context_fd, const char *key) MUST_USE;
int kernel_fs_set_string(int context_fd, const char *key, const char *value) MUST_USE;
int kernel_fs_set_fd(int context_fd, const char *key, int fd) MUST_USE;
int kernel_fs_create(int context_fd) MUST_USE;

/* fspick(2): a context for the file system of the mount whose root is open; then, with the parameters set,
 * FSCONFIG_CMD_RECONFIGURE. */
int kernel_fs_pick(int mount_fd) MUST_USE;
int kernel_fs_reconfigure(int context_fd) MUST_USE;
int kernel_fs_mount(int context_fd, uint64_t attributes) MUST_USE;

/* What the kernel logged on the context since the last call, "; " between the lines; empty if nothing. */
void kernel_fs_log(int context_fd, char *ret_text, size_t size);

/* pivot_root(".", "."): the working directory becomes the root; the old root lies stacked on it. */
int kernel_pivot_root_here(void) MUST_USE;

/* umount2(".", MNT_DETACH): takes off what is stacked on top at the working directory. */
int kernel_detach_here(void) MUST_USE;

/* umount2(path, MNT_DETACH): links are followed, magic ones too. */
int kernel_detach(const char *path) MUST_USE;

/* openat2(2). resolve is RESOLVE_… of <linux/openat2.h>. Goes on after EAGAIN (a rename or a mount came in
 * between), a bounded number of times. */
int kernel_openat2(int directory_fd, const char *path, uint64_t flags, uint64_t mode,
                   uint64_t resolve) MUST_USE;

/* fsetxattr(2) for any descriptor: setxattrat(2) of 6.13 wants one that is not O_PATH, too, so for those it
 * goes by way of /proc/self/fd, which has to be there then. */
int kernel_set_xattr(int fd, const char *name, const char *value) MUST_USE;

#endif
