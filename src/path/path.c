/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What exists is found by one openat2(2) with RESOLVE_IN_ROOT, and so is the directory in which only the last component
 * is missing; the next path that goes into the same one finds it open (path_row). Where more is missing the path is walked
 * here, component by component, each one opened below the descriptor of the one before without following links; a link's
 * text is walked in turn. ".." goes back along the descriptors that led here, so it can't pass the root even if a
 * directory is moved meanwhile (CVE-2024-45310, CVE-2021-30465).
 */
#include "path/path.h"
#include "base/fd.h"
#include "kernel/mount_api.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESOLVE_INSIDE (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
#define DEPTH_LIMIT 256
#define LINK_LIMIT 40 /* as many as the kernel follows (path_resolution(7)) */
#define CREATE_TRIES 128
#define DIRECTORY_MODE 0755
#define FILE_MODE 0644

int path_open(int root_fd, const char *path, int flags)
{
    /* RESOLVE_IN_ROOT takes "" for no path at all; the root itself is "/". */
    return kernel_openat2(root_fd, *path ? path : "/", (uint64_t)flags, 0, RESOLVE_INSIDE);
}

int path_examine(int fd, struct path_end *ret_end)
{
    CLEANUP_FD int opened = fd;
    struct path_end end = {0};
    int status = fd < 0 ? fd : kernel_mount_status(fd, &end.status);

    if (status < 0)
        return status;
    *ret_end = end;
    return fd_take(&opened);
}

struct walker {
    int root_fd;
    int stack[DEPTH_LIMIT]; /* from below the root to the current place */
    int depth;
    int links;
    bool directory; /* what the end has to be where it is missing */
    bool created;   /* whether the current place was made just now */
    struct path_journal *journal;
};

static int current(const struct walker *walker)
{
    return walker->depth ? walker->stack[walker->depth - 1] : walker->root_fd;
}

static void go_up(struct walker *walker)
{
    if (walker->depth > 0)
        fd_close(&walker->stack[--walker->depth]);
}

static void go_to_root(struct walker *walker)
{
    while (walker->depth > 0)
        go_up(walker);
}

#define CLEANUP_WALKER CLEANUP(go_to_root)

/* Makes the entry and opens it. -EEXIST: there is one, or was meanwhile. */
static int make_entry(struct path_journal *journal, int parent, const char *name, bool directory,
                      struct path_end *ret_end)
{
    struct path_end end = {.created = true};
    CLEANUP_FD int fd = -1;
    int status;

    if (directory && mkdirat(parent, name, DIRECTORY_MODE) < 0)
        return -errno;
    fd = directory ? kernel_openat2(parent, name, O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_MAGICLINKS)
                   : kernel_openat2(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE, 0);
    if (fd < 0 && !directory)
        return fd;
    if (fd == -ENOENT)
        return -EEXIST; /* somebody has removed it */
    status = fd < 0 ? fd : kernel_mount_status(fd, &end.status);
    if (status == 0)
        status = path_journal_note(journal, parent, name, directory, end.status.inode);
    if (status < 0) {
        (void)unlinkat(parent, name, directory ? AT_REMOVEDIR : 0);
        return status;
    }
    *ret_end = end;
    return fd_take(&fd);
}

/* The entry below the current place, links not followed; made when missing. */
static int open_entry(struct walker *walker, const char *name, bool last, struct path_end *ret_end)
{
    for (int tries = 0; tries < CREATE_TRIES; tries++) {
        int fd = kernel_openat2(current(walker), name, O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_MAGICLINKS);

        if (fd != -ENOENT)
            return path_examine(fd, ret_end);
        fd = make_entry(walker->journal, current(walker), name, !last || walker->directory, ret_end);
        if (fd != -EEXIST)
            return fd;
    }
    return -EAGAIN;
}

static int walk(struct walker *walker, const char *text, bool text_is_last);

static int follow_link(struct walker *walker, int link_fd, bool last)
{
    CLEANUP_FREE char *text = malloc(PATH_MAX);
    ssize_t length;

    if (!text)
        return -ENOMEM;
    if (++walker->links > LINK_LIMIT)
        return -ELOOP;
    length = readlinkat(link_fd, "", text, PATH_MAX);
    if (length < 0)
        return -errno;
    if (length == PATH_MAX)
        return -ENAMETOOLONG;
    text[length] = '\0';
    return walk(walker, text, last);
}

static int step(struct walker *walker, const char *name, bool last)
{
    CLEANUP_FD int fd = -1;
    struct path_end end;

    if (strcmp(name, ".") == 0)
        return 0;
    if (strcmp(name, "..") == 0) {
        walker->created = false;
        go_up(walker);
        return 0;
    }
    fd = open_entry(walker, name, last, &end);
    if (fd < 0)
        return fd;
    walker->created = end.created;
    if (S_ISLNK(end.status.mode))
        return follow_link(walker, fd, last);
    if (!last && !S_ISDIR(end.status.mode))
        return -ENOTDIR;
    if (walker->depth == DEPTH_LIMIT)
        return -ENAMETOOLONG;
    walker->stack[walker->depth++] = fd_take(&fd);
    return 0;
}

/* Walks the components of text; text_is_last tells whether the path ends where text does. What has a slash behind it is a
 * directory, at the end as well (path_resolution(7)). */
static int walk(struct walker *walker, const char *text, bool text_is_last)
{
    if (*text == '/')
        go_to_root(walker);
    for (text += strspn(text, "/"); *text;) {
        size_t length = strcspn(text, "/");
        size_t slashes = strspn(text + length, "/");
        char name[NAME_MAX + 1];
        int status;

        if (length > NAME_MAX)
            return -ENAMETOOLONG;
        memcpy(name, text, length);
        name[length] = '\0';
        text += length + slashes;
        status = step(walker, name, text_is_last && !*text && slashes == 0);
        if (status < 0)
            return status;
    }
    return 0;
}

static bool is_ordinary(const char *name)
{
    return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Where only the last component is missing there is nothing to walk. -EEXIST: it is not as simple as that. */
static int make_last(int root_fd, const char *path, bool directory, struct path_journal *journal,
                     struct path_end *ret_end)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = (size_t)(name - path);
    int row_fd = path_journal_find_row(journal, root_fd, path, length);
    CLEANUP_FREE char *parent = NULL;
    CLEANUP_FD int parent_fd = -1;
    int fd;

    if (!is_ordinary(name))
        return -EEXIST;
    if (row_fd >= 0)
        return make_entry(journal, row_fd, name, directory, ret_end);
    parent = strndup(path, length);
    if (!parent)
        return -ENOMEM;
    parent_fd = path_open(root_fd, parent, O_PATH | O_DIRECTORY);
    fd = parent_fd < 0 ? -EEXIST : make_entry(journal, parent_fd, name, directory, ret_end);
    if (fd >= 0)
        path_journal_begin_row(journal, root_fd, pointer_take(&parent), fd_take(&parent_fd));
    return fd;
}

static int open_existing(int root_fd, const char *path, struct path_end *ret_end)
{
    return path_examine(path_open(root_fd, path, O_PATH), ret_end);
}

/* Both orders come to the same; but paths come in rows, so after one that was missing the next one mostly is. */
static int open_or_make_last(int root_fd, const char *path, bool directory, struct path_journal *journal,
                             struct path_end *ret_end)
{
    int fd;

    if (journal->last_was_missing) {
        fd = make_last(root_fd, path, directory, journal, ret_end);
        return fd == -EEXIST ? open_existing(root_fd, path, ret_end) : fd;
    }
    fd = open_existing(root_fd, path, ret_end);
    return fd == -ENOENT ? make_last(root_fd, path, directory, journal, ret_end) : fd;
}

static int walk_to_end(int root_fd, const char *path, bool directory, struct path_journal *journal,
                       struct path_end *ret_end)
{
    CLEANUP_WALKER struct walker walker = {.root_fd = root_fd, .directory = directory, .journal = journal};
    int status = walk(&walker, path, true);
    int fd;

    if (status < 0)
        return status;
    fd = walker.depth > 0 ? fd_take(&walker.stack[--walker.depth]) : path_open(root_fd, "/", O_PATH);
    fd = path_examine(fd, ret_end);
    if (fd >= 0)
        ret_end->created = walker.created;
    return fd;
}

int path_ensure(int root_fd, const char *path, bool directory, struct path_journal *journal,
                struct path_end *ret_end)
{
    int fd = open_or_make_last(root_fd, path, directory, journal, ret_end);
    bool walks = fd == -ENOENT || fd == -EEXIST;

    if (walks)
        fd = walk_to_end(root_fd, path, directory, journal, ret_end);
    journal->last_was_missing = fd >= 0 && ret_end->created;
    if (walks || !journal->last_was_missing)
        path_journal_end_row(journal);
    return fd;
}

int path_ensure_parent(int root_fd, const char *path, struct path_journal *journal, const char **ret_name)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    CLEANUP_FREE char *parent = strndup(path, (size_t)(name - path));
    struct path_end end;
    int fd;

    if (!parent)
        return -ENOMEM;
    if (!is_ordinary(name))
        return -EINVAL;
    fd = path_ensure(root_fd, parent, true, journal, &end);
    if (fd >= 0)
        *ret_name = name;
    return fd;
}

int path_open_entry(int root_fd, const char *path)
{
    return path_open(root_fd, path, O_PATH | O_NOFOLLOW);
}

int path_ensure_entry(int root_fd, const char *path, bool directory, struct path_journal *journal,
                      struct path_end *ret_end)
{
    const char *name;
    CLEANUP_FD int parent = path_ensure_parent(root_fd, path, journal, &name);
    struct walker walker = {.root_fd = parent, .directory = directory, .journal = journal};

    if (parent == -EINVAL)
        return path_ensure(root_fd, path, directory, journal, ret_end);
    return parent < 0 ? parent : open_entry(&walker, name, true, ret_end);
}
