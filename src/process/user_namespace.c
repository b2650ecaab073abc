/* SPDX-License-Identifier: Apache-2.0 */
#include "process/user_namespace.h"
#include "base/fd.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int write_file(int directory_fd, const char *name, const char *text, size_t length,
                      struct error *error)
{
    CLEANUP_FD int fd = openat(directory_fd, name, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return error_call(error, errno, "openat", "cannot open %s of the user namespace", name);
    /* The kernel wants a map in one write (user_namespaces(7)). */
    if (write(fd, text, length) == (ssize_t)length)
        return 0;
    error_call(error, errno, "write", "cannot set %s of the user namespace", name);
    if (error->code == EPERM)
        error_hint(error, "an ordinary user may map one id, the own one; a range of ids needs root");
    return -error->code;
}

static int write_map(int directory_fd, const char *name, const struct id_mappings *mappings,
                     struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    if (!out)
        return error_memory(error);
    for (size_t i = 0; i < mappings->length; i++)
        fprintf(out, "%u %u %u\n", mappings->ranges[i].container_id, mappings->ranges[i].host_id,
                mappings->ranges[i].size);
    if (fclose(out) != 0)
        return error_memory(error);
    return write_file(directory_fd, name, text, length, error);
}

static int write_maps(int directory_fd, const struct config *config, struct error *error)
{
    int status = write_map(directory_fd, "uid_map", &config->uid_mappings, error);

    return status == 0 ? write_map(directory_fd, "gid_map", &config->gid_mappings, error) : status;
}

int user_namespace_map(int proc_fd, pid_t pid, const struct config *config, struct error *error)
{
    CLEANUP_FD int directory = -1;
    char name[32];

    snprintf(name, sizeof(name), "%d", (int)pid);
    directory = openat(proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return error_call(error, errno, "openat", "cannot open /proc/%s", name);
    return write_maps(directory, config, error);
}

static bool maps_only(const struct id_mappings *mappings, uint32_t id)
{
    return mappings->length == 1 && mappings->ranges[0].size == 1 && mappings->ranges[0].host_id == id;
}

static int explain_unshare(struct error *error)
{
    error_call(error, errno, "unshare", "cannot make a user namespace");
    if (error->code == EPERM || error->code == EACCES)
        error_hint(error,
                   "this machine keeps user namespaces from ordinary users: see the sysctls "
                   "kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns");
    else if (error->code == ENOSPC)
        error_hint(error, "the limit is the sysctl user.max_user_namespaces");
    return -error->code;
}

int user_namespace_enter(const struct config *config, struct error *error)
{
    CLEANUP_FD int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int status;

    if (self < 0)
        return error_call(error, errno, "open", "cannot open /proc/self");
    if (!maps_only(&config->uid_mappings, geteuid()) || !maps_only(&config->gid_mappings, getegid())) {
        error_set(error, EPERM,
                  "linux.uidMappings, linux.gidMappings: an ordinary user may map only the own "
                  "ids: %u and %u",
                  geteuid(), getegid());
        error_hint(error, "ranges from /etc/subuid are not carried out yet: run as root for them");
        return -EPERM;
    }
    /* The privilege to mount is one over a mount namespace (mount_namespaces(7)). */
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return explain_unshare(error);
    /* gid_map may be written by the unprivileged only after that. */
    status = write_file(self, "setgroups", "deny", strlen("deny"), error);
    return status == 0 ? write_maps(self, config, error) : status;
}

bool user_namespace_may_set_groups(void)
{
    CLEANUP_FD int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
    char text[8] = "";

    return fd < 0 || read(fd, text, sizeof(text) - 1) < 0 || strncmp(text, "deny", 4) != 0;
}
