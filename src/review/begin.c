/* SPDX-License-Identifier: Apache-2.0 */
/* A review begins, or a kept one goes on. */
#include "base/fd.h"
#include "base/text.h"
#include "kernel/environment.h"
#include "review/directory.h"
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
    return review_open_root(path, ret_fd, error);
}

/* The smallest number that no review has for its name. */
static int make_numbered(struct review *review, const char *root, struct error *error)
{
    for (unsigned number = 1; number < INT_MAX; number++) {
        char name[16];

        snprintf(name, sizeof(name), "%u", number);
        if (mkdirat(review->root, name, 0700) == 0)
            return review_fill_paths(review, root, name, error);
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
    result = review_fill_paths(review, root, name, error);
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
        char path[REVIEW_NAME_LIMIT + 16];

        if (names->values[i][0] != *REVIEW_REMOVED_PREFIX || strlen(names->values[i]) > REVIEW_NAME_LIMIT + 1)
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
    int result = name ? review_check_name(name, error) : 0;

    if (result == 0)
        result = make_root(root, &review.root, error);
    if (result == 0)
        result = tree_read_names(review.root, &names, error);
    if (result < 0)
        return result;
    remove_leftovers(review.root, &names);
    result = make_named(&review, root, name, &made, error);
    if (result == 0)
        result = review_open_locked(&review, true, error);
    if (result == 0)
        result = fill(&review, made, command, error);
    if (result == 0)
        review_hand_on(&review, ret_review);
    return result;
}
