/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of src/path: a root in a temporary directory, with something beside it that nobody may touch. */
#ifndef TESTS_PATH_HELPERS_H
#define TESTS_PATH_HELPERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/fd.h"
#include "descriptors.h"
#include "path/path.h"
#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct sandbox {
    char base[64], root[80];
    int root_fd;
};

static inline void put_file(int directory_fd, const char *name, const char *content)
{
    CLEANUP_FD int fd = openat(directory_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
}

/* In memory, where there is room; with the umask that the engine has. */
static inline void sandbox_open(struct sandbox *sandbox)
{
    CLEANUP_FD int base_fd = -1;

    umask(0);
    strcpy(sandbox->base, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    strcat(sandbox->base, "/holdfast-path.XXXXXX");
    assert_non_null(mkdtemp(sandbox->base));
    strcpy(sandbox->root, sandbox->base);
    strcat(sandbox->root, "/root");
    assert_int_equal(mkdir(sandbox->root, 0755), 0);
    base_fd = open(sandbox->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(base_fd >= 0);
    sandbox->root_fd = openat(base_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(sandbox->root_fd >= 0);
    /* the names that the cases have, so that a path that gets out finds something */
    put_file(base_fd, "f", "outside");
    assert_int_equal(mkdirat(base_fd, "a", 0700), 0);
    put_file(base_fd, "a/b", "outside");
}

static inline int compare_entries(const FTSENT **one, const FTSENT **other)
{
    return strcmp((*one)->fts_name, (*other)->fts_name);
}

static inline FTS *walk_tree(const char *path)
{
    char *const paths[] = {(char *)(uintptr_t)path, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, compare_entries);

    assert_non_null(tree);
    return tree;
}

/* Removes what is below path; the directory itself stays. */
static inline void empty_directory(const char *path)
{
    FTS *tree = walk_tree(path);

    for (FTSENT *entry; (entry = fts_read(tree));)
        if (entry->fts_info != FTS_D && entry->fts_level > 0)
            assert_int_equal(remove(entry->fts_path), 0);
    fts_close(tree);
}

static inline void print_entry(FILE *out, const FTSENT *entry, const char *name)
{
    const struct stat *status = entry->fts_statp;
    char text[PATH_MAX] = "";

    if (S_ISLNK(status->st_mode)) {
        assert_true(readlink(entry->fts_accpath, text, sizeof(text) - 1) > 0);
        fprintf(out, "%s > %s\n", name, text);
    } else if (S_ISDIR(status->st_mode)) {
        fprintf(out, "%s/ %04o\n", name, status->st_mode & 07777);
    } else {
        fprintf(out, "%s %04o %jd\n", name, status->st_mode & 07777, (intmax_t)status->st_size);
    }
}

/* "a/ 0755", "a/f 0644 0", "l > a", a line each, in order, of all below path but skip. The caller frees it. */
static inline char *listing(const char *path, const char *skip)
{
    FTS *tree = walk_tree(path);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    for (FTSENT *entry; (entry = fts_read(tree));) {
        if (skip && strcmp(entry->fts_path, skip) == 0)
            fts_set(tree, entry, FTS_SKIP);
        else if (entry->fts_level > 0 && entry->fts_info != FTS_DP)
            print_entry(out, entry, entry->fts_path + strlen(path) + 1);
    }
    fts_close(tree);
    assert_int_equal(fclose(out), 0);
    return text;
}

static inline char *listing_inside(const struct sandbox *sandbox)
{
    return listing(sandbox->root, NULL);
}

/* Fails where something beside the root was touched. */
static inline void sandbox_close(struct sandbox *sandbox)
{
    CLEANUP_FREE char *outside = listing(sandbox->base, sandbox->root);

    assert_string_equal(outside, "a/ 0700\na/b 0600 7\nf 0600 7\n");
    fd_close(&sandbox->root_fd);
    empty_directory(sandbox->base);
    assert_int_equal(rmdir(sandbox->base), 0);
}

#define CLEANUP_SANDBOX CLEANUP(sandbox_close)

/* Makes a tree from its entries with blanks between them: "a/ a/f l>a/f", a directory, a file, a link. */
static inline void make_tree(const struct sandbox *sandbox, const char *entries)
{
    CLEANUP_FREE char *text = strdup(entries);
    char *rest = text, *name;

    assert_non_null(text);
    while (*entries && (name = strsep(&rest, " "))) {
        char *link = strchr(name, '>');
        size_t length = strlen(name);

        if (link) {
            *link = '\0';
            assert_int_equal(symlinkat(link + 1, sandbox->root_fd, name), 0);
        } else if (name[length - 1] == '/') {
            assert_int_equal(mkdirat(sandbox->root_fd, name, 0711), 0);
        } else {
            put_file(sandbox->root_fd, name, "inside");
        }
    }
}

/* Where a descriptor leads to, as a path in the root; fails where that is outside. The caller frees it. */
static inline char *place_of(const struct sandbox *sandbox, int fd)
{
    char name[32], path[PATH_MAX] = "", root[PATH_MAX];
    size_t length;

    assert_non_null(realpath(sandbox->root, root));
    length = strlen(root);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    assert_true(readlink(name, path, sizeof(path) - 1) > 0);
    if (strncmp(path, root, length) != 0 || (path[length] && path[length] != '/'))
        fail_msg("%s is outside %s", path, root);
    return strdup(path[length] ? path + length : "/");
}

#endif
