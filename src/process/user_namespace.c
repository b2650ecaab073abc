/* SPDX-License-Identifier: Apache-2.0 */
#include "process/user_namespace.h"
#include "base/fd.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

int user_namespace_map(int proc_fd, pid_t pid, const struct config *config, int *ret_namespace_fd,
                       struct error *error)
{
    CLEANUP_FD int process = -1;
    int status = id_mappings_open_process(proc_fd, pid, &process, error);
    int fd;

    if (status == 0)
        status = id_mappings_write(process, &config->uid_mappings, &config->gid_mappings, error);
    if (status < 0)
        return status;
    fd = openat(process, "ns/user", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_call(error, errno, "openat", "cannot open the container's user namespace");
    *ret_namespace_fd = fd;
    return 0;
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
    status = id_mappings_write_file(self, "setgroups", "deny", strlen("deny"), error);
    if (status < 0)
        return status;
    return id_mappings_write(self, &config->uid_mappings, &config->gid_mappings, error);
}

bool user_namespace_may_set_groups(void)
{
    CLEANUP_FD int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
    char text[8] = "";

    return fd < 0 || read(fd, text, sizeof(text) - 1) < 0 || strncmp(text, "deny", 4) != 0;
}
