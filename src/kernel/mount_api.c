/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/mount_api.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MNT_DETACH_FLAG 2 /* MNT_DETACH of <sys/mount.h>, which does not go together with <linux/mount.h> */
#define OPENAT2_TRIES 128

static int result(long value)
{
    return value < 0 ? -errno : (int)value;
}

int kernel_open_tree(int directory_fd, const char *path, unsigned flags)
{
    return result(syscall(SYS_open_tree, directory_fd, path, flags | OPEN_TREE_CLOEXEC));
}

int kernel_clone_mount(int fd, bool recursive)
{
    unsigned flags = OPEN_TREE_CLONE | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

    return kernel_open_tree(fd, "", flags);
}

int kernel_attach_mount(int mount_fd, int target_fd)
{
    return result(syscall(SYS_move_mount, mount_fd, "", target_fd, "",
                          MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

int kernel_set_attributes(int mount_fd, bool recursive, const struct mount_attributes *attributes)
{
    unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

    return result(
        syscall(SYS_mount_setattr, mount_fd, "", flags, attributes, sizeof(struct mount_attributes)));
}

int kernel_fs_open(const char *type)
{
    return result(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
}

int kernel_fs_set_flag(int context_fd, const char *key)
{
    return result(syscall(SYS_fsconfig, context_fd, FSCONFIG_SET_FLAG, key, NULL, 0));
}

int kernel_fs_set_string(int context_fd, const char *key, const char *value)
{
    return result(syscall(SYS_fsconfig, context_fd, FSCONFIG_SET_STRING, key, value, 0));
}

int kernel_fs_set_fd(int context_fd, const char *key, int fd)
{
    return result(syscall(SYS_fsconfig, context_fd, FSCONFIG_SET_FD, key, NULL, fd));
}

int kernel_fs_create(int context_fd)
{
    return result(syscall(SYS_fsconfig, context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
}

int kernel_fs_pick(int mount_fd)
{
    return result(syscall(SYS_fspick, mount_fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH));
}

int kernel_fs_reconfigure(int context_fd)
{
    return result(syscall(SYS_fsconfig, context_fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0));
}

int kernel_fs_mount(int context_fd, uint64_t attributes)
{
    return result(syscall(SYS_fsmount, context_fd, FSMOUNT_CLOEXEC, (unsigned)attributes));
}

void kernel_fs_log(int context_fd, char *ret_text, size_t size)
{
    size_t length = 0;
    int saved = errno;

    ret_text[0] = '\0';
    for (;;) {
        char line[512];
        ssize_t count = read(context_fd, line, sizeof(line) - 1);
        int written;

        if (count <= 0)
            break;
        line[count] = '\0';
        line[strcspn(line, "\n")] = '\0';
        /* Each line begins with its level: "e ", "w " or "i ". */
        written = snprintf(ret_text + length, size - length, "%s%s", length ? "; " : "",
                           strlen(line) > 2 && line[1] == ' ' ? line + 2 : line);
        if (written < 0 || (size_t)written >= size - length)
            break;
        length += (size_t)written;
    }
    errno = saved;
}

int kernel_pivot_root_here(void)
{
    return result(syscall(SYS_pivot_root, ".", "."));
}

int kernel_detach(const char *path)
{
    return result(syscall(SYS_umount2, path, MNT_DETACH_FLAG));
}

int kernel_detach_here(void)
{
    return kernel_detach(".");
}

int kernel_openat2(int directory_fd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
    struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};

    for (int tries = 0; tries < OPENAT2_TRIES; tries++) {
        int fd = result(syscall(SYS_openat2, directory_fd, path, &how, sizeof(how)));

        if (fd != -EAGAIN && fd != -EINTR)
            return fd;
    }
    return -EAGAIN;
}

int kernel_set_xattr(int fd, const char *name, const char *value)
{
    char link[64];

    if (fsetxattr(fd, name, value, strlen(value), 0) == 0)
        return 0;
    if (errno != EBADF)
        return -errno;
    /* O_PATH. The magic link is one that we made ourselves: it leads to fd and nowhere else (proc_pid_fd(5)).
     */
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    return result(setxattr(link, name, value, strlen(value), 0));
}
