/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories of reviews. One is removed under another name, which no review can have, so that a name stands for a
 * whole review or for none, also after a kill -9; what such a kill left is removed when the next one begins.
 */
#include "review/directory.h"
#include "base/fd.h"
#include "review/state.h"
#include "review/tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char name_characters[] = "abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_+-.";

void review_clear(struct review *review)
{
    fd_close(&review->lock);
    fd_close(&review->directory);
    fd_close(&review->root);
    arena_clear(&review->arena);
    *review = REVIEW_NONE;
}

const char *review_default_root(struct arena *arena, struct error *error)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    const char *path = NULL;

    if (state && *state == '/') {
        path = arena_printf(arena, "%s/holdfast/review", state);
    } else if (geteuid() == 0) {
        path = arena_copy(arena, "/var/lib/holdfast/review");
    } else if (home && *home == '/') {
        path = arena_printf(arena, "%s/.local/state/holdfast/review", home);
    } else {
        error_set(error, ENOENT, "there is no place for reviews: HOME is not set");
        error_hint(error, "set XDG_STATE_HOME to a directory");
        return NULL;
    }
    if (!path)
        error_memory(error);
    return path;
}

int review_check_name(const char *name, struct error *error)
{
    if (*name && *name != '.' && strlen(name) <= REVIEW_NAME_LIMIT &&
        strspn(name, name_characters) == strlen(name))
        return 0;
    error_set(error, EINVAL, "\"%s\" can't be the name of a review", name);
    error_hint(error, "letters, digits, \"_\", \"+\", \"-\" and \".\" make one, %d at most",
               REVIEW_NAME_LIMIT);
    return -EINVAL;
}

static int no_such_review(const char *name, struct error *error)
{
    error_set(error, ENOENT, "there is no review \"%s\"", name);
    error_hint(error, "\"holdfast box list\" shows those that there are");
    return -ENOENT;
}

/* Who else could write to it could make a commit write what he likes. */
static int check_owner(int directory, const char *path, struct error *error)
{
    struct stat status;

    if (fstat(directory, &status) < 0)
        return error_call(error, errno, "fstat", "cannot examine %s", path);
    if (status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return 0;
    error_set(error, EPERM, "%s is another user's, or others can write to it", path);
    error_hint(error, "set XDG_STATE_HOME to a directory of your own");
    return -EPERM;
}

int review_open_root(const char *path, int *ret_fd, struct error *error)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result;

    if (fd < 0)
        return error_call(error, errno, "open", "cannot open %s", path);
    result = check_owner(fd, path, error);
    if (result == 0)
        *ret_fd = fd_take(&fd);
    return result;
}

int review_fill_paths(struct review *review, const char *root, const char *name, struct error *error)
{
    review->name = arena_copy(&review->arena, name);
    review->path = arena_printf(&review->arena, "%s/%s", root, name);
    return review->name && review->path ? 0 : error_memory(error);
}

static int take_lock(struct review *review, struct error *error)
{
    CLEANUP_FD int fd = openat(review->directory, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return error_call(error, errno, "openat", "cannot open %s/lock", review->path);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        review->lock = fd_take(&fd);
        return 0;
    }
    if (errno != EWOULDBLOCK)
        return error_call(error, errno, "flock", "cannot lock %s/lock", review->path);
    error_set(error, EBUSY, "review %s is in use", review->name);
    error_hint(error, "its box runs, or another command works on it: wait for it, or end it");
    return -EBUSY;
}

bool review_is_busy(const struct review *review)
{
    CLEANUP_FD int fd = -1;

    if (review->lock >= 0)
        return false;
    fd = openat(review->directory, "lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* Who had the lock before us may have removed it. */
static int check_still_there(const struct review *review, struct error *error)
{
    struct stat ours, named;

    if (fstat(review->directory, &ours) == 0 &&
        fstatat(review->root, review->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
        ours.st_ino == named.st_ino && ours.st_dev == named.st_dev)
        return 0;
    return no_such_review(review->name, error);
}

static int open_directory(struct review *review, struct error *error)
{
    review->directory = openat(review->root, review->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (review->directory < 0 && errno == ENOENT)
        return no_such_review(review->name, error);
    if (review->directory < 0)
        return error_call(error, errno, "openat", "cannot open %s", review->path);
    return check_owner(review->directory, review->path, error);
}

int review_open_locked(struct review *review, bool lock, struct error *error)
{
    int result = open_directory(review, error);

    if (result == 0 && lock)
        result = take_lock(review, error);
    return result == 0 && lock ? check_still_there(review, error) : result;
}

void review_hand_on(struct review *review, struct review *ret_review)
{
    *ret_review = *review;
    *review = REVIEW_NONE;
}

int review_open(struct review *ret_review, const char *root, const char *name, bool lock, struct error *error)
{
    CLEANUP_REVIEW struct review review = REVIEW_NONE;
    int result = review_check_name(name, error);

    if (result == 0)
        result = review_fill_paths(&review, root, name, error);
    if (result == 0)
        result = review_open_root(root, &review.root, error);
    if (result == -ENOENT)
        return no_such_review(name, error);
    if (result == 0)
        result = review_open_locked(&review, lock, error);
    if (result == 0)
        result = review_read_state(&review, error);
    /* Without a state it can be removed, and nothing else. */
    if ((result == -ENOENT || result == -EBADMSG) && lock && review.lock >= 0)
        review_hand_on(&review, ret_review);
    if (result == 0)
        review_hand_on(&review, ret_review);
    return result;
}

int review_end(struct review *review, int exit_status, struct error *error)
{
    review->status = REVIEW_ENDED;
    review->exit_status = exit_status;
    return review_write_state(review, false, error);
}

int review_keep(struct review *review, struct error *error)
{
    if (review->synced)
        return 0;
    if (syncfs(review->directory) < 0)
        return error_call(error, errno, "syncfs", "cannot put the changes onto the disk");
    review->synced = true;
    return review_write_state(review, true, error);
}

int review_list(const char *root, struct arena *arena, struct strings *ret_names, struct error *error)
{
    CLEANUP_NAMES struct strings names = {0};
    CLEANUP_FD int fd = -1;
    struct strings list = {0};
    int result = review_open_root(root, &fd, error);

    if (result == -ENOENT) {
        error_clear(error);
        *ret_names = list;
        return 0;
    }
    if (result == 0)
        result = tree_read_names(fd, &names, error);
    for (size_t i = 0; i < names.length && result == 0; i++) {
        const char **place;

        if (names.values[i][0] == *REVIEW_REMOVED_PREFIX)
            continue;
        place = arena_append(arena, (void **)&list.values, &list.length, sizeof(*place));
        if (!place || !(*place = arena_copy(arena, names.values[i])))
            result = error_memory(error);
    }
    if (result == 0)
        *ret_names = list;
    return result;
}

int review_discard(struct review *review, struct error *error)
{
    char removed[REVIEW_NAME_LIMIT + 2];
    int result;

    snprintf(removed, sizeof(removed), REVIEW_REMOVED_PREFIX "%s", review->name);
    result = tree_remove(review->root, removed, error);
    if (result == 0 && renameat(review->root, review->name, review->root, removed) < 0)
        result = error_call(error, errno, "renameat", "cannot remove %s", review->path);
    return result == 0 ? tree_remove(review->root, removed, error) : result;
}
