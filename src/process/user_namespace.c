/* SPDX-License-Identifier: Apache-2.0 */
#include "process/user_namespace.h"
#include "base/fd.h"
#include "kernel/restrictions.h"
#include "process/id_map_programs.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int read_maps(struct user_namespace *joined, int process_fd, struct error *error)
{
    int status = id_mappings_read(process_fd, "uid_map", &joined->arena, &joined->read_uid, error);

    joined->uid_mappings = &joined->read_uid;
    joined->gid_mappings = &joined->read_gid;
    return status < 0 ? status
                      : id_mappings_read(process_fd, "gid_map", &joined->arena, &joined->read_gid, error);
}

/* Each id as itself. */
static int copy_identity(struct arena *arena, const struct id_mappings *from,
                         struct id_mappings *ret_mappings, struct error *error)
{
    struct id_mappings copy = {arena_allocate(arena, from->length, sizeof(*copy.ranges)), from->length};

    if (!copy.ranges)
        return error_memory(error);
    for (size_t i = 0; i < from->length; i++) {
        copy.ranges[i] = from->ranges[i];
        copy.ranges[i].host_id = from->ranges[i].container_id;
    }
    *ret_mappings = copy;
    return 0;
}

static int take_identity(struct user_namespace *made, const struct config *config, struct error *error)
{
    int status = copy_identity(&made->arena, &config->uid_mappings, &made->read_uid, error);

    made->uid_mappings = &made->read_uid;
    made->gid_mappings = &made->read_gid;
    return status < 0 ? status : copy_identity(&made->arena, &config->gid_mappings, &made->read_gid, error);
}

static int write_maps(struct user_namespace *made, int process_fd, const struct config *config, bool nested,
                      struct error *error)
{
    made->uid_mappings = &config->uid_mappings;
    made->gid_mappings = &config->gid_mappings;
    if (nested && take_identity(made, config, error) < 0)
        return -error->code;
    return id_mappings_write(process_fd, made->uid_mappings, made->gid_mappings, error);
}

int user_namespace_set_up(struct user_namespace *ret_namespace, int proc_fd, pid_t pid,
                          const struct config *config, bool nested, struct error *error)
{
    const struct config_namespace *wanted = config_namespace(config, CLONE_NEWUSER);
    CLEANUP_FD int process = -1;
    int status = id_mappings_open_process(proc_fd, pid, &process, error);

    if (status == 0)
        status = wanted && wanted->path ? read_maps(ret_namespace, process, error)
                                        : write_maps(ret_namespace, process, config, nested, error);
    if (status < 0)
        return status;
    ret_namespace->fd = openat(process, "ns/user", O_RDONLY | O_CLOEXEC);
    if (ret_namespace->fd < 0)
        return error_call(error, errno, "openat", "cannot open the container's user namespace");
    return 0;
}

void user_namespace_clear(struct user_namespace *user_namespace)
{
    arena_clear(&user_namespace->arena);
    fd_close(&user_namespace->fd);
}

static bool maps_only(const struct id_mappings *mappings, uint32_t id)
{
    return mappings->length == 1 && mappings->ranges[0].size == 1 && mappings->ranges[0].host_id == id;
}

static int explain_unshare(struct error *error)
{
    error_call(error, errno, "unshare", "cannot make a user namespace");
    restrictions_hint_user_namespace(error);
    return -error->code;
}

/* The privilege to mount is one over a mount namespace, so there is a new one as well (mount_namespaces(7)). */
static int unshare_both(struct error *error)
{
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ? explain_unshare(error) : 0;
}

/* The one id that anybody may map: the own one. gid_map may be written only after "deny". */
static int enter_with_own_ids(const struct config *config, struct error *error)
{
    CLEANUP_FD int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int status = self < 0 ? error_call(error, errno, "open", "cannot open /proc/self") : unshare_both(error);

    if (status == 0)
        status = id_mappings_write_file(self, "setgroups", "deny", strlen("deny"), error);
    if (status < 0)
        return status;
    return id_mappings_write(self, &config->uid_mappings, &config->gid_mappings, error);
}

static int enter_with_ranges(const struct config *config, struct error *error)
{
    struct id_map_programs programs;
    int status = id_map_programs_start(&programs, &config->uid_mappings, &config->gid_mappings, error);

    if (status == 0)
        status = unshare_both(error);
    if (status == 0 && id_map_programs_finish(&programs, error) < 0) {
        config_error_place(config, error, "linux.uidMappings");
        return -error->code;
    }
    return status;
}

/* Where the namespace has a root, this process becomes it: what it makes is root's then. */
static int become_root(const struct config *config, struct error *error)
{
    uint32_t host;

    if (!id_mappings_to_host(&config->uid_mappings, 0, &host) ||
        !id_mappings_to_host(&config->gid_mappings, 0, &host))
        return 0;
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        return error_call(error, errno, "setresuid", "cannot become root in the user namespace");
    return 0;
}

int user_namespace_enter(const struct config *config, struct error *error)
{
    const struct config_namespace *wanted = config_namespace(config, CLONE_NEWUSER);
    int status;

    if (wanted && wanted->path)
        return error_set(error, EPERM, "to join the user namespace %s takes root", wanted->path);
    if (maps_only(&config->uid_mappings, geteuid()) && maps_only(&config->gid_mappings, getegid()))
        status = enter_with_own_ids(config, error);
    else
        status = enter_with_ranges(config, error);
    return status == 0 ? become_root(config, error) : status;
}

bool user_namespace_may_set_groups(void)
{
    CLEANUP_FD int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
    char text[8] = "";

    return fd < 0 || TEMP_FAILURE_RETRY(read(fd, text, sizeof(text) - 1)) < 0 ||
           strncmp(text, "deny", 4) != 0;
}
