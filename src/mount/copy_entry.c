/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file, link or node of a copy-up.
 *
 *   file:  openat(source, O_NOFOLLOW), fstat, openat(target, O_CREAT | O_EXCL), ioctl(FICLONE), or [lseek(SEEK_DATA,
 *          SEEK_HOLE)], pread, pwrite, [ftruncate], fchown, fsetxattr, fchmod, futimens
 *   link:  readlinkat, symlinkat, fchownat, setxattrat, utimensat
 *   node:  mknodat, fchownat, fchmodat, setxattrat, utimensat
 *
 * FICLONE (ioctl_ficlone(2)) comes first: where the file system can share the content, nothing is copied.
 */
#include "mount/copy_entry.h"
#include "base/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BUFFER_SIZE ((size_t)256 * 1024)

static int copy_range(int source, int target, off_t from, off_t to, struct error *error)
{
    CLEANUP_FREE char *buffer = malloc(BUFFER_SIZE);

    if (!buffer)
        return error_memory(error);
    while (from < to) {
        size_t wanted = (off_t)BUFFER_SIZE < to - from ? BUFFER_SIZE : (size_t)(to - from);
        ssize_t count = pread(source, buffer, wanted, from);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_call(error, errno, "pread", "cannot read it");
        if (count == 0)
            return 0;
        for (ssize_t done = 0; done < count;) {
            ssize_t written = pwrite(target, buffer + done, (size_t)(count - done), from + done);

            if (written < 0 && errno != EINTR)
                return error_call(error, errno, "pwrite", "cannot write the copy");
            done += written > 0 ? written : 0;
        }
        from += count;
    }
    return 0;
}

static int copy_sparse(int source, int target, off_t size, struct error *error)
{
    off_t hole = 0;

    for (;;) {
        off_t data = lseek(source, hole, SEEK_DATA);
        int status;

        if (data < 0 && errno == ENXIO)
            break;
        hole = data < 0 ? -1 : lseek(source, data, SEEK_HOLE);
        if (hole < 0)
            return error_call(error, errno, "lseek", "cannot find its holes");
        status = copy_range(source, target, data, hole, error);
        if (status < 0)
            return status;
    }
    return ftruncate(target, size) < 0 ? error_call(error, errno, "ftruncate", "cannot size the copy") : 0;
}

int copy_content(int source, int target, const struct stat *status, struct error *error)
{
    bool sparse = status->st_size > 0 && status->st_blocks < status->st_size / S_BLKSIZE;

    if (status->st_size > 0 && ioctl(target, FICLONE, source) == 0)
        return 0;
    if (sparse)
        return copy_sparse(source, target, status->st_size, error);
    /* To the end, whatever the size: the files of some file systems claim to have none. */
    return copy_range(source, target, 0, INT64_MAX, error);
}

/* The file that was examined, and not one that came into its place meanwhile. */
static int open_same(int directory, const char *name, const struct stat *expected, struct error *error)
{
    /* O_NONBLOCK: should it be a FIFO by now. */
    CLEANUP_FD int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;

    if (fd < 0)
        return error_call(error, errno, "openat", "cannot open it");
    if (fstat(fd, &status) < 0)
        return error_call(error, errno, "fstat", "cannot examine it");
    if (status.st_dev != expected->st_dev || status.st_ino != expected->st_ino || !S_ISREG(status.st_mode))
        return error_set(error, ESTALE, "another file took its place while it was copied");
    return fd_take(&fd);
}

static int copy_file(int source_directory, const char *name, int target_directory, const char *target_name,
                     const struct stat *status, const struct copy_rules *rules, struct error *error)
{
    CLEANUP_FD int source = -1;
    CLEANUP_FD int target = -1;
    int result = copy_check_readable(status, rules, error);

    if (result < 0)
        return result;
    source = open_same(source_directory, name, status, error);
    if (source < 0)
        return source;
    target =
        openat(target_directory, target_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (target < 0)
        return error_call(error, errno, "openat", "cannot make the copy");
    result = copy_content(source, target, status, error);
    return result == 0 ? copy_attributes(source, target, status, rules, error) : result;
}

static int make_link(int source_directory, const char *name, int target_directory, const char *target_name,
                     struct error *error)
{
    CLEANUP_FREE char *text = malloc(PATH_MAX);
    ssize_t length;

    if (!text)
        return error_memory(error);
    length = readlinkat(source_directory, name, text, PATH_MAX);
    if (length < 0)
        return error_call(error, errno, "readlinkat", "cannot read the link");
    if (length == PATH_MAX)
        return error_set(error, ENAMETOOLONG, "the link is too long");
    text[length] = '\0';
    if (symlinkat(text, target_directory, target_name) < 0)
        return error_call(error, errno, "symlinkat", "cannot make the copy");
    return 0;
}

static int make_node(int target_directory, const char *name, const struct stat *status, struct error *error)
{
    if (mknodat(target_directory, name, status->st_mode & S_IFMT, status->st_rdev) == 0)
        return 0;
    error_call(error, errno, "mknodat", "cannot make the copy");
    if (error->code == EPERM)
        error_hint(error, "a device node takes CAP_MKNOD in the initial user namespace, and a devices cgroup "
                          "that allows the device: leave it out of what is copied");
    return -error->code;
}

int copy_entry(int source_fd, const char *name, int target_fd, const char *target_name,
               const struct stat *status, const struct copy_rules *rules, struct error *error)
{
    int result;

    if (S_ISREG(status->st_mode))
        return copy_file(source_fd, name, target_fd, target_name, status, rules, error);
    if (S_ISLNK(status->st_mode))
        result = make_link(source_fd, name, target_fd, target_name, error);
    else
        result = make_node(target_fd, target_name, status, error);
    return result == 0 ? copy_named_attributes(source_fd, name, target_fd, target_name, status, rules, error)
                       : result;
}
