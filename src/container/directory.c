/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's directory. It is made and removed under another name, which no ID can be, with the state root
 * locked: so an ID stands for a complete directory or for none, also after a kill -9.
 */
#include "container/directory.h"

#include "base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#define ID_LENGTH_LIMIT 1024

static const char id_characters[] = "abcdefghijklmnopqrstuvwxyz"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789_+-.";

int state_check_id(const char *id, struct error *error)
{
    if (*id && strlen(id) <= ID_LENGTH_LIMIT && strspn(id, id_characters) == strlen(id) &&
        strcmp(id, ".") != 0 && strcmp(id, "..") != 0)
        return 0;
    error_set(error, EINVAL, "\"%s\" can't be a container's ID", id);
    error_hint(error, "letters, digits, \"_\", \"+\", \"-\" and \".\" make one");
    return -EINVAL;
}

void container_unlock(struct container *container)
{
    fd_close(&container->lock);
}

void container_clear(struct container *container)
{
    container_unlock(container);
    fd_close(&container->directory);
    fd_close(&container->root);
    state_clear(&container->state);
}

static int no_such_container(const char *id, struct error *error)
{
    error_set(error, ENOENT, "container \"%s\" does not exist", id);
    error_hint(error, "\"holdfast list\" shows those of a state root");
    return -ENOENT;
}

/* make: O_CREAT, or 0. ENOENT: there is no lock. */
static int lock_container(struct container *container, const char *id, int make, struct error *error)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    CLEANUP_FD int fd = openat(container->directory, "lock", flags | make, 0600);
    int result;

    if (fd < 0)
        return error_call(error, errno, "openat", "cannot open the lock of container %s", id);
    result = state_lock(fd, id, error);
    if (result == 0)
        container->lock = fd_take(&fd);
    return result;
}

bool container_is_locked(const struct container *container)
{
    CLEANUP_FD int fd = -1;

    if (container->lock >= 0)
        return false;
    fd = openat(container->directory, "lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* Opens a directory of the state root by its name, without following a link. */
static int open_directory(struct container *container, const char *name, struct error *error)
{
    struct stat status;

    container->directory = openat(container->root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (container->directory < 0 && errno == ENOENT)
        return no_such_container(name, error);
    if (container->directory < 0 || fstat(container->directory, &status) < 0)
        return error_call(error, errno, "openat", "cannot open the state directory of container %s", name);
    return state_check_owner(&status, "the container's state directory", error);
}

/* What an interrupted command left behind goes first. */
static int make_unfinished(struct container *container, const char *id, struct error *error)
{
    int result = state_remove_directory(container->root, UNFINISHED_NAME, error);

    if (result < 0)
        return result;
    if (mkdirat(container->root, UNFINISHED_NAME, 0700) < 0)
        return error_call(error, errno, "mkdirat", "cannot make a directory in the state root");
    result = open_directory(container, UNFINISHED_NAME, error);
    return result == 0 ? lock_container(container, id, O_CREAT, error) : result;
}

static int give_name(const struct container *container, const char *id, struct error *error)
{
    int code;

    if (renameat2(container->root, UNFINISHED_NAME, container->root, id, RENAME_NOREPLACE) == 0)
        return 0;
    code = errno;
    if (code != EEXIST)
        return error_call(error, code, "renameat2", "cannot name the state directory of container %s", id);
    error_set(error, EEXIST, "container with given ID already exists: %s", id);
    error_hint(error, "choose another ID, or remove that container by \"holdfast delete\"");
    return -EEXIST;
}

static int make_named(struct container *container, const char *id, struct error *error)
{
    int result = make_unfinished(container, id, error);

    if (result == 0)
        result = give_name(container, id, error);
    if (result < 0) {
        CLEANUP_ERROR struct error ignored = {0};

        (void)!state_remove_directory(container->root, UNFINISHED_NAME, &ignored);
    }
    return result;
}

static int set_id(struct container *container, const char *id, struct error *error)
{
    container->state.id = arena_copy(&container->state.arena, id);
    return container->state.id ? 0 : error_memory(error);
}

static void hand_on(struct container *container, struct container *ret_container)
{
    *ret_container = *container;
    *container = CONTAINER_NONE;
}

int container_make(struct container *ret_container, const char *root, const char *id, struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    int result = state_check_id(id, error);

    if (result == 0)
        result = set_id(&container, id, error);
    if (result == 0)
        result = state_make_root(root, &container.root, error);
    if (result == 0)
        result = state_lock(container.root, root, error);
    if (result == 0)
        result = make_named(&container, id, error);
    if (result < 0)
        return result;
    (void)flock(container.root, LOCK_UN);
    hand_on(&container, ret_container);
    return 0;
}

/* Who had the lock before us may have removed the container. */
static int check_still_there(const struct container *container, const char *id, struct error *error)
{
    struct stat ours, named;

    if (fstat(container->directory, &ours) < 0)
        return error_call(error, errno, "fstat", "cannot examine the state directory of container %s", id);
    if (fstatat(container->root, id, &named, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? no_such_container(id, error)
                               : error_call(error, errno, "fstatat",
                                            "cannot examine the state directory of container %s", id);
    return ours.st_dev == named.st_dev && ours.st_ino == named.st_ino ? 0 : no_such_container(id, error);
}

/* A container that is being removed has lost its name before its lock, and must not get another; a damaged one gets it. */
static int lock_named(struct container *container, const char *id, struct error *error)
{
    int result = lock_container(container, id, 0, error);
    bool locked = result == 0;

    if (result < 0 && result != -ENOENT)
        return result;
    error_clear(error);
    result = check_still_there(container, id, error);
    return result < 0 || locked ? result : lock_container(container, id, O_CREAT, error);
}

int container_lock_again(struct container *container, struct error *error)
{
    return lock_named(container, container->state.id, error);
}

static int open_container(struct container *container, const char *root, const char *id, bool lock,
                          struct error *error)
{
    int result = state_check_id(id, error);

    if (result == 0)
        result = state_open_root(root, &container->root, error);
    if (result == -ENOENT)
        return no_such_container(id, error);
    if (result == 0)
        result = open_directory(container, id, error);
    if (result < 0 || !lock)
        return result;
    return lock_named(container, id, error);
}

int container_open(struct container *ret_container, const char *root, const char *id, bool lock,
                   struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    int result = open_container(&container, root, id, lock, error);

    if (result == 0)
        result = container_read_state(&container, id, error);
    if (result == 0)
        hand_on(&container, ret_container);
    return result;
}

int container_open_damaged(struct container *ret_container, const char *root, const char *id,
                           struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    int result = open_container(&container, root, id, true, error);

    if (result == 0)
        result = set_id(&container, id, error);
    if (result == 0)
        hand_on(&container, ret_container);
    return result;
}
