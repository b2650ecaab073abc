/* SPDX-License-Identifier: Apache-2.0 */
#include "box/machine_tree.h"
#include "base/fd.h"
#include "kernel/mountinfo.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct machine_tree {
    struct config *config;
    struct mount_table mounts;
    bool locked;
};

/* What becomes of a mount, by its file system. The kernel's own views are left out (a box has new ones), and
 * so is what may hang; overlayfs takes the ones named copy-on-write; any other is shown read-only. */
enum treatment { TREAT_COPY_ON_WRITE, TREAT_LEAVE_OUT, TREAT_READONLY };

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

static enum treatment treatment_of(const char *type)
{
    for (size_t i = 0; i < ARRAY_LENGTH(treatments); i++)
        if (strcmp(treatments[i].type, type) == 0)
            return treatments[i].treatment;
    return TREAT_READONLY;
}

static bool is_below(const char *path, const char *directory)
{
    size_t length = strcmp(directory, "/") == 0 ? 0 : strlen(directory);

    return strncmp(path, directory, length) == 0 && path[length] == '/' && path[length + 1];
}

/* The mount at path; of several on top of each other the last one is what is seen. */
static const struct mount_entry *mount_at(const struct machine_tree *tree, const char *path)
{
    for (size_t i = tree->mounts.length; i > 0; i--)
        if (strcmp(tree->mounts.entries[i - 1].point, path) == 0)
            return &tree->mounts.entries[i - 1];
    return NULL;
}

static bool has_mount_below(const struct machine_tree *tree, const char *path)
{
    for (size_t i = 0; i < tree->mounts.length; i++)
        if (is_below(tree->mounts.entries[i].point, path))
            return true;
    return false;
}

static struct config_part *add_part(struct machine_tree *tree, enum config_part_kind kind, const char *path,
                                    struct error *error)
{
    struct config *config = tree->config;
    struct config_part *part =
        arena_append(&config->arena, (void **)&config->parts, &config->parts_length, sizeof(*part));

    if (!part) {
        error_memory(error);
        return NULL;
    }
    *part = (struct config_part){.kind = kind, .path = path};
    return part;
}

static int add_simple(struct machine_tree *tree, enum config_part_kind kind, const char *path,
                      struct error *error)
{
    return add_part(tree, kind, path, error) ? 0 : -ENOMEM;
}

static int add_path(struct machine_tree *tree, const char *path, struct error *error);

static int add_entries(struct machine_tree *tree, const char *path, DIR *directory, struct error *error)
{
    const struct dirent *entry;
    int status = 0;

    while (status == 0 && (entry = readdir(directory))) {
        const char *below;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        below =
            arena_printf(&tree->config->arena, "%s/%s", strcmp(path, "/") == 0 ? "" : path, entry->d_name);
        status = below ? add_path(tree, below, error) : error_memory(error);
    }
    return status;
}

/* An empty directory in memory, filled with the entries of the machine's. */
static int add_directory(struct machine_tree *tree, const char *path, mode_t mode, struct error *error)
{
    struct config_part *part = add_part(tree, PART_DIRECTORY, path, error);
    DIR *directory;
    int status;

    if (!part)
        return -ENOMEM;
    part->mode = mode & 07777;
    directory = opendir(path);
    if (!directory)
        return 0; /* what the user can't read the box doesn't show */
    status = add_entries(tree, path, directory, error);
    closedir(directory);
    return status;
}

static int add_symlink(struct machine_tree *tree, const char *path, struct error *error)
{
    struct config_part *part;
    char text[PATH_MAX];
    ssize_t length = readlink(path, text, sizeof(text));

    if (length < 0 || length == (ssize_t)sizeof(text))
        return 0; /* gone meanwhile */
    part = add_part(tree, PART_SYMLINK, path, error);
    if (!part)
        return -ENOMEM;
    part->text = arena_copy_range(&tree->config->arena, text, (size_t)length);
    return part->text ? 0 : error_memory(error);
}

static int add_mounted_directory(struct machine_tree *tree, const char *path, mode_t mode,
                                 struct error *error)
{
    const struct mount_entry *mount = mount_at(tree, path);
    enum treatment treatment = mount ? treatment_of(mount->type) : TREAT_COPY_ON_WRITE;
    struct config_part *part;

    if (treatment == TREAT_READONLY)
        return add_simple(tree, PART_READONLY, path, error);
    if (treatment == TREAT_LEAVE_OUT) {
        part = add_part(tree, PART_DIRECTORY, path, error);
        if (part)
            part->mode = mode & 07777;
        return part ? 0 : -ENOMEM;
    }
    if (has_mount_below(tree, path))
        return add_directory(tree, path, mode, error);
    return add_simple(tree, PART_COPY_ON_WRITE, path, error);
}

static int add_path(struct machine_tree *tree, const char *path, struct error *error)
{
    struct stat status;

    if (lstat(path, &status) < 0)
        return 0; /* gone meanwhile */
    if (S_ISDIR(status.st_mode))
        return add_mounted_directory(tree, path, status.st_mode, error);
    if (S_ISLNK(status.st_mode))
        return add_symlink(tree, path, error);
    if (S_ISREG(status.st_mode))
        return add_simple(tree, PART_READONLY, path, error);
    return 0; /* sockets, FIFOs and devices are the machine's */
}

/* Whether the mount is what is seen at its place: nothing on top of it, nothing above it in between. */
static bool is_visible(const struct mount_entry *mount)
{
    struct statx status;

    return statx(AT_FDCWD, mount->point, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID, &status) == 0 &&
           (status.stx_mask & STATX_MNT_ID) && status.stx_mnt_id == mount->id;
}

static bool is_part(const struct machine_tree *tree, const char *path)
{
    for (size_t i = 0; i < tree->config->parts_length; i++)
        if (strcmp(tree->config->parts[i].path, path) == 0)
            return true;
    return false;
}

/* Below what is left out or shown with all that is mounted below it, nothing more is to do. */
static bool is_settled(const struct machine_tree *tree, const char *path)
{
    for (size_t i = 0; i < tree->mounts.length; i++)
        if (is_below(path, tree->mounts.entries[i].point) &&
            treatment_of(tree->mounts.entries[i].type) != TREAT_COPY_ON_WRITE)
            return true;
    return false;
}

static int add_mount(struct machine_tree *tree, const struct mount_entry *mount, struct error *error)
{
    struct stat status;

    if (is_settled(tree, mount->point) || treatment_of(mount->type) == TREAT_LEAVE_OUT ||
        lstat(mount->point, &status) < 0)
        return 0;
    if (treatment_of(mount->type) == TREAT_READONLY || !S_ISDIR(status.st_mode))
        return add_simple(tree, PART_READONLY, mount->point, error);
    return add_simple(tree, PART_COPY_ON_WRITE, mount->point, error);
}

/* Who has the privilege takes each mount on its own. */
static int add_mounts(struct machine_tree *tree, struct error *error)
{
    int status = add_simple(tree, PART_COPY_ON_WRITE, "/", error);

    for (size_t i = 0; i < tree->mounts.length && status == 0; i++)
        if (strcmp(tree->mounts.entries[i].point, "/") != 0)
            status = add_mount(tree, &tree->mounts.entries[i], error);
    return status;
}

static void keep_visible(struct mount_table *mounts)
{
    size_t kept = 0;

    for (size_t i = 0; i < mounts->length; i++)
        if (is_visible(&mounts->entries[i]))
            mounts->entries[kept++] = mounts->entries[i];
    mounts->length = kept;
}

/* Copying a directory up keeps its owner, which a user namespace can do for the user's own only: below a directory of
 * somebody else the user's directories could not be written (EOVERFLOW). So the uppermost directory of the user's
 * own on the way to a place where people work becomes a part of its own. */
static int add_own_directory(struct machine_tree *tree, const char *place, struct error *error)
{
    char *path = arena_copy(&tree->config->arena, place);
    struct stat status;

    if (!path)
        return error_memory(error);
    for (char *end = strchr(path + 1, '/'); *path == '/'; end = strchr(end + 1, '/')) {
        if (end)
            *end = '\0';
        if (lstat(path, &status) < 0 || !S_ISDIR(status.st_mode))
            return 0;
        if (status.st_uid == geteuid())
            return is_part(tree, path) || is_settled(tree, path)
                       ? 0
                       : add_simple(tree, PART_COPY_ON_WRITE, path, error);
        if (!end)
            return 0;
        *end = '/';
    }
    return 0;
}

/* Everybody may write there. */
static int add_shared_directory(struct machine_tree *tree, const char *path, struct error *error)
{
    if (is_part(tree, path) || is_settled(tree, path) || has_mount_below(tree, path) ||
        access(path, W_OK | X_OK) < 0)
        return 0;
    return add_simple(tree, PART_COPY_ON_WRITE, path, error);
}

/* From above to below: a part covers what was there before. */
static int add_own_directories(struct machine_tree *tree, struct error *error)
{
    const char *home = getenv("HOME");
    char *present = get_current_dir_name();
    int status = add_shared_directory(tree, "/var/tmp", error);

    if (status == 0 && present)
        status = add_own_directory(tree, present, error);
    free(present);
    if (status == 0 && home && *home == '/')
        status = add_own_directory(tree, home, error);
    return status;
}

static int add_tree(struct machine_tree *tree, struct error *error)
{
    int status = add_path(tree, "/", error);

    return status == 0 ? add_own_directories(tree, error) : status;
}

int machine_tree_add(struct config *config, bool locked, struct error *error)
{
    struct machine_tree tree = {.config = config, .locked = locked};
    CLEANUP_FD int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    int status;

    if (fd < 0)
        return error_call(error, errno, "open", "cannot open /proc/self/mountinfo");
    status = mountinfo_read(fd, &config->arena, &tree.mounts, error);
    if (status < 0)
        return status;
    keep_visible(&tree.mounts);
    return locked ? add_tree(&tree, error) : add_mounts(&tree, error);
}
