/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   new file:   mkdirat(staging, 0700), copy_entry() (src/mount/copy_entry.h), renameat2(staging/new, name), unlinkat(staging)
 *   over a directory, or a directory over a file: renameat2(RENAME_EXCHANGE), and the old one is removed in the staging
 *   directory
 *
 * Where others may write to a directory they could exchange what is made in it for a link of their own, before it has its
 * owner and mode; nobody else can enter the staging directory.
 */
#include "review/place.h"
#include "base/fd.h"
#include "kernel/mount_api.h"
#include "kernel/xattr.h"
#include "mount/copy_entry.h"
#include "review/compare.h"
#include "review/marks.h"
#include "review/tree.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NEW_NAME "new"
#define PERMISSIONS 07777u

static struct copy_rules rules_of(const struct walk *walk)
{
    return (struct copy_rules){.private_prefix = marks_prefix(walk->review->user_xattr), .all_xattrs = true};
}

void place_open_directory(const struct walk_directory *directory)
{
    struct stat status;

    if (faccessat(directory->machine, "", W_OK | X_OK, AT_EMPTY_PATH | AT_EACCESS) < 0 && errno == EACCES &&
        fstat(directory->machine, &status) == 0)
        (void)!fchmod(directory->machine, (status.st_mode & PERMISSIONS) | S_IRWXU);
}

static int open_staging(struct walk *walk, const struct walk_entry *entry, struct error *error)
{
    if (entry->directory->staging < 0)
        place_open_directory(entry->directory);
    return walk_open_staging(walk, entry->directory, error);
}

static int move_into_place(const struct walk_entry *entry, bool directory, struct error *error)
{
    const struct walk_directory *place = entry->directory;
    bool exchange = entry->exists && directory != S_ISDIR(entry->machine.stx_mode);

    if (renameat2(place->staging, NEW_NAME, place->machine, entry->name, exchange ? RENAME_EXCHANGE : 0) < 0)
        return error_call(error, errno, "renameat2", "cannot put it into its place");
    return exchange ? tree_remove(place->staging, NEW_NAME, error) : 0;
}

/* What the source doesn't have, and the target has from a default access list, or from before. */
static int remove_other_xattrs(const struct walk *walk, int source, int target, bool *ret_removed,
                               struct error *error)
{
    CLEANUP_FREE char *names = NULL;
    size_t length = 0;
    int result = kernel_list_xattrs(target, "", &names, &length);

    *ret_removed = false;
    if (result == -EOPNOTSUPP)
        return 0;
    if (result < 0)
        return error_call(error, result, "flistxattr", "cannot list its extended attributes");
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        CLEANUP_FREE char *value = NULL;
        const char *prefix = marks_prefix(walk->review->user_xattr);
        size_t size;

        if (strncmp(name, prefix, strlen(prefix)) == 0 || strcmp(name, "security.selinux") == 0 ||
            kernel_read_xattr(source, "", name, &value, &size) == 0)
            continue;
        result = kernel_remove_xattr(target, "", name);
        if (result < 0 && result != -ENODATA)
            return error_call(error, result, "fremovexattr", "cannot remove its %s", name);
        *ret_removed = true;
    }
    return 0;
}

static int set_attributes(const struct walk *walk, int source, int target, const struct stat *status,
                          struct error *error)
{
    const struct copy_rules rules = rules_of(walk);
    bool removed;
    int result = remove_other_xattrs(walk, source, target, &removed, error);

    return result == 0 ? copy_attributes(source, target, status, &rules, error) : result;
}

/* A copy in a directory with a default access list has got one. */
static int drop_inherited(const struct walk *walk, const struct walk_entry *entry, const struct stat *status,
                          struct error *error)
{
    CLEANUP_FD int source = walk_open_file(entry->directory->upper, entry->name, error);
    CLEANUP_FD int target = -1;
    bool removed;
    int result;

    if (source < 0)
        return source;
    target = walk_open_file(entry->directory->staging, NEW_NAME, error);
    if (target < 0)
        return target;
    result = remove_other_xattrs(walk, source, target, &removed, error);
    if (result == 0 && removed && fchmod(target, status->st_mode & PERMISSIONS) < 0)
        result = error_call(error, errno, "fchmod", "cannot set the mode of the copy");
    return result;
}

/* A copy that only its owner may not read is closed to who made it, too, but for root. */
static bool may_have_inherited(const struct stat *status)
{
    return S_ISREG(status->st_mode) && (geteuid() == 0 || (status->st_mode & S_IRUSR));
}

int place_copy(struct walk *walk, const struct walk_entry *entry, struct error *error)
{
    const struct walk_directory *place = entry->directory;
    const struct copy_rules rules = rules_of(walk);
    struct stat status;
    int result = open_staging(walk, entry, error);

    if (result < 0)
        return result;
    if (fstatat(place->upper, entry->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return error_call(error, errno, "fstatat", "cannot examine it in the layer");
    result = copy_entry(place->upper, entry->name, place->staging, NEW_NAME, &status, &rules, error);
    if (result == 0 && may_have_inherited(&status))
        result = drop_inherited(walk, entry, &status, error);
    return result == 0 ? move_into_place(entry, false, error) : result;
}

static int open_relative(const struct walk *walk, const char *relative, uint64_t flags, struct error *error)
{
    int fd = kernel_openat2(walk->machine_root, relative, flags | O_NOFOLLOW, 0,
                            RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);

    return fd < 0 ? error_call(error, fd, "openat2", "cannot open its other name %s", relative) : fd;
}

/* AT_EMPTY_PATH is for who has the privilege (linkat(2)). */
static int link_open(int fd, int directory, const char *name)
{
    char path[32];

    if (linkat(fd, "", directory, name, AT_EMPTY_PATH) == 0)
        return 0;
    if (errno != ENOENT)
        return -errno;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

int place_link(struct walk *walk, const struct walk_entry *entry, const char *relative, struct error *error)
{
    CLEANUP_FD int fd = open_relative(walk, relative, O_PATH, error);
    struct stat status;
    int result;

    if (fd < 0)
        return fd;
    if (fstat(fd, &status) < 0)
        return error_call(error, errno, "fstat", "cannot examine its other name");
    if (entry->exists && status.st_ino == entry->machine.stx_ino)
        return 0;
    result = open_staging(walk, entry, error);
    if (result < 0)
        return result;
    result = link_open(fd, entry->directory->staging, NEW_NAME);
    if (result < 0)
        return error_call(error, result, "linkat", "cannot make a hard link to %s", relative);
    return move_into_place(entry, false, error);
}

int place_directory(struct walk *walk, const struct walk_entry *entry, struct error *error)
{
    int result;

    if (!entry->exists) {
        place_open_directory(entry->directory);
        return mkdirat(entry->directory->machine, entry->name, 0700) < 0
                   ? error_call(error, errno, "mkdirat", "cannot make the directory")
                   : 0;
    }
    result = open_staging(walk, entry, error);
    if (result == 0 && mkdirat(entry->directory->staging, NEW_NAME, 0700) < 0)
        result = error_call(error, errno, "mkdirat", "cannot make the directory");
    return result == 0 ? move_into_place(entry, true, error) : result;
}

int place_content(struct walk *walk, const struct walk_entry *entry, const char *relative,
                  struct error *error)
{
    CLEANUP_FD int source = walk_open_file(entry->directory->upper, entry->name, error);
    CLEANUP_FD int target = source < 0 ? -1 : open_relative(walk, relative, O_WRONLY, error);
    struct stat status;
    int result;

    if (source < 0 || target < 0)
        return -error->code;
    if (fstat(source, &status) < 0)
        return error_call(error, errno, "fstat", "cannot examine it in the layer");
    if (ftruncate(target, 0) < 0)
        return error_call(error, errno, "ftruncate", "cannot empty it");
    result = copy_content(source, target, &status, error);
    return result == 0 ? set_attributes(walk, source, target, &status, error) : result;
}

static bool is_before(const struct timespec *one, const struct timespec *other)
{
    return one->tv_sec != other->tv_sec ? one->tv_sec < other->tv_sec : one->tv_nsec < other->tv_nsec;
}

/* A directory that the box made or replaced has the time that it had there. Another one has the time at which the commit
 * changed its entries, or the box where the commit didn't have to. */
static void choose_times(const struct walk *walk, const struct walk_entry *entry, const struct stat *present,
                         struct stat *wanted)
{
    const struct timespec *started = &walk->review->started;
    bool may_set = geteuid() == 0 || geteuid() == present->st_uid;

    if (may_set &&
        (entry->opaque || is_before(&wanted->st_mtim, started) || is_before(&present->st_mtim, started)))
        return;
    wanted->st_mtim = present->st_mtim;
    wanted->st_atim = present->st_atim;
}

int place_directory_attributes(struct walk *walk, const struct walk_entry *entry,
                               const struct walk_directory *opened, struct error *error)
{
    struct compare_wanted settled;
    struct stat wanted, present;
    int differs;

    if (fstat(opened->upper, &wanted) < 0 || fstat(opened->machine, &present) < 0)
        return error_call(error, errno, "fstat", "cannot examine it");
    choose_times(walk, entry, &present, &wanted);
    settled = compare_wanted(walk, entry);
    wanted.st_uid = settled.uid;
    wanted.st_gid = settled.gid;
    wanted.st_mode = settled.mode;
    differs =
        compare_xattrs(opened->upper, "", opened->machine, "", marks_prefix(walk->review->user_xattr), error);
    if (differs < 0)
        return differs;
    if (!differs && wanted.st_mode == present.st_mode && wanted.st_uid == present.st_uid &&
        wanted.st_gid == present.st_gid && wanted.st_mtim.tv_sec == present.st_mtim.tv_sec &&
        wanted.st_mtim.tv_nsec == present.st_mtim.tv_nsec)
        return 0;
    /* -1 leaves it alone (chown(2)): it may be one that the user namespace, which an ordinary user is in by now, has no
     * mapping for. */
    wanted.st_uid = wanted.st_uid == present.st_uid ? (uid_t)-1 : wanted.st_uid;
    wanted.st_gid = wanted.st_gid == present.st_gid ? (gid_t)-1 : wanted.st_gid;
    return set_attributes(walk, opened->upper, opened->machine, &wanted, error);
}
