/* SPDX-License-Identifier: Apache-2.0 */
/* open(/proc, O_PATH), fstatfs(2); openat2(2) for each file, fstatfs(2). Where something is mounted over it: fsopen(proc),
 * fsconfig(FSCONFIG_CMD_CREATE), fsmount(2). */
#include "kernel/procfs.h"
#include "base/fd.h"
#include "kernel/mount_api.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define ROOT_INODE 1 /* PROC_ROOT_INO of the kernel's include/linux/proc_ns.h */
#define STRICTLY_BELOW (RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)

static int check_magic(int fd, const char *path, struct error *error)
{
    struct statfs status;

    if (fstatfs(fd, &status) < 0)
        return error_call(error, errno, "fstatfs", "cannot find out what %s is", path);
    if (status.f_type == PROC_SUPER_MAGIC)
        return 0;
    error_set(error, ENOTSUP, "%s is not of the file system proc", path);
    error_hint(error, "mount proc on /proc");
    return -ENOTSUP;
}

static int check_root(int fd, struct error *error)
{
    struct stat status;
    int result = check_magic(fd, "/proc", error);

    if (result < 0)
        return result;
    if (fstat(fd, &status) < 0)
        return error_call(error, errno, "fstat", "cannot find out what /proc is");
    if (status.st_ino == ROOT_INODE)
        return 0;
    error_set(error, ENOTSUP, "/proc is only a part of the file system proc");
    error_hint(error, "mount proc on /proc");
    return -ENOTSUP;
}

/* What a container's runtime mounts something over, of the parts that are written here. */
static bool has_mounts_over_it(int proc_fd)
{
    static const char *const parts[] = {"sys", "sys/net", "sys/kernel", "self", "thread-self"};

    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
        CLEANUP_FD int fd = kernel_openat2(proc_fd, parts[i], O_PATH | O_NOFOLLOW, 0, STRICTLY_BELOW);

        if (fd == -EXDEV)
            return true;
    }
    return false;
}

static int open_own(void)
{
    CLEANUP_FD int context = kernel_fs_open("proc");
    int status = context < 0 ? context : kernel_fs_create(context);

    return status < 0 ? status
                      : kernel_fs_mount(context, ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV | ATTRIBUTE_NOEXEC);
}

int procfs_open(int *ret_fd, struct error *error)
{
    CLEANUP_FD int host = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int status = host < 0 ? error_call(error, errno, "open", "cannot open /proc") : check_root(host, error);
    int own;

    if (status < 0)
        return status;
    /* Without the privilege /proc has to do: its files that something lies over are refused one by one. */
    own = has_mounts_over_it(host) ? open_own() : -1;
    *ret_fd = own >= 0 ? own : fd_take(&host);
    return 0;
}

static int open_error(const char *path, int code, struct error *error)
{
    error_call(error, code, "openat2", "cannot open %s of /proc", path);
    if (error->code == EXDEV)
        error_hint(error, "something is mounted over it: unmount that, or give holdfast a /proc of its own");
    return -error->code;
}

int procfs_open_file(int directory_fd, const char *path, int flags, int *ret_fd, struct error *error)
{
    CLEANUP_FD int fd = kernel_openat2(directory_fd, path, (uint64_t)flags, 0, STRICTLY_BELOW);
    int status = fd < 0 ? open_error(path, fd, error) : check_magic(fd, path, error);

    if (status == 0)
        *ret_fd = fd_take(&fd);
    return status;
}

/* thread-self is a link, "PID/task/TID", as this procfs counts them. O_NOFOLLOW: the link itself. */
static int open_thread(int proc_fd, int *ret_fd, struct error *error)
{
    CLEANUP_FD int link = -1;
    char path[64] = "";
    int status = procfs_open_file(proc_fd, "thread-self", O_PATH | O_NOFOLLOW, &link, error);

    if (status < 0)
        return status;
    if (readlinkat(link, "", path, sizeof(path) - 1) < 0)
        return error_call(error, errno, "readlinkat", "cannot read thread-self of /proc");
    return procfs_open_file(proc_fd, path, O_PATH | O_DIRECTORY, ret_fd, error);
}

int procfs_open_thread_file(int proc_fd, const char *path, int flags, int *ret_fd, struct error *error)
{
    CLEANUP_FD int thread = -1;
    int status = open_thread(proc_fd, &thread, error);

    return status == 0 ? procfs_open_file(thread, path, flags, ret_fd, error) : status;
}

int procfs_write(int fd, const char *text, const char *what, struct error *error)
{
    int status = fd_write_once(fd, text, strlen(text));

    return status < 0 ? error_call(error, status, "write", "cannot write \"%s\" to %s", text, what) : 0;
}

int procfs_write_file(int directory_fd, const char *path, const char *text, struct error *error)
{
    CLEANUP_FD int fd = -1;
    int status = procfs_open_file(directory_fd, path, O_WRONLY, &fd, error);

    return status == 0 ? procfs_write(fd, text, path, error) : status;
}
