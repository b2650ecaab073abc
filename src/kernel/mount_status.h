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

/* What a bind mount is made of. */
struct mount_source {
    dev_t device; /* of the file, as in struct mount_status */
    uint64_t inode;
    mode_t mode;
    dev_t special_device;
    uint64_t mount_id;   /* the unique number of the mount that the file is on; 0: not known */
    bool has_attributes; /* the kernel tells them: since 6.8, of mounts in the caller's mount namespace */
    uint64_t attributes; /* of the mount: ATTRIBUTE_… of mount_api.h */
};

/* Of the file that the descriptor is, and of its mount. previous is what was told of another file a moment ago, or NULL: on
 * the same mount it has the same attributes, which are not asked for again. Returns 0 or -errno. */
int kernel_mount_source(int fd, const struct mount_source *previous,
                        struct mount_source *ret_source) MUST_USE;

#endif
