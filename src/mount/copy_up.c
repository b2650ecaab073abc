/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a copy-up. A directory's entries are copied while it is read, all but the directories, whose
 * names are kept; then each of them is entered, and left by "..", which has to be the directory that we came
 * from. So two directories are open at a time, and the source's is never looked up by a path.
 *
 *   openat(name, O_DIRECTORY | O_NOFOLLOW), mkdirat, getdents64, fstatat, …, openat(".."), fstat
 */
#include "mount/copy_up.h"
#include "base/array.h"
#include "base/fd.h"
#include "mount/copy_entry.h"
#include "mount/copy_links.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A directory on the way from the root to the present one. */
struct level {
    char *name;
    struct stat status;
    char **directories; /* names of those below that have not been entered yet */
    size_t length;
};

struct walk {
    const struct copy_rules *rules;
    struct level *levels;
    size_t depth;
    int source_root, target_root; /* the caller's */
    int source, target;           /* the present directory */
    struct copy_links links;
};

static void drop_level(struct walk *walk)
{
    struct level *level = &walk->levels[--walk->depth];

    while (level->length > 0)
        free(level->directories[--level->length]);
    free(level->directories);
    free(level->name);
}

static void walk_clear(struct walk *walk)
{
    while (walk->depth > 0)
        drop_level(walk);
    free(walk->levels);
    copy_links_clear(&walk->links);
    fd_close(&walk->source);
    fd_close(&walk->target);
}

static int add_level(struct walk *walk, const char *name, const struct stat *status, struct error *error)
{
    struct level *levels;

    if (array_make_room((void **)&walk->levels, walk->depth, sizeof(*walk->levels)) < 0)
        return error_memory(error);
    levels = walk->levels;
    levels[walk->depth] = (struct level){.name = strdup(name), .status = *status};
    if (!levels[walk->depth].name)
        return error_memory(error);
    walk->depth++;
    return 0;
}

static int add_directory(struct level *level, const char *name, struct error *error)
{
    char **names;

    if (array_make_room((void **)&level->directories, level->length, sizeof(*level->directories)) < 0)
        return error_memory(error);
    names = level->directories;
    names[level->length] = strdup(name);
    if (!names[level->length])
        return error_memory(error);
    level->length++;
    return 0;
}

/* The place of an entry, or of the present directory where name is NULL, as "tmpcopyup: a/b/name". */
static int fail_at(const struct walk *walk, const char *name, struct error *error)
{
    CLEANUP_FREE char *path = NULL;
    size_t size;
    FILE *out = open_memstream(&path, &size);

    if (error->code == ENOSPC)
        error_hint(error, "the tmpfs is full: give it a larger size= or nr_inodes=, or leave tmpcopyup out");
    if (!out)
        return -error->code;
    for (size_t i = 1; i < walk->depth; i++)
        fprintf(out, "%s%s", i > 1 ? "/" : "", walk->levels[i].name);
    if (name)
        fprintf(out, "%s%s", walk->depth > 1 ? "/" : "", name);
    if (fclose(out) == 0)
        error_place(error, "tmpcopyup: %s", *path ? path : ".");
    return -error->code;
}

static int copy_one(struct walk *walk, const char *name, struct error *error)
{
    struct stat status;

    if (fstatat(walk->source, name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) {
        if (errno == ENOENT)
            return 0; /* gone meanwhile */
        return error_call(error, errno, "fstatat", "cannot examine it");
    }
    if (S_ISDIR(status.st_mode))
        return add_directory(&walk->levels[walk->depth - 1], name, error);
    if (status.st_nlink > 1)
        return copy_linked(&walk->links, walk->source, walk->target, name, &status, walk->rules, error);
    return copy_entry(walk->source, name, walk->target, name, &status, walk->rules, error);
}

static void close_directory(DIR **directory)
{
    if (*directory)
        closedir(*directory);
}

static int copy_entries(struct walk *walk, struct error *error)
{
    CLEANUP_FD int fd = openat(walk->source, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(close_directory) DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;

    if (!directory)
        return error_call(error, errno, "openat", "cannot read it");
    fd_take(&fd);
    for (errno = 0; (entry = readdir(directory)); errno = 0) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (copy_one(walk, entry->d_name, error) < 0)
            return fail_at(walk, entry->d_name, error);
    }
    if (errno == 0)
        return 0;
    error_call(error, errno, "getdents64", "cannot read it");
    return fail_at(walk, NULL, error);
}

static int open_directory(int parent, const char *name, int *ret_fd, struct stat *ret_status,
                          struct error *error)
{
    CLEANUP_FD int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 || fstat(fd, ret_status) < 0)
        return error_call(error, errno, "openat", "cannot open it");
    fd_close(ret_fd);
    *ret_fd = fd_take(&fd);
    return 0;
}

static int enter(struct walk *walk, const char *name, struct error *error)
{
    struct stat status, made;
    int result = open_directory(walk->source, name, &walk->source, &status, error);

    if (result == 0)
        result = copy_check_readable(&status, walk->rules, error);
    if (result == 0 && mkdirat(walk->target, name, 0700) < 0)
        result = error_call(error, errno, "mkdirat", "cannot make the copy");
    if (result == 0)
        result = open_directory(walk->target, name, &walk->target, &made, error);
    return result == 0 ? add_level(walk, name, &status, error) : result;
}

/* Only now, for a default access list, a set-group-ID bit and the times would not stay with what is made. */
static int leave(struct walk *walk, struct error *error)
{
    struct level *level = &walk->levels[walk->depth - 1];
    struct level *parent = level - 1;
    struct stat status;
    int result = copy_attributes(walk->source, walk->target, &level->status, walk->rules, error);

    if (result == 0)
        result = open_directory(walk->source, "..", &walk->source, &status, error);
    if (result == 0 && (status.st_dev != parent->status.st_dev || status.st_ino != parent->status.st_ino))
        result = error_set(error, ESTALE, "it was moved while it was copied");
    if (result == 0)
        result = open_directory(walk->target, "..", &walk->target, &status, error);
    if (result < 0)
        return fail_at(walk, NULL, error);
    drop_level(walk);
    return 0;
}

static int walk_tree(struct walk *walk, struct error *error)
{
    int status = copy_entries(walk, error);

    while (status == 0) {
        struct level *level = &walk->levels[walk->depth - 1];

        if (level->length > 0) {
            CLEANUP_FREE char *name = level->directories[--level->length];

            status = enter(walk, name, error);
            if (status < 0)
                return fail_at(walk, name, error);
            status = copy_entries(walk, error);
        } else if (walk->depth > 1) {
            status = leave(walk, error);
        } else {
            return 0;
        }
    }
    return status;
}

static int open_root(struct walk *walk, struct error *error)
{
    struct stat status, made;
    int result = open_directory(walk->source_root, ".", &walk->source, &status, error);

    if (result == 0)
        result = copy_check_readable(&status, walk->rules, error);
    if (result == 0)
        result = open_directory(walk->target_root, ".", &walk->target, &made, error);
    if (result == 0)
        result = add_level(walk, ".", &status, error);
    return result < 0 ? fail_at(walk, NULL, error) : 0;
}

int copy_up(int source_fd, int target_fd, const struct copy_rules *rules, struct error *error)
{
    CLEANUP(walk_clear)
    struct walk walk = {
        .rules = rules,
        .source_root = source_fd,
        .target_root = target_fd,
        .source = -1,
        .target = -1,
        .links = {.source_root = source_fd, .target_root = target_fd, .staging = -1},
    };
    int status = open_root(&walk, error);

    if (status == 0)
        status = walk_tree(&walk, error);
    if (status == 0)
        status = copy_links_remove(&walk.links, error);
    if (status < 0)
        return status;
    status = copy_root_attributes(walk.source, walk.target, &walk.levels[0].status, rules, error);
    return status < 0 ? fail_at(&walk, NULL, error) : 0;
}
