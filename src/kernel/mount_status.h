/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel tells of a mount through a descriptor: statx(2) and statmount(2). No file system is asked. */
#ifndef KERNEL_MOUNT_STATUS_H
#define KERNEL_MOUNT_STATUS_H

#include "base/cleanup.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mount_status {
    uint64_t id;          /* the mount's number in mountinfo */
    bool is_root;         /* the descriptor is the mount's root */
    dev_t device;         /* of the file: not always the one in mountinfo (btrfs, overlayfs) */
    uint64_t inode;       /* of the file */
    mode_t mode;          /* of the file, with its type */
    dev_t special_device; /* what the file stands for, if it is a device node */
};

/* Of the mount that the descriptor is on, and of the file that it is. Returns 0 or -errno; -ENOSYS before 5.8. */
int kernel_mount_status(int fd, struct mount_status *ret_status) MUST_USE;

/* The attributes (ATTRIBUTE_… of mount_api.h) of the mount that the descriptor is on, which has to be in the caller's
 * mount namespace. Returns 0 or -errno: -ENOSYS before 6.8, -ENOENT elsewhere. */
int kernel_mount_attributes(int fd, uint64_t *ret_attributes) MUST_USE;

#endif
