/* SPDX-License-Identifier: Apache-2.0 */
#include "review/walk.h"
#include "base/fd.h"
#include "review/compare.h"
#include "review/marks.h"
#include "review/state.h"
#include "review/tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STATUS_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)

int walk_open_file(int directory, const char *name, struct error *error)
{
    /* O_NONBLOCK: should it be a FIFO by now. */
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    return fd < 0 ? error_call(error, errno, "openat", "cannot open it") : fd;
}

/* Appends "/name". */
static int extend_path(struct walk *walk, const char *name, struct error *error)
{
    size_t needed = walk->length + strlen(name) + 2;
    char *path = realloc(walk->path, needed);

    if (!path)
        return error_memory(error);
    walk->path = path;
    path[walk->length] = '/';
    strcpy(path + walk->length + 1, name);
    walk->length = needed - 1;
    return 0;
}

static void shrink_path(struct walk *walk, size_t length)
{
    walk->length = length;
    walk->path[length] = '\0';
}

static int fail_at(const struct walk *walk, struct error *error)
{
    if (!error->place)
        error_place(error, "%s", *walk->path ? walk->path : "/");
    return -error->code;
}

/* Again where the path has grown in between, for then it may have moved. */
static void point_to_path(const struct walk *walk, struct walk_entry *entry)
{
    entry->path = *walk->path ? walk->path : "/";
    entry->relative = walk->path + walk->target_length + (walk->length > walk->target_length);
}

static int examine(struct walk *walk, struct walk_entry *entry, struct error *error)
{
    const unsigned mask = STATX_BASIC_STATS;
    const struct walk_directory *directory = entry->directory;

    point_to_path(walk, entry);
    entry->exists = directory->machine >= 0 &&
                    statx(directory->machine, entry->name, STATUS_FLAGS, mask, &entry->machine) == 0;
    if (!entry->exists && directory->machine >= 0 && errno != ENOENT)
        return error_call(error, errno, "statx", "cannot examine it");
    if (!entry->in_layer) {
        entry->kind = entry->exists ? REVIEW_REMOVED : REVIEW_SAME;
        return 0;
    }
    if (statx(directory->upper, entry->name, STATUS_FLAGS, mask, &entry->upper) < 0)
        return error_call(error, errno, "statx", "cannot examine it in the layer");
    return compare_entry(walk, entry, error);
}

#define STAGING_PREFIX ".holdfast-"
#define STAGING_SIZE (sizeof(STAGING_PREFIX) + 16)

static void name_staging(const struct walk *walk, char *ret_name)
{
    snprintf(ret_name, STAGING_SIZE, STAGING_PREFIX "%s", walk->review->token);
}

static bool is_staging(const struct walk *walk, const char *name)
{
    char staging[STAGING_SIZE];

    name_staging(walk, staging);
    return strcmp(name, staging) == 0;
}

int walk_remove_staging(const struct walk *walk, const struct walk_directory *directory, struct error *error)
{
    char staging[STAGING_SIZE];

    name_staging(walk, staging);
    return tree_remove(directory->machine, staging, error);
}

int walk_open_staging(const struct walk *walk, struct walk_directory *directory, struct error *error)
{
    char staging[STAGING_SIZE];
    int result;

    if (directory->staging >= 0)
        return 0;
    result = walk_remove_staging(walk, directory, error);
    if (result < 0)
        return result;
    name_staging(walk, staging);
    if (mkdirat(directory->machine, staging, 0700) < 0)
        return error_call(error, errno, "mkdirat", "cannot make a directory for new files beside it");
    directory->staging = tree_open_directory(directory->machine, staging);
    return directory->staging < 0 ? error_call(error, directory->staging, "openat2",
                                               "cannot open the directory for new files beside it")
                                  : 0;
}

static int end_staging(const struct walk *walk, struct walk_directory *directory, int result,
                       struct error *error)
{
    CLEANUP_ERROR struct error ignored = {0};

    if (directory->staging < 0)
        return result;
    fd_close(&directory->staging);
    if (result < 0) {
        (void)!walk_remove_staging(walk, directory, &ignored);
        return result;
    }
    return walk_remove_staging(walk, directory, error);
}

static int walk_entries(struct walk *walk, struct walk_directory *directory, struct error *error);

/* *ret_fd stays -1 where the machine has no such directory. */
static int open_machine(const struct walk_entry *entry, int *ret_fd, struct error *error)
{
    int fd;

    if (entry->directory->machine < 0)
        return 0;
    fd = tree_open_directory(entry->directory->machine, entry->name);
    if (fd >= 0)
        *ret_fd = fd;
    if (fd >= 0 || fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
        return 0;
    error_call(error, fd, "openat2", "cannot open the directory");
    if (fd == -EXDEV)
        error_hint(error, "something has been mounted there since the review began: unmount it");
    return fd;
}

static int enter_directory(struct walk *walk, struct walk_entry *entry, struct error *error)
{
    CLEANUP_FD int upper = tree_open_directory(entry->directory->upper, entry->name);
    CLEANUP_FD int machine = -1;
    struct walk_directory below = {.upper = upper, .machine = -1, .staging = -1};
    int result;

    if (upper < 0)
        return error_call(error, upper, "openat2", "cannot open the directory in the layer");
    entry->opaque = entry->directory->opaque || marks_is_opaque(upper, walk->review->user_xattr);
    result = walk->visitor->enter(walk, entry, error);
    if (result == 0)
        result = open_machine(entry, &machine, error);
    if (result < 0)
        return result;
    below.machine = machine;
    below.opaque = entry->opaque;
    result = walk_entries(walk, &below, error);
    point_to_path(walk, entry);
    if (result == 0 && walk->visitor->leave)
        result = walk->visitor->leave(walk, entry, &below, error);
    return end_staging(walk, &below, result, error);
}

static int walk_entry(struct walk *walk, struct walk_directory *directory, const char *name, bool in_layer,
                      struct error *error)
{
    struct walk_entry entry = {.directory = directory, .name = name, .in_layer = in_layer};
    size_t length = walk->length;
    int result = extend_path(walk, name, error);

    if (result < 0)
        return result;
    result = examine(walk, &entry, error);
    if (result == 0 && entry.in_layer && S_ISDIR(entry.upper.stx_mode))
        result = enter_directory(walk, &entry, error);
    else if (result == 0 && (entry.kind != REVIEW_SAME || (entry.in_layer && entry.upper.stx_nlink > 1)))
        result = walk->visitor->enter(walk, &entry, error);
    if (result < 0)
        return fail_at(walk, error);
    shrink_path(walk, length);
    return 0;
}

/* The names of both sides, each once, sorted: both lists are. */
static int walk_entries(struct walk *walk, struct walk_directory *directory, struct error *error)
{
    CLEANUP_NAMES struct strings upper = {0};
    CLEANUP_NAMES struct strings machine = {0};
    size_t left = 0, right = 0;
    int result = tree_read_names(directory->upper, &upper, error);

    if (result == 0 && directory->opaque && directory->machine >= 0)
        result = tree_read_names(directory->machine, &machine, error);
    while (result == 0 && (left < upper.length || right < machine.length)) {
        int order = left == upper.length      ? 1
                    : right == machine.length ? -1
                                              : strcmp(upper.values[left], machine.values[right]);
        const char *name = order <= 0 ? upper.values[left] : machine.values[right];

        left += order <= 0;
        right += order >= 0;
        if (order <= 0 || !is_staging(walk, name))
            result = walk_entry(walk, directory, name, order <= 0, error);
    }
    return result;
}

static int walk_root(struct walk *walk, int upper, struct error *error)
{
    struct walk_directory directory = {.upper = upper, .machine = walk->machine_root, .staging = -1};
    struct walk_entry entry = {.directory = &directory, .name = ".", .in_layer = true};
    int result = examine(walk, &entry, error);

    if (result == 0)
        result = walk->visitor->enter(walk, &entry, error);
    if (result == 0)
        result = walk_entries(walk, &directory, error);
    point_to_path(walk, &entry);
    if (result == 0 && walk->visitor->leave)
        result = walk->visitor->leave(walk, &entry, &directory, error);
    return end_staging(walk, &directory, result, error);
}

static int open_target(struct walk *walk, struct error *error)
{
    const char *target = walk->layer->target;
    struct stat status;

    walk->machine_root = open(target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (walk->machine_root < 0 || fstat(walk->machine_root, &status) < 0)
        return error_call(error, errno, "open", "cannot open it");
    if (status.st_ino == walk->layer->inode)
        return 0;
    error_set(error, ESTALE, "is another directory than when review %s began", walk->review->name);
    error_hint(error, "was something mounted there, or unmounted?");
    return -ESTALE;
}

int walk_layer(struct walk *walk, struct error *error)
{
    CLEANUP_FD int upper = -1;
    const char *target = walk->layer->target;
    int result = review_open_layer(walk->review, walk->layer, "upper", &upper, error);

    if (result < 0)
        return result;
    walk->path = strdup(strcmp(target, "/") == 0 ? "" : target);
    if (!walk->path)
        return error_memory(error);
    walk->length = walk->target_length = strlen(walk->path);
    result = open_target(walk, error);
    if (result == 0)
        result = walk_root(walk, upper, error);
    if (result < 0)
        (void)fail_at(walk, error);
    fd_close(&walk->machine_root);
    free(walk->path);
    walk->path = NULL;
    return result;
}
