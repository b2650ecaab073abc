/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks at the host's mounts once more after a failure, to name the one that is the reason.
 *
 *   in a helper: setns(host), openat2(source), read(/proc/thread-self/mounts);
 *   for idmaps: open_tree(mount, OPEN_TREE_CLONE), mount_setattr(MOUNT_ATTR_IDMAP)
 */
#include "base/fd.h"
#include "base/helper.h"
#include "kernel/restrictions.h"
#include "mount/namespace.h"
#include "mount/operations.h"

#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The absolute path of the source, as the host sees it. */
static bool find_source(const struct step *step, char path[PATH_MAX])
{
    const struct bind_operation *bind = &step->operation->bind;
    CLEANUP_FD int fd = bind->has_fd ? -1 : kernel_openat2(step->build->host_fd, bind->source, O_PATH, 0, 0);
    char link[64];
    ssize_t length;

    snprintf(link, sizeof(link), "/proc/thread-self/fd/%d", bind->has_fd ? bind->fd : fd);
    length = readlink(link, path, PATH_MAX - 1);
    if (length < 0)
        return false;
    path[length] = '\0';
    return true;
}

/* Also the mount that the source lies in, which is bound from there on. */
static bool is_taken(const char *point, const char *source, bool recursive)
{
    size_t length = strcmp(source, "/") == 0 ? 0 : strlen(source);

    return recursive && strncmp(point, source, length) == 0 &&
           (point[length] == '/' || point[length] == '\0');
}

static bool can_be_mapped(const char *path, int user_namespace_fd)
{
    const struct mount_attributes change = {.set = ATTRIBUTE_IDMAP, .userns_fd = (uint64_t)user_namespace_fd};
    CLEANUP_FD int source = kernel_open_tree(AT_FDCWD, path, 0);
    CLEANUP_FD int tree = source < 0 ? source : kernel_clone_mount(source, false);

    return tree < 0 || kernel_set_attributes(tree, false, &change) != -EINVAL;
}

static void note_unmappable(struct source_mounts *mounts, const char *path, const char *type)
{
    if (mounts->user_namespace_fd < 0 || *mounts->unmappable ||
        can_be_mapped(path, mounts->user_namespace_fd))
        return;
    snprintf(mounts->unmappable, sizeof(mounts->unmappable), "%s", path);
    snprintf(mounts->type, sizeof(mounts->type), "%s", type);
}

/* The mount in which the source lies comes first: the one with the longest name above it. */
static void look_at_source(struct source_mounts *mounts, const char *source, FILE *table)
{
    struct mntent entry;
    char line[8192], type[64] = "";
    size_t longest = 0;

    while (getmntent_r(table, &entry, line, sizeof(line))) {
        size_t length = strcmp(entry.mnt_dir, "/") == 0 ? 0 : strlen(entry.mnt_dir);

        if (length < longest || strncmp(source, entry.mnt_dir, length) != 0 ||
            (source[length] && source[length] != '/'))
            continue;
        longest = length;
        snprintf(type, sizeof(type), "%s", entry.mnt_type);
    }
    note_unmappable(mounts, source, type);
}

static int look(void *argument, struct error *error)
{
    struct source_mounts *mounts = argument;
    const struct bind_operation *bind = &mounts->step->operation->bind;
    char source[PATH_MAX], line[8192];
    struct mntent entry;
    FILE *table;
    int status = mount_namespace_leave(mounts->step->build->outside, error);

    if (status < 0)
        return status;
    mounts->limit = restrictions_sysctl("fs/mount-max");
    table = setmntent("/proc/thread-self/mounts", "re");
    if (!table || !find_source(mounts->step, source)) {
        if (table)
            endmntent(table);
        return 0;
    }
    look_at_source(mounts, source, table);
    rewind(table);
    mounts->count = 1;
    while (getmntent_r(table, &entry, line, sizeof(line))) {
        if (!is_taken(entry.mnt_dir, source, bind->recursive) || strcmp(entry.mnt_dir, source) == 0)
            continue;
        mounts->count++;
        note_unmappable(mounts, entry.mnt_dir, entry.mnt_type);
    }
    endmntent(table);
    return 0;
}

void step_look_at_source(struct source_mounts *mounts)
{
    CLEANUP_ERROR struct error ignored = {0};

    mounts->limit = -1;
    if (mounts->step->operation->kind == OPERATION_BIND && mounts->step->build->outside &&
        !mounts->step->operation->bind.from_root)
        (void)!helper_run(look, mounts, &ignored);
}
