/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories of reviews. One is removed under another name, which no review can have, so that a name stands for a
 * whole review or for none, also after a kill -9; what such a kill left is removed when the next one begins.
 */
#include "base/fd.h"
#include "base/text.h"
#include "kernel/environment.h"
#include "review/state.h"
#include "review/tree.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_LIMIT 64
#define REMOVED_PREFIX "~" /* no name begins with it */

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

static int check_name(const char *name, struct error *error)
{
    if (*name && *name != '.' && strlen(name) <= NAME_LIMIT && strspn(name, name_characters) == strlen(name))
        return 0;
    error_set(error, EINVAL, "\"%s\" can't be the name of a review", name);
    error_hint(error, "letters, digits, \"_\", \"+\", \"-\" and \".\" make one, %d at most", NAME_LIMIT);
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

static int open_root(const char *path, int *ret_fd, struct error *error)
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

static int make_root(const char *path, int *ret_fd, struct error *error)
{
    CLEANUP_FREE char *copy = strdup(path);
    char *slash = copy;

    if (!copy)
        return error_memory(error);
    while (slash) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = '\0';
        if (mkdir(copy, slash ? 0755 : 0700) < 0 && errno != EEXIST)
            return error_call(error, errno, "mkdir", "cannot make %s for reviews", copy);
        if (slash)
            *slash = '/';
    }
    return open_root(path, ret_fd, error);
}

static int fill_paths(struct review *review, const char *root, const char *name, struct error *error)
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

static int open_locked(struct review *review, bool lock, struct error *error)
{
    int result = open_directory(review, error);

    if (result == 0 && lock)
        result = take_lock(review, error);
    return result == 0 && lock ? check_still_there(review, error) : result;
}

static void hand_on(struct review *review, struct review *ret_review)
{
    *ret_review = *review;
    *review = REVIEW_NONE;
}

int review_open(struct review *ret_review, const char *root, const char *name, bool lock, struct error *error)
{
    CLEANUP_REVIEW struct review review = REVIEW_NONE;
    int result = check_name(name, error);

    if (result == 0)
        result = fill_paths(&review, root, name, error);
    if (result == 0)
        result = open_root(root, &review.root, error);
    if (result == -ENOENT)
        return no_such_review(name, error);
    if (result == 0)
        result = open_locked(&review, lock, error);
    if (result == 0)
        result = review_read_state(&review, error);
    /* Without a state it can be removed, and nothing else. */
    if ((result == -ENOENT || result == -EBADMSG) && lock && review.lock >= 0)
        hand_on(&review, ret_review);
    if (result == 0)
        hand_on(&review, ret_review);
    return result;
}

/* The smallest number that no review has for its name. */
static int make_numbered(struct review *review, const char *root, struct error *error)
{
    for (unsigned number = 1; number < INT_MAX; number++) {
        char name[16];

        snprintf(name, sizeof(name), "%u", number);
        if (mkdirat(review->root, name, 0700) == 0)
            return fill_paths(review, root, name, error);
        if (errno != EEXIST)
            return error_call(error, errno, "mkdirat", "cannot make a review in %s", root);
    }
    return error_set(error, ENOSPC, "there are too many reviews in %s", root);
}

static int make_named(struct review *review, const char *root, const char *name, bool *ret_made,
                      struct error *error)
{
    int result;

    *ret_made = true;
    if (!name)
        return make_numbered(review, root, error);
    result = fill_paths(review, root, name, error);
    if (result < 0 || mkdirat(review->root, name, 0700) == 0)
        return result;
    if (errno != EEXIST)
        return error_call(error, errno, "mkdirat", "cannot make %s", review->path);
    *ret_made = false;
    return 0;
}

static int make_token(struct review *review, struct error *error)
{
    uint64_t number;

    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        return error_call(error, errno, "getrandom", "cannot make a random name");
    review->token = arena_printf(&review->arena, "%016" PRIx64, number);
    return review->token ? 0 : error_memory(error);
}

static int begin_new(struct review *review, struct error *error)
{
    int result = make_token(review, error);

    if (result < 0)
        return result;
    review->user_xattr = geteuid() != 0 || !environment_is_initial_user_namespace();
    review->boot_id = environment_boot_id(&review->arena, error);
    if (!review->boot_id)
        return -error->code;
    return clock_gettime(CLOCK_REALTIME, &review->started) < 0
               ? error_call(error, errno, "clock_gettime", "cannot read the time")
               : 0;
}

static int go_on(struct review *review, struct error *error)
{
    int result = review_read_state(review, error);

    if (result < 0)
        return result;
    if (review->status == REVIEW_COMMITTING) {
        error_set(error, EBUSY, "review %s is half committed", review->name);
        error_hint(error, "finish that: holdfast box commit %s", review->name);
        return -EBUSY;
    }
    result = review_check_boot(review, error);
    if (result < 0)
        return result;
    review->boot_id = environment_boot_id(&review->arena, error);
    return review->boot_id ? 0 : -error->code;
}

static int describe_command(struct review *review, char *const *command, struct error *error)
{
    const char *text = "";

    for (; *command && text; command++) {
        CLEANUP_FREE char *word = text_escape(*command);

        text = word ? arena_printf(&review->arena, "%s%s%s", text, *text ? " " : "", word) : NULL;
    }
    review->command = text;
    return text ? 0 : error_memory(error);
}

static int fill(struct review *review, bool made, char *const *command, struct error *error)
{
    int result = made ? begin_new(review, error) : go_on(review, error);

    if (result == 0)
        result = describe_command(review, command, error);
    if (result < 0)
        return result;
    review->is_new = made;
    review->status = REVIEW_RUNNING;
    review->synced = false;
    review->exit_status = -1;
    return 0;
}

/* A review that was removed when it was killed. Nobody has the lock then. */
static void remove_leftovers(int root, const struct strings *names)
{
    CLEANUP_ERROR struct error ignored = {0};

    for (size_t i = 0; i < names->length; i++) {
        CLEANUP_FD int lock = -1;
        char path[NAME_LIMIT + 16];

        if (names->values[i][0] != *REMOVED_PREFIX || strlen(names->values[i]) > NAME_LIMIT + 1)
            continue;
        snprintf(path, sizeof(path), "%s/lock", names->values[i]);
        lock = openat(root, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) == 0)
            (void)!tree_remove(root, names->values[i], &ignored);
    }
}

int review_begin(struct review *ret_review, const char *root, const char *name, char *const *command,
                 struct error *error)
{
    CLEANUP_REVIEW struct review review = REVIEW_NONE;
    CLEANUP_NAMES struct strings names = {0};
    bool made = false;
    int result = name ? check_name(name, error) : 0;

    if (result == 0)
        result = make_root(root, &review.root, error);
    if (result == 0)
        result = tree_read_names(review.root, &names, error);
    if (result < 0)
        return result;
    remove_leftovers(review.root, &names);
    result = make_named(&review, root, name, &made, error);
    if (result == 0)
        result = open_locked(&review, true, error);
    if (result == 0)
        result = fill(&review, made, command, error);
    if (result == 0)
        hand_on(&review, ret_review);
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
    int result = open_root(root, &fd, error);

    if (result == -ENOENT) {
        error_clear(error);
        *ret_names = list;
        return 0;
    }
    if (result == 0)
        result = tree_read_names(fd, &names, error);
    for (size_t i = 0; i < names.length && result == 0; i++) {
        const char **place;

        if (names.values[i][0] == *REMOVED_PREFIX)
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
    char removed[NAME_LIMIT + 2];
    int result;

    snprintf(removed, sizeof(removed), REMOVED_PREFIX "%s", review->name);
    result = tree_remove(review->root, removed, error);
    if (result == 0 && renameat(review->root, review->name, review->root, removed) < 0)
        result = error_call(error, errno, "renameat", "cannot remove %s", review->path);
    return result == 0 ? tree_remove(review->root, removed, error) : result;
}
