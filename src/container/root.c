/* SPDX-License-Identifier: Apache-2.0 */
/* The state root: where it is, who may have written to it, and its lock. */
#include "base/fd.h"
#include "container/directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define LOCK_ATTEMPTS 1000
#define LOCK_PAUSE_NANOSECONDS 10000000 /* with 1000 attempts: ten seconds */

/* The caller's uid as the first user namespace knows it. That one maps every id to itself (user_namespaces(7)). */
static bool is_ordinary(unsigned *ret_uid)
{
    CLEANUP_FD int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
    unsigned inside, outside, length;
    char text[64] = "";

    *ret_uid = geteuid();
    if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 ||
        sscanf(text, "%u %u %u", &inside, &outside, &length) != 3 || length == UINT32_MAX)
        return geteuid() != 0;
    *ret_uid = outside;
    return true;
}

/* For an ordinary user as far as there is no XDG_RUNTIME_DIR, which a login session has: its usual place. For all: /run,
 * which the root of an outer container may write to as well; else a directory whose owner state_check_owner()
 * verifies. */
const char *state_default_root(struct arena *arena)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    unsigned uid;
    bool ordinary = is_ordinary(&uid);
    const char *session = arena_printf(arena, "/run/user/%u", uid);

    if (!session)
        return NULL;
    if (ordinary && runtime && *runtime == '/')
        return arena_printf(arena, "%s/holdfast/containers", runtime);
    if (ordinary && access(session, W_OK) == 0)
        return arena_printf(arena, "%s/holdfast/containers", session);
    if (access("/run", W_OK) == 0)
        return arena_copy(arena, "/run/holdfast/containers");
    return arena_printf(arena, "/tmp/holdfast-%u/containers", uid);
}

int state_check_owner(const struct stat *status, const char *what, struct error *error)
{
    bool foreign = status->st_uid != 0 && status->st_uid != geteuid();

    if (!foreign && (status->st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return 0;
    if (foreign)
        error_set(error, EPERM, "%s belongs to user %u: what it says can't be trusted", what, status->st_uid);
    else
        error_set(error, EPERM, "%s can be written by others: what it says can't be trusted", what);
    error_hint(error, "give --root a directory that only root, or the user, can write to");
    return -EPERM;
}

int state_open_root(const char *root, int *ret_directory, struct error *error)
{
    CLEANUP_FD int directory = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat status;
    int result;

    if (directory < 0 || fstat(directory, &status) < 0)
        return error_call(error, errno, "open", "cannot open the state root %s", root);
    result = state_check_owner(&status, root, error);
    if (result == 0)
        *ret_directory = fd_take(&directory);
    return result;
}

static int make_directory(const char *path)
{
    return mkdir(path, 0711) < 0 && errno != EEXIST ? -errno : 0;
}

static int make_directories(char *path)
{
    for (char *end = strchr(path + 1, '/'); end; end = strchr(end + 1, '/')) {
        int result;

        *end = '\0';
        result = make_directory(path);
        *end = '/';
        if (result < 0)
            return result;
    }
    return make_directory(path);
}

int state_make_root(const char *root, int *ret_directory, struct error *error)
{
    CLEANUP_FREE char *path = NULL;
    int result = state_open_root(root, ret_directory, error);

    if (result != -ENOENT)
        return result;
    error_clear(error);
    path = strdup(root);
    if (!path)
        return error_memory(error);
    if (!*path)
        return error_set(error, EINVAL, "the state root has no name");
    result = make_directories(path);
    if (result < 0) {
        error_call(error, result, "mkdir", "cannot make the state root %s", root);
        error_hint(error, "name another directory by --root");
        return result;
    }
    return state_open_root(root, ret_directory, error);
}

int state_lock(int fd, const char *what, struct error *error)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NANOSECONDS};

    for (int attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return 0;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_call(error, errno, "flock", "cannot lock %s", what);
        nanosleep(&pause, NULL);
    }
    error_set(error, EBUSY, "another command has been working on %s for ten seconds", what);
    error_hint(error, "wait for it, or end it: /proc/locks names its process");
    return -EBUSY;
}
