/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   a component: fstat(directory), fstatat(entry), openat(entry, O_PATH | O_NOFOLLOW), readlinkat
 *
 * Permissions are the mode's; with an ACL the group's bits are its mask (acl(5)), so they show who else may
 * write.
 */
#include "explain/weak_path.h"
#include "base/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINK_LIMIT 40 /* as many as the kernel follows (path_resolution(7)) */

struct walk {
    struct arena *arena;
    int directory_fd;
    int links;
    bool ended;           /* the rest can't be looked at */
    const char *weakness; /* NULL: none so far */
};

static bool is_trusted(uid_t uid)
{
    return uid == 0 || uid == geteuid();
}

/* Who else may rename entries of the directory; NULL: nobody. In a sticky one only who owns an entry
 * (unlink(2)). */
static const char *find_writer(struct arena *arena, const struct stat *directory, const struct stat *entry,
                               const char *name)
{
    bool sticky = (directory->st_mode & S_ISVTX) && is_trusted(entry->st_uid);

    if (!is_trusted(directory->st_uid))
        return arena_printf(arena, "user %u owns %s", directory->st_uid, name);
    if (sticky)
        return NULL;
    if (directory->st_mode & S_IWOTH)
        return arena_printf(arena, "everybody can write to %s", name);
    if ((directory->st_mode & S_IWGRP) && directory->st_gid != 0 && directory->st_gid != getegid())
        return arena_printf(arena, "group %u can write to %s", directory->st_gid, name);
    return NULL;
}

static int name_directory(struct walk *walk, const char **ret_name, struct error *error)
{
    char link[64], name[PATH_MAX];
    ssize_t length;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", walk->directory_fd);
    length = readlink(link, name, sizeof(name));
    if (length < 0)
        return error_call(error, errno, "readlink", "cannot tell a directory's name");
    *ret_name = arena_copy_range(walk->arena, name, (size_t)length);
    return *ret_name ? 0 : error_memory(error);
}

static int judge(struct walk *walk, const struct stat *entry, struct error *error)
{
    struct stat directory;
    const char *name;

    if (walk->weakness)
        return 0;
    if (fstat(walk->directory_fd, &directory) < 0)
        return error_call(error, errno, "fstat", "cannot examine a directory");
    if (name_directory(walk, &name, error) < 0)
        return -error->code;
    walk->weakness = find_writer(walk->arena, &directory, entry, name);
    return 0;
}

static int walk_text(struct walk *walk, const char *text, struct error *error);

static int follow(struct walk *walk, int link_fd, struct error *error)
{
    char text[PATH_MAX];
    ssize_t length = readlinkat(link_fd, "", text, sizeof(text) - 1);

    walk->ended = length < 0 || ++walk->links > LINK_LIMIT;
    if (walk->ended)
        return 0;
    text[length] = '\0';
    return walk_text(walk, text, error);
}

static int step(struct walk *walk, const char *name, struct error *error)
{
    CLEANUP_FD int fd = openat(walk->directory_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat entry;
    int status = 0;

    walk->ended = fd < 0 || fstat(fd, &entry) < 0;
    if (walk->ended)
        return 0;
    if (strcmp(name, "..") != 0)
        status = judge(walk, &entry, error);
    if (status < 0)
        return status;
    if (S_ISLNK(entry.st_mode))
        return follow(walk, fd, error);
    fd_close(&walk->directory_fd);
    walk->directory_fd = fd_take(&fd);
    return 0;
}

static int go_to_root(struct walk *walk, struct error *error)
{
    fd_close(&walk->directory_fd);
    walk->directory_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return walk->directory_fd < 0 ? error_call(error, errno, "open", "cannot open /") : 0;
}

static int walk_text(struct walk *walk, const char *text, struct error *error)
{
    int status = *text == '/' ? go_to_root(walk, error) : 0;

    for (text += strspn(text, "/"); *text && status == 0 && !walk->ended;) {
        size_t length = strcspn(text, "/");
        char name[NAME_MAX + 1];

        walk->ended = length > NAME_MAX;
        if (walk->ended)
            return 0;
        memcpy(name, text, length);
        name[length] = '\0';
        text += length + strspn(text + length, "/");
        status = strcmp(name, ".") == 0 ? 0 : step(walk, name, error);
    }
    return status;
}

int weak_path_find(const char *directory, const char *path, struct arena *arena, const char **ret_weakness,
                   struct error *error)
{
    struct walk walk = {.arena = arena, .directory_fd = -1};
    int status = walk_text(&walk, directory ? directory : "/", error);

    if (status == 0 && !walk.ended)
        status = walk_text(&walk, path, error);
    fd_close(&walk.directory_fd);
    if (status == 0)
        *ret_weakness = walk.weakness;
    return status;
}
