/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "review/scan.h"
#include "review/tree.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The kernel's clock for files stands still between two ticks: what changed in the tick in which the review began, when its
 * box was not there yet, has an older time, and the box saw it. Some file systems know whole seconds alone. */
static bool is_since(const struct walk *walk, const struct statx_timestamp *time)
{
    const struct timespec *started = &walk->review->started;

    if (time->tv_sec != started->tv_sec)
        return time->tv_sec > started->tv_sec;
    return time->tv_nsec == 0 || time->tv_nsec >= started->tv_nsec;
}

static int find_below(const struct walk *walk, int directory, const char *name, struct arena *arena,
                      const char **ret_found, struct error *error);

static int find_in(const struct walk *walk, int directory, const char *name, struct arena *arena,
                   const char **ret_found, struct error *error)
{
    struct statx status;

    if (statx(directory, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_BTIME,
              &status) < 0)
        return errno == ENOENT ? 0 : error_call(error, errno, "statx", "cannot examine %s", name);
    /* The times of a directory change with what is in it. */
    if (S_ISDIR(status.stx_mode) && (!(status.stx_mask & STATX_BTIME) || !is_since(walk, &status.stx_btime)))
        return find_below(walk, directory, name, arena, ret_found, error);
    if (!is_since(walk, S_ISDIR(status.stx_mode) ? &status.stx_btime : &status.stx_ctime))
        return 0;
    *ret_found = arena_copy(arena, name);
    return *ret_found ? 0 : error_memory(error);
}

/* The first file below a directory that is newer than the review, with its path from the directory on. */
static int find_below(const struct walk *walk, int directory, const char *name, struct arena *arena,
                      const char **ret_found, struct error *error)
{
    CLEANUP_NAMES struct strings names = {0};
    CLEANUP_FD int fd = tree_open_directory(directory, name);
    int result;

    if (fd < 0)
        return error_call(error, fd, "openat2", "cannot open %s", name);
    result = tree_read_names(fd, &names, error);
    for (size_t i = 0; i < names.length && result == 0 && !*ret_found; i++)
        result = find_in(walk, fd, names.values[i], arena, ret_found, error);
    if (result < 0 || !*ret_found)
        return result;
    *ret_found = arena_printf(arena, "%s/%s", name, *ret_found);
    return *ret_found ? 0 : error_memory(error);
}

static int find_newer(const struct walk *walk, const struct walk_entry *entry, struct arena *arena,
                      const char **ret_conflict, struct error *error)
{
    bool repeated = walk->review->status == REVIEW_COMMITTING;
    const char *found = NULL;
    int result;

    if (S_ISDIR(entry->machine.stx_mode) && !entry->in_layer) {
        result = find_below(walk, entry->directory->machine, entry->name, arena, &found, error);
        if (result < 0 || !found)
            return result;
        *ret_conflict = arena_printf(arena, "%s was changed on the machine since the review began", found);
        return *ret_conflict ? 0 : error_memory(error);
    }
    if (repeated && (S_ISDIR(entry->machine.stx_mode) || entry->machine.stx_nlink > 1))
        return 0;
    if (is_since(walk, &entry->machine.stx_ctime))
        *ret_conflict = "it was changed on the machine since the review began";
    return 0;
}

/* Who owns a directory can make it writable, as a commit does. */
static bool may_write(const struct walk_directory *directory)
{
    struct stat status;

    if (faccessat(directory->machine, "", W_OK | X_OK, AT_EMPTY_PATH | AT_EACCESS) == 0)
        return true;
    return errno == EACCES && fstat(directory->machine, &status) == 0 && status.st_uid == geteuid();
}

/* A file can be written to in a directory that can't be. */
static bool may_write_file(const struct walk_entry *entry)
{
    return entry->exists && entry->in_layer && entry->kind == REVIEW_CHANGED &&
           !(entry->what & REVIEW_TYPE) && S_ISREG(entry->machine.stx_mode) &&
           faccessat(entry->directory->machine, entry->name, W_OK, AT_SYMLINK_NOFOLLOW | AT_EACCESS) == 0;
}

int conflict_find(const struct walk *walk, const struct walk_entry *entry, struct arena *arena,
                  const char **ret_conflict, struct error *error)
{
    bool is_root = *entry->relative == '\0';

    if (entry->directory->machine >= 0 && !is_root &&
        !(entry->exists && S_ISDIR(entry->machine.stx_mode) && entry->in_layer) &&
        !may_write(entry->directory) && !may_write_file(entry)) {
        *ret_conflict = "you may not write to its directory on the machine";
        return 0;
    }
    return entry->exists ? find_newer(walk, entry, arena, ret_conflict, error) : 0;
}
