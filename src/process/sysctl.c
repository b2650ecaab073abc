/* SPDX-License-Identifier: Apache-2.0 */
/* stat(2) of the namespaces; later openat2(/proc/sys/…) and write(2) for each key. */
#include "process/sysctl.h"
#include "base/fd.h"
#include "kernel/procfs.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
    int flag;
    const char *type; /* in linux.namespaces */
    const char *own;
} kinds[] = {
    {CLONE_NEWNET, "network", "/proc/self/ns/net"},
    {CLONE_NEWIPC, "ipc", "/proc/self/ns/ipc"},
    {CLONE_NEWUTS, "uts", "/proc/self/ns/uts"},
};

/* "net.ipv4.conf.eth0/100.forwarding": a slash stands for a dot in a name (sysctl(8)). */
static void to_path(char *key)
{
    for (; *key; key++)
        *key = *key == '.' ? '/' : *key == '/' ? '.' : *key;
}

/* One that can't be looked at can't be joined either, and that error says why. */
static bool is_own(const char *path, const char *own_path)
{
    struct stat other, own;

    return stat(path, &other) == 0 && stat(own_path, &own) == 0 && other.st_dev == own.st_dev &&
           other.st_ino == own.st_ino;
}

static int blame(const struct config *config, const char *key, struct error *error)
{
    CLEANUP_FREE char *path = NULL;

    if (asprintf(&path, "linux.sysctl.%s", key) < 0)
        return error_memory(error);
    config_error_place(config, error, path);
    return -error->code;
}

static int check(const struct config *config, const char *key, struct error *error)
{
    const int flag = config_sysctl_namespace(key);
    const struct config_namespace *namespace = config_namespace(config, flag);

    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        if (kinds[i].flag != flag || !namespace || !namespace->path || !is_own(namespace->path, kinds[i].own))
            continue;
        error_set(error, EINVAL, "belongs to the %s namespace, which the container shares with the host",
                  kinds[i].type);
        error_hint(error, "give it a new one in linux.namespaces: { \"type\": \"%s\" }", kinds[i].type);
        return blame(config, key, error);
    }
    return 0;
}

int sysctl_check(const struct config *config, struct error *error)
{
    int status = 0;

    for (size_t i = 0; i < config->sysctl_length && status == 0; i++)
        status = check(config, config->sysctl[i].key, error);
    return status;
}

static int write_value(int proc_fd, char *path, const char *value, struct error *error)
{
    CLEANUP_FD int sys = -1;
    int result = procfs_open_file(proc_fd, "sys", O_PATH | O_DIRECTORY, &sys, error);

    to_path(path);
    if (result == 0)
        result = procfs_write_file(sys, path, value, error);
    if (result == -ENOENT)
        error_hint(error, "this kernel has no such parameter, or not for a container");
    return result;
}

int sysctl_apply(const struct config *config, int proc_fd, struct error *error)
{
    for (size_t i = 0; i < config->sysctl_length; i++) {
        CLEANUP_FREE char *path = strdup(config->sysctl[i].key);

        if (!path)
            return error_memory(error);
        if (write_value(proc_fd, path, config->sysctl[i].value, error) < 0)
            return blame(config, config->sysctl[i].key, error);
    }
    return 0;
}
