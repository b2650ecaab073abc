/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/machine_mounts.h"
#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *type;
    enum treatment treatment;
} treatments[] = {
    {"bcachefs", TREAT_COPY_ON_WRITE}, {"btrfs", TREAT_COPY_ON_WRITE},   {"erofs", TREAT_COPY_ON_WRITE},
    {"ext2", TREAT_COPY_ON_WRITE},     {"ext3", TREAT_COPY_ON_WRITE},    {"ext4", TREAT_COPY_ON_WRITE},
    {"f2fs", TREAT_COPY_ON_WRITE},     {"overlay", TREAT_COPY_ON_WRITE}, {"squashfs", TREAT_COPY_ON_WRITE},
    {"tmpfs", TREAT_COPY_ON_WRITE},    {"xfs", TREAT_COPY_ON_WRITE},     {"zfs", TREAT_COPY_ON_WRITE},
    {"autofs", TREAT_LEAVE_OUT},       {"binfmt_misc", TREAT_LEAVE_OUT}, {"bpf", TREAT_LEAVE_OUT},
    {"cgroup", TREAT_LEAVE_OUT},       {"cgroup2", TREAT_LEAVE_OUT},     {"configfs", TREAT_LEAVE_OUT},
    {"debugfs", TREAT_LEAVE_OUT},      {"devpts", TREAT_LEAVE_OUT},      {"devtmpfs", TREAT_LEAVE_OUT},
    {"efivarfs", TREAT_LEAVE_OUT},     {"fusectl", TREAT_LEAVE_OUT},     {"hugetlbfs", TREAT_LEAVE_OUT},
    {"mqueue", TREAT_LEAVE_OUT},       {"nsfs", TREAT_LEAVE_OUT},        {"proc", TREAT_LEAVE_OUT},
    {"pstore", TREAT_LEAVE_OUT},       {"rpc_pipefs", TREAT_LEAVE_OUT},  {"securityfs", TREAT_LEAVE_OUT},
    {"sysfs", TREAT_LEAVE_OUT},        {"tracefs", TREAT_LEAVE_OUT},
};

enum treatment mount_treatment(const char *type)
{
    for (size_t i = 0; i < ARRAY_LENGTH(treatments); i++)
        if (strcmp(treatments[i].type, type) == 0)
            return treatments[i].treatment;
    return TREAT_READONLY;
}

size_t machine_mounts_find_first(const struct machine_tree *tree, const char *path)
{
    size_t low = 0, high = tree->mounts.length;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (path_order(tree->mounts.entries[middle].point, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct mount_entry *machine_mounts_at(const struct machine_tree *tree, const char *path)
{
    size_t found = machine_mounts_find_first(tree, path);

    return found < tree->mounts.length && strcmp(tree->mounts.entries[found].point, path) == 0
               ? &tree->mounts.entries[found]
               : NULL;
}

bool path_is_below(const char *path, const char *directory)
{
    return strcmp(path, directory) != 0 && path_below(path, directory);
}

bool machine_tree_has_below(const struct machine_tree *tree, const char *path)
{
    size_t next = machine_mounts_find_first(tree, path);

    next += machine_mounts_at(tree, path) != NULL;
    return next < tree->mounts.length && path_is_below(tree->mounts.entries[next].point, path);
}

/* The mount that path lies on, or is. */
static const struct mount_entry *mount_of(const struct machine_tree *tree, const char *path)
{
    CLEANUP_FREE char *copy = strdup(path);

    while (copy) {
        const struct mount_entry *mount = machine_mounts_at(tree, copy);
        char *slash = strrchr(copy, '/');

        if (mount || !copy[1])
            return mount;
        slash[slash == copy] = '\0';
    }
    return NULL;
}

bool machine_tree_takes_overlay(const struct machine_tree *tree, const char *path)
{
    const struct mount_entry *mount = mount_of(tree, path);

    return mount && mount_treatment(mount->type) == TREAT_COPY_ON_WRITE;
}

/* Whether the mount is what is seen at its place: nothing on top of it, nothing above it in between. */
static bool is_visible(const struct mount_entry *mount)
{
    struct statx status;

    return statx(AT_FDCWD, mount->point, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID, &status) == 0 &&
           (status.stx_mask & STATX_MNT_ID) && status.stx_mnt_id == mount->id;
}

static int compare_mounts(const void *one, const void *other)
{
    return path_order(((const struct mount_entry *)one)->point, ((const struct mount_entry *)other)->point);
}

static void keep_visible(struct mount_table *mounts)
{
    size_t kept = 0;

    for (size_t i = 0; i < mounts->length; i++)
        if (is_visible(&mounts->entries[i]))
            mounts->entries[kept++] = mounts->entries[i];
    mounts->length = kept;
}

int machine_tree_read(struct machine_tree *tree, struct error *error)
{
    CLEANUP_FD int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    int status;

    if (fd < 0)
        return error_call(error, errno, "open", "cannot open /proc/self/mountinfo");
    status = mountinfo_read(fd, tree->items->arena, &tree->mounts, error);
    if (status < 0)
        return status;
    keep_visible(&tree->mounts);
    qsort(tree->mounts.entries, tree->mounts.length, sizeof(*tree->mounts.entries), compare_mounts);
    return 0;
}
