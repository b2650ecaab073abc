/* SPDX-License-Identifier: Apache-2.0 */
/* fchown(2) of the directory, fchownat(2) of the files that /sys/kernel/cgroup/delegate lists (cgroups(7), "Cgroups v2
 * delegation"; OCI config-linux.md, "Cgroup ownership"). The group stays. */
#include "base/fd.h"
#include "cgroup/directories.h"
#include "cgroup/files.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define LIST "/sys/kernel/cgroup/delegate"
#define TEXT_LIMIT ((size_t)65536)
#define UNCHANGED ((gid_t)-1)

/* What it lists since Linux 4.15, for where /sys is not mounted. */
static const char default_list[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";

static int delegate_file(int directory_fd, const char *name, uid_t owner_uid, struct error *error)
{
    if (fchownat(directory_fd, name, owner_uid, UNCHANGED, AT_SYMLINK_NOFOLLOW) == 0 || errno == ENOENT)
        return 0;
    return error_call(error, errno, "fchownat", "cannot give %s of the container's cgroup to the user %u",
                      name, owner_uid);
}

static int delegate_files(int directory_fd, char *list, uid_t owner_uid, struct error *error)
{
    int status = 0;

    for (char *name; status == 0 && (name = strsep(&list, "\n"));)
        if (*name && !strchr(name, '/'))
            status = delegate_file(directory_fd, name, owner_uid, error);
    return status;
}

static int read_list(char **ret_list, struct error *error)
{
    CLEANUP_FD int fd = open(LIST, O_RDONLY | O_CLOEXEC);
    int status = fd < 0 ? -ENOENT : fd_read_all(fd, TEXT_LIMIT, ret_list, NULL);

    if (status == 0)
        return 0;
    *ret_list = strdup(default_list);
    return *ret_list ? 0 : error_memory(error);
}

int cgroup_delegate(const struct cgroup *cgroup, const struct config *config, uid_t owner_uid,
                    struct error *error)
{
    const struct config_namespace *namespace = config_namespace(config, CLONE_NEWCGROUP);
    CLEANUP_FREE char *list = NULL;
    CLEANUP_FD int directory = -1;
    int status;

    if (owner_uid == (uid_t)-1 || !cgroup->is_unified || cgroup->length == 0 || !namespace || namespace->path)
        return 0;
    directory = cgroup_open_place(&cgroup->places[0], error);
    if (directory < 0)
        return directory;
    if (fchown(directory, owner_uid, UNCHANGED) < 0)
        return error_call(error, errno, "fchown", "cannot give the container's cgroup to the user %u",
                          owner_uid);
    status = read_list(&list, error);
    return status < 0 ? status : delegate_files(directory, list, owner_uid, error);
}
