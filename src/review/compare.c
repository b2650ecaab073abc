/* SPDX-License-Identifier: Apache-2.0 */
#include "review/compare.h"
#include "base/fd.h"
#include "kernel/xattr.h"
#include "review/marks.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE ((size_t)64 * 1024)
#define PERMISSIONS 07777u

const char *const review_words[] = {"type",  "content", "target", "device", "mode",
                                    "owner", "xattrs",  "times",  NULL};

static ssize_t read_full(int fd, char *buffer, off_t offset)
{
    size_t length = 0;

    while (length < BUFFER_SIZE) {
        ssize_t count = pread(fd, buffer + length, BUFFER_SIZE - length, offset + (off_t)length);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        if (count == 0)
            break;
        length += (size_t)count;
    }
    return (ssize_t)length;
}

static int compare_open(int one, int other, struct error *error)
{
    CLEANUP_FREE char *buffers = malloc(BUFFER_SIZE * 2);

    if (!buffers)
        return error_memory(error);
    for (off_t offset = 0;; offset += (off_t)BUFFER_SIZE) {
        ssize_t left = read_full(one, buffers, offset);
        ssize_t right = read_full(other, buffers + BUFFER_SIZE, offset);

        if (left < 0 || right < 0)
            return error_call(error, (int)(left < 0 ? left : right), "pread", "cannot read it");
        if (left != right || memcmp(buffers, buffers + BUFFER_SIZE, (size_t)left) != 0)
            return 1;
        if ((size_t)left < BUFFER_SIZE)
            return 0;
    }
}

static int compare_content(const struct walk_entry *entry, struct error *error)
{
    CLEANUP_FD int upper = -1;
    CLEANUP_FD int machine = -1;

    if (entry->upper.stx_size != entry->machine.stx_size)
        return 1;
    upper = walk_open_file(entry->directory->upper, entry->name, error);
    if (upper < 0)
        return upper;
    machine = walk_open_file(entry->directory->machine, entry->name, error);
    return machine < 0 ? machine : compare_open(upper, machine, error);
}

static int compare_targets(const struct walk_entry *entry, struct error *error)
{
    char one[PATH_MAX], other[PATH_MAX];
    ssize_t left = readlinkat(entry->directory->upper, entry->name, one, sizeof(one));
    ssize_t right = readlinkat(entry->directory->machine, entry->name, other, sizeof(other));

    if (left < 0 || right < 0)
        return error_call(error, errno, "readlinkat", "cannot read the link");
    return left != right || memcmp(one, other, (size_t)left) != 0;
}

static bool has_prefix(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Whether one has an attribute that the other doesn't have with that value: 1 or 0, or -errno. */
static int has_other(int one_fd, const char *one, int other_fd, const char *other, const char *prefix)
{
    CLEANUP_FREE char *names = NULL;
    size_t length = 0;
    int result = kernel_list_xattrs(one_fd, one, &names, &length);

    if (result == -EOPNOTSUPP || result == -ENOSYS)
        return 0;
    if (result < 0)
        return result;
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        CLEANUP_FREE char *left = NULL;
        CLEANUP_FREE char *right = NULL;
        size_t left_size, right_size;

        if (has_prefix(name, prefix) || kernel_read_xattr(one_fd, one, name, &left, &left_size) < 0)
            continue;
        if (kernel_read_xattr(other_fd, other, name, &right, &right_size) < 0 || left_size != right_size ||
            (left_size > 0 && memcmp(left, right, left_size) != 0))
            return 1;
    }
    return 0;
}

int compare_xattrs(int one_fd, const char *one, int other_fd, const char *other, const char *prefix,
                   struct error *error)
{
    int result = has_other(one_fd, one, other_fd, other, prefix);

    if (result == 0)
        result = has_other(other_fd, other, one_fd, one, prefix);
    return result < 0 ? error_call(error, result, "listxattr", "cannot read its extended attributes")
                      : result;
}

/* Files and directories are opened, which works before Linux 6.13, too. */
static int compare_entry_xattrs(const struct walk *walk, const struct walk_entry *entry, struct error *error)
{
    const char *prefix = marks_prefix(walk->review->user_xattr);
    bool by_name = !S_ISREG(entry->upper.stx_mode) && !S_ISDIR(entry->upper.stx_mode);
    const char *name = by_name ? entry->name : "";
    CLEANUP_FD int upper = -1;
    CLEANUP_FD int machine = -1;

    if (by_name)
        return compare_xattrs(entry->directory->upper, name, entry->directory->machine, name, prefix, error);
    upper = walk_open_file(entry->directory->upper, entry->name, error);
    if (upper < 0)
        return upper;
    machine = walk_open_file(entry->directory->machine, entry->name, error);
    return machine < 0 ? machine : compare_xattrs(upper, name, machine, name, prefix, error);
}

struct compare_wanted compare_wanted(const struct walk *walk, const struct walk_entry *entry)
{
    const struct review_layer *layer = walk->layer;
    struct compare_wanted wanted = {entry->upper.stx_uid, entry->upper.stx_gid, entry->upper.stx_mode};

    if (*entry->relative || !entry->exists)
        return wanted;
    if (wanted.uid == layer->uid)
        wanted.uid = entry->machine.stx_uid;
    if (wanted.gid == layer->gid)
        wanted.gid = entry->machine.stx_gid;
    if (wanted.mode == layer->mode)
        wanted.mode = entry->machine.stx_mode;
    return wanted;
}

/* The bit where the answer is yes; the answer may be an error. */
static int add_bit(unsigned *what, unsigned bit, int answer)
{
    if (answer > 0)
        *what |= bit;
    return answer < 0 ? answer : 0;
}

static int compare_kinds(const struct walk_entry *entry, unsigned *what, struct error *error)
{
    const struct statx *upper = &entry->upper, *machine = &entry->machine;

    if (S_ISREG(upper->stx_mode))
        return add_bit(what, REVIEW_CONTENT, compare_content(entry, error));
    if (S_ISLNK(upper->stx_mode))
        return add_bit(what, REVIEW_TARGET, compare_targets(entry, error));
    if (S_ISCHR(upper->stx_mode) || S_ISBLK(upper->stx_mode))
        return add_bit(what, REVIEW_DEVICE,
                       upper->stx_rdev_major != machine->stx_rdev_major ||
                           upper->stx_rdev_minor != machine->stx_rdev_minor);
    return 0;
}

static bool is_before(const struct statx_timestamp *one, const struct timespec *other)
{
    return one->tv_sec != other->tv_sec ? one->tv_sec < other->tv_sec : one->tv_nsec < other->tv_nsec;
}

/* Those of a directory change with what is in it: only what somebody has set to the past is told. */
static bool differs_in_time(const struct walk *walk, const struct walk_entry *entry)
{
    const struct statx_timestamp *upper = &entry->upper.stx_mtime, *machine = &entry->machine.stx_mtime;
    const struct timespec *started = &walk->review->started;

    if (upper->tv_sec == machine->tv_sec && upper->tv_nsec == machine->tv_nsec)
        return false;
    return !S_ISDIR(entry->upper.stx_mode) || (is_before(upper, started) && is_before(machine, started));
}

static int compare_both(const struct walk *walk, const struct walk_entry *entry, unsigned *what,
                        struct error *error)
{
    const struct statx *upper = &entry->upper, *machine = &entry->machine;
    const struct compare_wanted wanted = compare_wanted(walk, entry);
    int result;

    if ((upper->stx_mode & S_IFMT) != (machine->stx_mode & S_IFMT)) {
        *what = REVIEW_TYPE;
        return 0;
    }
    if ((wanted.mode & PERMISSIONS) != (machine->stx_mode & PERMISSIONS))
        *what |= REVIEW_MODE;
    if (wanted.uid != machine->stx_uid || wanted.gid != machine->stx_gid)
        *what |= REVIEW_OWNER;
    result = compare_kinds(entry, what, error);
    if (result == 0)
        result = add_bit(what, REVIEW_XATTRS, compare_entry_xattrs(walk, entry, error));
    if (result == 0 && *what == 0 && differs_in_time(walk, entry))
        *what = REVIEW_TIMES;
    return result;
}

int compare_entry(const struct walk *walk, struct walk_entry *entry, struct error *error)
{
    unsigned what = 0;
    int result;

    if (marks_is_whiteout(entry->directory->upper, entry->name, &entry->upper, walk->review->user_xattr)) {
        entry->in_layer = false;
        entry->kind = entry->exists ? REVIEW_REMOVED : REVIEW_SAME;
        return 0;
    }
    if (!entry->exists) {
        entry->kind = REVIEW_ADDED;
        return 0;
    }
    if (walk->names_alone && !S_ISDIR(entry->upper.stx_mode)) {
        entry->kind = REVIEW_SAME;
        return 0;
    }
    result = compare_both(walk, entry, &what, error);
    if (result < 0)
        return result;
    entry->what = what;
    entry->kind = what ? REVIEW_CHANGED : REVIEW_SAME;
    return 0;
}
