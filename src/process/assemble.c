/* SPDX-License-Identifier: Apache-2.0 */
/* The launcher's side of the picture in launch.h, from the first process's birth until the root is built. */
#include "base/fd.h"
#include "process/attributes.h"
#include "process/first_process.h"
#include "process/launch.h"
#include "process/message.h"
#include "process/network_devices.h"

#include <fcntl.h>
#include <linux/mount.h>
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
    struct build *build = &launch->build;

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
    first_process_run(argument);
}

static int leave(struct launch *launch, struct error *error)
{
    /* In a copy the launcher may stay: nobody else is in there, and its own tree is what it left. */
    launch->inside = false;
    return mount_namespace_leave(&launch->mount_namespace, error);
}

/* What keeps a process from being born in a cgroup, cgroup_enter() explains better. */
static int start_process(struct launch *launch, struct process_birth *birth, struct error *error)
{
    int status =
        namespaces_start_process(&launch->namespaces, birth, &launch->child.pid, &launch->child.pidfd, error);

    if (status < 0 && birth->cgroup_fd >= 0) {
        error_clear(error);
        birth->cgroup_fd = -1;
        fd_close(&launch->entrance.unified_fd);
        status = namespaces_start_process(&launch->namespaces, birth, &launch->child.pid,
                                          &launch->child.pidfd, error);
    }
    if (status == 0)
        cgroup_entrance_note(&launch->entrance);
    return status;
}

/* The mount namespace is the one that the launcher has entered already; so is an ordinary user's user namespace. The
 * cgroup namespace comes later: its root is the cgroup that the process is in then (cgroup_namespaces(7)). */
int launch_start_first_process(struct launch *launch, struct error *error)
{
    struct process_birth birth = {
        .without = CLONE_NEWNS | CLONE_NEWCGROUP | (launch->own_user_namespace ? 0 : CLONE_NEWUSER),
        .cgroup_fd = launch->entrance.unified_fd,
        .proc_fd = launch->child.proc_fd,
        .function = run_first_process,
        .argument = launch,
    };
    int status = start_process(launch, &birth, error);

    fd_close(&launch->child.far_socket);
    if (status == 0)
        status = leave(launch, error);
    if (status == 0 && launch->options->born)
        status = launch->options->born(launch->options->owner, launch->child.pid, error);
    return status;
}

static int map_ids(struct launch *launch, struct error *error)
{
    int status = 0;

    if (launch->own_user_namespace)
        status = user_namespace_set_up(&launch->user_namespace, launch->child.proc_fd, launch->child.pid,
                                       launch->config, launch->nested, error);
    return status == 0 ? set_owner(launch, error) : status;
}

static bool can_write_cgroups(const struct plan *plan)
{
    for (size_t i = 0; i < plan->length; i++) {
        const struct operation *operation = &plan->operations[i];

        if (operation_is_filesystem(operation, "cgroup2"))
            return !(operation->filesystem.attributes.set & MOUNT_ATTR_RDONLY);
    }
    return false;
}

/* The program's user gets the container's cgroup where it can be written (OCI config-linux.md, "Cgroup ownership"); version
 * and namespace are looked at by cgroup_enter(). */
static uid_t cgroup_owner(const struct launch *launch)
{
    uint32_t owner;

    if (!launch->own_user_namespace || !can_write_cgroups(&launch->plan))
        return (uid_t)-1;
    return id_mappings_to_host(launch->build.uid_mappings, launch->config->process.uid, &owner) ? owner
                                                                                                : (uid_t)-1;
}

static int enter_cgroup(const struct launch *launch, struct error *error)
{
    struct cgroup *cgroup = launch->options->cgroup;

    return cgroup ? cgroup_enter(cgroup, launch->config, launch->child.pid, cgroup_owner(launch), error) : 0;
}

static int move_network_devices(struct launch *launch, int process_fd, struct error *error)
{
    CLEANUP_FD int namespace_fd = -1;

    if (launch->config->net_devices_length == 0)
        return 0;
    namespace_fd = openat(process_fd, "ns/net", O_RDONLY | O_CLOEXEC);
    if (namespace_fd < 0)
        return error_call(error, errno, "openat", "cannot open the container's network namespace");
    return network_devices_move(launch->config, namespace_fd, &launch->network_devices, error);
}

/* The host's procfs goes along only where the first process has to write there. */
static int send_placed(const struct launch *launch, struct error *error)
{
    const struct config_process *process = &launch->config->process;
    bool writes = launch->config->sysctl_length || process->apparmor_profile || process->selinux_label;

    return message_send(launch->child.socket, MESSAGE_PLACED, NULL, 0, &launch->child.proc_fd, writes ? 1 : 0,
                        error);
}

/* What only the host's privileges can do to the first process, which waits for it. */
static int place(struct launch *launch, struct error *error)
{
    CLEANUP_FD int process_fd = -1;
    int status = map_ids(launch, error);

    if (status == 0)
        status = enter_cgroup(launch, error);
    if (status == 0)
        status = id_mappings_open_process(launch->child.proc_fd, launch->child.pid, &process_fd, error);
    if (status == 0)
        status = process_set_oom_score(launch->config, process_fd, launch->is_rootless, error);
    if (status == 0)
        status = move_network_devices(launch, process_fd, error);
    return status == 0 ? send_placed(launch, error) : status;
}

/* In a user namespace no file system can be opened before its ids are mapped. */
unsigned launch_early_namespaces(const struct launch *launch)
{
    return launch->own_user_namespace ? 0 : CLONE_NEWPID | CLONE_NEWIPC;
}

static int receive_message(const struct launch *launch, struct message *message, struct error *error)
{
    message_clear(message);
    return TIMED(launch->options->timing, TIMING_CONTEXTS,
                 message_expect(launch->child.socket, MESSAGE_CONTEXTS, message, error));
}

/* Of those with these namespaces, what has not come yet, in the plan's order, as many in a message as fit. must_come: there
 * is a message even if nothing is missing. */
static int receive_group(struct launch *launch, unsigned namespaces, bool must_come, struct error *error)
{
    CLEANUP_MESSAGE struct message message = {0};
    struct build *build = &launch->build;
    int status = must_come ? receive_message(launch, &message, error) : 0;
    size_t next = 0;

    for (size_t i = 0; i < build->plan->length && status == 0; i++) {
        if (!build_is_filesystem_slot(build, i, namespaces) || build->slots[i].opened)
            continue;
        if (next == message.fds_length && (next > 0 || !must_come)) {
            status = receive_message(launch, &message, error);
            next = 0;
        }
        if (status == 0 && message.fds_length == 0)
            status = error_set(error, EPROTO, "the first process sent no file systems");
        if (status == 0) {
            build->slots[i].fd = fd_take(&message.fds[next++]);
            build->slots[i].opened = true;
        }
    }
    return status;
}

static int receive_early(struct launch *launch, struct error *error)
{
    if (launch->has_early)
        return 0;
    launch->has_early = true;
    return launch_early_namespaces(launch) == 0
               ? 0
               : receive_group(launch, launch_early_namespaces(launch), false, error);
}

int launch_receive_contexts(struct launch *launch, struct error *error)
{
    int status = receive_early(launch, error);

    if (status < 0 || launch->has_all)
        return status;
    launch->has_all = true;
    return receive_group(launch, ~0u, true, error);
}

int launch_receive_context(void *argument, size_t index, struct error *error)
{
    struct launch *launch = argument;
    int status = receive_early(launch, error);

    return status < 0 || launch->build.slots[index].opened ? status : launch_receive_contexts(launch, error);
}

static int send_root(const struct launch *launch, struct error *error)
{
    int fds[] = {launch->build.root_fd, launch->build.console_fd};
    size_t length = launch->build.console_fd >= 0 ? 2 : 1;

    return message_send(launch->child.socket, MESSAGE_BUILT, NULL, 0, fds, length, error);
}

static int attach(struct launch *launch, struct error *error)
{
    struct timing *timing = launch->options->timing;
    mode_t previous = umask(0);
    int status = mount_namespace_return(&launch->mount_namespace, error);

    launch->inside = status == 0;
    if (status == 0)
        status = TIMED(timing, TIMING_ATTACH, build_attach(&launch->build, error));
    if (status == 0)
        status = launch_receive_contexts(launch, error);
    if (status == 0)
        status = follower_mounted(launch->options->follower, error);
    /* The first process goes on in its root, up to where it waits for the start, while the root is looked at. */
    if (status == 0)
        status = send_root(launch, error);
    if (status == 0)
        status = TIMED(timing, TIMING_VERIFY,
                       verify_build_in(&launch->verification, &launch->build, launch->child.proc_fd, error));
    umask(previous);
    return status;
}

int launch_assemble(struct launch *launch, struct error *error)
{
    struct timing *timing = launch->options->timing;
    int status = TIMED(timing, TIMING_PLACE, place(launch, error));

    if (status == 0)
        status = TIMED(timing, TIMING_PREPARE, build_prepare_host(&launch->build, error));
    if (status == 0)
        status = attach(launch, error);
    return status == 0 ? leave(launch, error) : status;
}
