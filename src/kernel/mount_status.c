/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/mount_status.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Newer than the headers of many systems: statmount(2), linux/mount.h, since 6.8. */
#define STATX_UNIQUE_ID 0x4000u
#define SYS_STATMOUNT 457
#define STATMOUNT_MOUNT_BASIC 2u

struct mount_request {
    uint32_t size, spare;
    uint64_t id, parameter;
};

struct mount_answer {
    uint32_t size, options;
    uint64_t mask;
    uint32_t device_major, device_minor;
    uint64_t magic;
    uint32_t super_flags, type;
    uint64_t id, parent_id;
    uint32_t old_id, old_parent_id;
    uint64_t attributes;
    uint64_t rest[64];
};

int kernel_mount_status(int fd, struct mount_status *ret_status)
{
    struct statx status;

    if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_MODE | STATX_INO | STATX_MNT_ID,
              &status) < 0)
        return -errno;
    if (!(status.stx_mask & STATX_MNT_ID))
        return -ENOSYS;
    *ret_status = (struct mount_status){
        .id = status.stx_mnt_id,
        .is_root = status.stx_attributes & STATX_ATTR_MOUNT_ROOT,
        .device = makedev(status.stx_dev_major, status.stx_dev_minor),
        .inode = status.stx_ino,
        .mode = status.stx_mode,
        .special_device = makedev(status.stx_rdev_major, status.stx_rdev_minor),
    };
    return 0;
}

static bool read_attributes(uint64_t unique_id, uint64_t *ret_attributes)
{
    struct mount_request request = {
        .size = sizeof(request), .id = unique_id, .parameter = STATMOUNT_MOUNT_BASIC};
    struct mount_answer answer = {0};

    if (syscall(SYS_STATMOUNT, &request, &answer, sizeof(answer), 0) < 0 ||
        !(answer.mask & STATMOUNT_MOUNT_BASIC))
        return false;
    *ret_attributes = answer.attributes;
    return true;
}

int kernel_mount_source(int fd, const struct mount_source *previous, struct mount_source *ret_source)
{
    struct mount_source source = {0};
    struct statx status;

    if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
              STATX_TYPE | STATX_MODE | STATX_INO | STATX_UNIQUE_ID, &status) < 0)
        return -errno;
    source.device = makedev(status.stx_dev_major, status.stx_dev_minor);
    source.inode = status.stx_ino;
    source.mode = status.stx_mode;
    source.special_device = makedev(status.stx_rdev_major, status.stx_rdev_minor);
    source.mount_id = status.stx_mask & STATX_UNIQUE_ID ? status.stx_mnt_id : 0;
    if (previous && previous->has_attributes && previous->mount_id == source.mount_id) {
        source.has_attributes = true;
        source.attributes = previous->attributes;
    } else if (source.mount_id) {
        source.has_attributes = read_attributes(source.mount_id, &source.attributes);
    }
    *ret_source = source;
    return 0;
}
