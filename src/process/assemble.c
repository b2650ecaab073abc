/* SPDX-License-Identifier: Apache-2.0 */
/* The launcher's side of the picture in launch.h, from the first process's birth until the root is built. */
#include "base/fd.h"
#include "process/first_process.h"
#include "process/launcher.h"
#include "process/message.h"

#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse_without_root(const struct launch *launch, struct error *error)
{
    error_set(error, EINVAL,
              "the container's id 0 is not mapped, neither as user nor as group or only as one");
    error_hint(error,
               "add ranges that hold containerID 0 to linux.uidMappings and linux.gidMappings: its root owns "
               "the mounts");
    config_error_place(launch->config, error, "linux.uidMappings");
    return -EINVAL;
}

/* The launcher makes things as the container's root; in a copy it is in the container's user namespace
 * itself. */
static int set_owner(struct launch *launch, struct error *error)
{
    const struct user_namespace *user = &launch->user_namespace;
    struct build *build = launch->build;

    build->owner_uid = launch->first_uid;
    build->owner_gid = launch->first_gid;
    if (!launch->own_user_namespace)
        return 0;
    if (!id_mappings_to_host(user->uid_mappings, build->owner_uid, &build->owner_uid) ||
        !id_mappings_to_host(user->gid_mappings, build->owner_gid, &build->owner_gid))
        return refuse_without_root(launch, error);
    build->uid_mappings = user->uid_mappings;
    build->gid_mappings = user->gid_mappings;
    build->user_namespace_fd = user->fd;
    return 0;
}

static void run_first_process(void *argument)
{
    const struct launch *launch = argument;
    struct first_process first = {
        .config = launch->config,
        .options = launch->options,
        .build = launch->build,
        .socket = launch->far_socket,
        .filter = launch->filter,
        .signal_mask = launch->signal_mask,
        .descriptor_limit = launch->descriptor_limit,
        .own_user_namespace = launch->own_user_namespace,
        .first_uid = launch->first_uid,
        .first_gid = launch->first_gid,
        .may_set_groups = launch->may_set_groups,
    };

    first_process_run(&first);
}

/* The mount namespace is the one that the launcher has entered already; so is an ordinary user's user
 * namespace. */
int launch_start_first_process(struct launch *launch, struct error *error)
{
    int without = CLONE_NEWNS | (launch->own_user_namespace ? 0 : CLONE_NEWUSER);
    int status = namespaces_start_process(&launch->namespaces, without, run_first_process, launch,
                                          &launch->pid, &launch->pidfd, error);

    fd_close(&launch->far_socket);
    return status;
}

static int map_ids(struct launch *launch, struct error *error)
{
    int status = 0;

    if (launch->own_user_namespace)
        status = user_namespace_set_up(&launch->user_namespace, launch->proc_fd, launch->pid, launch->config,
                                       launch->nested, error);
    if (status == 0)
        status = set_owner(launch, error);
    if (status < 0 || !launch->own_user_namespace)
        return status;
    return message_send(launch->socket, MESSAGE_MAPPED, NULL, 0, NULL, 0, error);
}

/* The contexts come in the plan's order, as many in a message as fit. */
static int receive_contexts(struct launch *launch, struct error *error)
{
    CLEANUP_MESSAGE struct message message = {0};
    struct build *build = launch->build;
    size_t next = 0;

    for (size_t i = 0; i < build->plan->length; i++) {
        if (!build_is_filesystem_slot(build, i))
            continue;
        if (next == message.fds_length) {
            int status;

            message_clear(&message);
            status = message_expect(launch->socket, MESSAGE_CONTEXTS, &message, error);
            if (status < 0)
                return status;
            if (message.fds_length == 0)
                return error_set(error, EPROTO, "the first process sent no file systems");
            next = 0;
        }
        build->slots[i].fd = fd_take(&message.fds[next++]);
    }
    return 0;
}

static int send_root(const struct launch *launch, struct error *error)
{
    int fds[] = {launch->build->root_fd, launch->build->console_fd};
    size_t length = launch->build->console_fd >= 0 ? 2 : 1;

    return message_send(launch->socket, MESSAGE_BUILT, NULL, 0, fds, length, error);
}

static int leave(struct launch *launch, struct error *error)
{
    /* In a copy the launcher may stay: nobody else is in there, and its own tree is what it left. */
    launch->inside = false;
    return mount_namespace_leave(&launch->mount_namespace, error);
}

int launch_assemble(struct launch *launch, struct error *error)
{
    mode_t previous;
    int status = map_ids(launch, error);

    if (status == 0)
        status = receive_contexts(launch, error);
    if (status < 0)
        return status;
    previous = umask(0);
    status = build_attach(launch->build, error);
    umask(previous);
    if (status == 0)
        status = send_root(launch, error);
    return status == 0 ? leave(launch, error) : status;
}
