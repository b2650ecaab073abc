/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives every file of a bind mount's source the container's SELinux label (options z and Z), by descriptor
 * and without following a link or leaving the source's mount.
 *
 *   setxattr(/proc/self/fd/N, security.selinux), getdents64, openat2(entry, O_PATH | O_NOFOLLOW, RESOLVE_NO_XDEV)
 */
#include "base/fd.h"
#include "mount/operations.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A host whose own files carry a container's label stops working; container-selinux and podman refuse these,
 * too. They are compared as files, not as names. */
static const char *const refused[] = {
    "/",     "/bin",  "/boot", "/dev",  "/etc", "/home", "/lib", "/lib64", "/media", "/mnt",     "/opt",
    "/proc", "/root", "/run",  "/sbin", "/srv", "/sys",  "/tmp", "/usr",   "/var",   "/var/lib", "/var/log",
};

#define DEPTH_LIMIT 512

static int check_source(int fd, struct error *error)
{
    struct stat source, other;

    if (fstat(fd, &source) < 0)
        return error_call(error, errno, "fstat", "cannot examine the source");
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        if (stat(refused[i], &other) < 0 || other.st_dev != source.st_dev || other.st_ino != source.st_ino)
            continue;
        error_set(error, EPERM, "%s is never relabelled: the host's own programs need its labels",
                  refused[i]);
        error_hint(error, "leave \"z\" and \"Z\" out, or bind a directory of the container's own");
        return -EPERM;
    }
    return 0;
}

static int relabel_entry(int fd, const char *name, const char *label, int depth, struct error *error);

static int relabel_entries(DIR *directory, const char *label, int depth, struct error *error)
{
    for (;;) {
        const struct dirent *entry;
        CLEANUP_FD int fd = -1;
        int status;

        errno = 0;
        entry = readdir(directory);
        if (!entry)
            return errno ? error_call(error, errno, "getdents64", "cannot read a directory to relabel") : 0;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        fd = kernel_openat2(dirfd(directory), entry->d_name, O_PATH | O_NOFOLLOW, 0,
                            RESOLVE_NO_XDEV | RESOLVE_BENEATH);
        /* Gone meanwhile, or another mount: neither is the source's. */
        if (fd == -ENOENT || fd == -EXDEV)
            continue;
        if (fd < 0)
            return error_call(error, fd, "openat2", "cannot open %s to relabel it", entry->d_name);
        status = relabel_entry(fd, entry->d_name, label, depth, error);
        if (status < 0)
            return status;
    }
}

static int relabel_directory(int fd, const char *name, const char *label, int depth, struct error *error)
{
    int readable = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = readable < 0 ? NULL : fdopendir(readable);
    int status;

    if (!directory) {
        status = error_call(error, errno, "openat", "cannot read %s to relabel it", name);
        fd_close(&readable);
        return status;
    }
    status = relabel_entries(directory, label, depth + 1, error);
    closedir(directory);
    return status;
}

static int relabel_entry(int fd, const char *name, const char *label, int depth, struct error *error)
{
    struct stat status;
    int result;

    if (depth > DEPTH_LIMIT)
        return error_set(error, ELOOP, "%s lies too deep to be relabelled", name);
    result = kernel_set_xattr(fd, "security.selinux", label);
    if (result == -EOPNOTSUPP) {
        error_call(error, result, "setxattr", "the file system of %s knows no labels", name);
        error_hint(error, "leave \"z\" and \"Z\" out");
        return result;
    }
    if (result < 0)
        return error_call(error, result, "setxattr", "cannot relabel %s", name);
    if (fstat(fd, &status) < 0)
        return error_call(error, errno, "fstat", "cannot examine %s", name);
    return S_ISDIR(status.st_mode) ? relabel_directory(fd, name, label, depth, error) : 0;
}

int relabel_tree(int fd, const char *label, struct error *error)
{
    int status = check_source(fd, error);

    return status < 0 ? status : relabel_entry(fd, "the source", label, 0, error);
}
