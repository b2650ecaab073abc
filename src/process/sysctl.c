/* SPDX-License-Identifier: Apache-2.0 */
/* stat(2) of the namespaces; later openat2(/proc/sys/…) and write(2) for each key. */
#include "process/sysctl.h"
#include "base/fd.h"
#include "kernel/procfs.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

struct kind {
    int flag;
    const char *type; /* in linux.namespaces */
    const char *own;
};

static const struct kind network = {CLONE_NEWNET, "network", "/proc/self/ns/net"};
static const struct kind ipc = {CLONE_NEWIPC, "ipc", "/proc/self/ns/ipc"};
static const struct kind uts = {CLONE_NEWUTS, "uts", "/proc/self/ns/uts"};

/* Which kind of namespace a key belongs to, or all keys below a directory: what runc and crun allow. */
static const struct {
    const char *path;
    const struct kind *kind;
} rows[] = {
    {"net/", &network},          {"fs/mqueue/", &ipc},
    {"kernel/msgmax", &ipc},     {"kernel/msgmnb", &ipc},
    {"kernel/msgmni", &ipc},     {"kernel/sem", &ipc},
    {"kernel/shmall", &ipc},     {"kernel/shmmax", &ipc},
    {"kernel/shmmni", &ipc},     {"kernel/shm_rmid_forced", &ipc},
    {"kernel/domainname", &uts},
};

/* As sysctl(8) has it: "net.ipv4.conf.eth0/100.forwarding", where a slash stands for a dot in a name, or
 * "net/ipv4/conf/eth0.100/forwarding". Which one the first of the two characters says. */
static void to_path(char *key)
{
    if (key[strcspn(key, "./")] != '.')
        return;
    for (; *key; key++)
        *key = *key == '.' ? '/' : *key == '/' ? '.' : *key;
}

static bool is_plain_name(const char *name, size_t length)
{
    return length > 2 || (length > 0 && strncmp(name, "..", length) != 0);
}

/* "net/../kernel/core_pattern" begins as the keys of the network namespace do. */
static bool is_plain(const char *path)
{
    size_t length = strcspn(path, "/");

    while (is_plain_name(path, length) && path[length]) {
        path += length + 1;
        length = strcspn(path, "/");
    }
    return is_plain_name(path, length);
}

static bool row_has(const char *row, const char *path)
{
    size_t length = strlen(row);

    return row[length - 1] == '/' ? strncmp(path, row, length) == 0 : strcmp(path, row) == 0;
}

/* NULL: none. */
static const struct kind *find_kind(const char *path)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (row_has(rows[i].path, path))
            return rows[i].kind;
    return NULL;
}

/* One that can't be looked at can't be joined either, and that error says why. */
static bool is_own(const struct kind *kind, const char *path)
{
    struct stat other, own;

    return stat(path, &other) == 0 && stat(kind->own, &own) == 0 && other.st_dev == own.st_dev &&
           other.st_ino == own.st_ino;
}

static int check_kind(const struct config *config, const struct kind *kind, struct error *error)
{
    const struct config_namespace *namespace = config_namespace(config, kind->flag);

    if (namespace && !(namespace->path && is_own(kind, namespace->path)))
        return 0;
    error_set(error, EINVAL, "belongs to the %s namespace, which the container shares with the host",
              kind->type);
    error_hint(error, "give it a new one in linux.namespaces: { \"type\": \"%s\" }", kind->type);
    return -EINVAL;
}

static int check(const struct config *config, char *path, struct error *error)
{
    const struct kind *kind;

    to_path(path);
    if (!is_plain(path))
        return error_set(error, EINVAL, "is no name of a kernel parameter");
    kind = find_kind(path);
    if (kind)
        return check_kind(config, kind, error);
    error_set(error, EINVAL, "belongs to none of the container's namespaces, it would change the host");
    error_hint(error, strcmp(path, "kernel/hostname") == 0 ? "use the property \"hostname\""
                                                           : "set it on the host, or remove it");
    return -EINVAL;
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

static int blame(const struct config *config, const char *key, struct error *error)
{
    error_place(error, "%s", key);
    config_error_place(config, error, "linux.sysctl");
    return -error->code;
}

int sysctl_check(const struct config *config, struct error *error)
{
    for (size_t i = 0; i < config->sysctl_length; i++) {
        CLEANUP_FREE char *path = strdup(config->sysctl[i].key);

        if (!path)
            return error_memory(error);
        if (check(config, path, error) < 0)
            return blame(config, config->sysctl[i].key, error);
    }
    return 0;
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
