/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes and the console, each by its name below the root. */
#include "naive.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const struct {
    const char *path;
    unsigned major, minor;
} devices[] = {
    {"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

/* What is there already is taken for the device. */
static void make_device(const struct naive *naive, const char *path, unsigned major, unsigned minor,
                        uid_t uid)
{
    char *name = naive_join(naive->rootfs, path);

    if (naive->user_namespace)
        return;
    if (mknod(name, S_IFCHR | 0666, makedev(major, minor)) < 0 && errno != EEXIST)
        err(1, "mknod %s", name);
    if (chmod(name, 0666) < 0 || chown(name, uid, uid) < 0)
        warn("chown %s", name);
    free(name);
}

void naive_make_devices(const struct naive *naive)
{
    char *directory = naive_join(naive->rootfs, "/dev");
    const json_t *device;
    size_t i;

    naive_make_directories(directory);
    free(directory);
    for (size_t row = 0; row < sizeof(devices) / sizeof(*devices); row++)
        make_device(naive, devices[row].path, devices[row].major, devices[row].minor, 0);
    json_array_foreach(json_object_get(json_object_get(naive->config, "linux"), "devices"), i, device)
        make_device(naive, naive_text(device, "path"),
                    (unsigned)json_integer_value(json_object_get(device, "major")),
                    (unsigned)json_integer_value(json_object_get(device, "minor")),
                    (uid_t)json_integer_value(json_object_get(device, "uid")));
}

/* As runc before CVE-2025-52565: the file is made, and the terminal bound onto it. */
int naive_make_console(const struct naive *naive)
{
    char *console = naive_join(naive->rootfs, "/dev/console");
    int master, terminal, fd;
    char name[64];

    if (!json_is_true(json_object_get(json_object_get(naive->config, "process"), "terminal")))
        return -1;
    master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || unlockpt(master) < 0 || ptsname_r(master, name, sizeof(name)) != 0)
        err(1, "posix_openpt");
    terminal = open(name, O_RDWR | O_NOCTTY);
    fd = open(console, O_WRONLY | O_CREAT, 0600);
    if (fd >= 0)
        close(fd);
    if (mount(name, console, NULL, MS_BIND, NULL) < 0)
        err(1, "bind the console");
    free(console);
    return terminal;
}
