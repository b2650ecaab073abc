/* SPDX-License-Identifier: Apache-2.0 */
#include "process/first_process.h"
#include "base/fd.h"
#include "process/context_helper.h"
#include "process/message.h"
#include "process/network.h"
#include "process/program.h"
#include "process/sysctl.h"

#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int close_inherited(struct launch *launch, const struct program *program, struct error *error)
{
    int status = program_close_inherited(program, error);

    for (size_t i = 0; i < launch->plan.length; i++)
        launch->build.slots[i] = (struct slot){.fd = -1, .layers_fd = -1, .idmap_fd = -1};
    return status;
}

static int become_namespace_root(const struct launch *launch, struct error *error)
{
    if (!launch->own_user_namespace)
        return 0;
    if (launch->may_set_groups && setgroups(0, NULL) < 0) {
        error_call(error, errno, "setgroups", "cannot drop the host's groups");
        error_hint(
            error,
            "an ordinary user made the joined user namespace, with \"deny\" in its /proc/PID/setgroups: join "
            "one that root or newgidmap made");
        return -error->code;
    }
    if (setresgid(launch->first_gid, launch->first_gid, launch->first_gid) < 0 ||
        setresuid(launch->first_uid, launch->first_uid, launch->first_uid) < 0) {
        error_call(error, errno, "setresuid", "cannot become root in the user namespace");
        error_hint(error, "linux.uidMappings and linux.gidMappings must map the container's id 0");
        return -error->code;
    }
    return 0;
}

/* Its root is the cgroup that the process is in by now. */
static int take_cgroup_namespace(const struct config *config, struct error *error)
{
    const struct config_namespace *namespace = config_namespace(config, CLONE_NEWCGROUP);

    if (!namespace || namespace->path)
        return 0;
    if (unshare(CLONE_NEWCGROUP) < 0)
        return error_call(error, errno, "unshare", "cannot make a cgroup namespace");
    return 0;
}

static int wait_until_placed(const struct launch *launch, struct program *program, struct error *error)
{
    CLEANUP_MESSAGE struct message message = {0};
    int status = message_expect(program->socket, MESSAGE_PLACED, &message, error);

    if (status == 0)
        status = become_namespace_root(launch, error);
    if (status == 0)
        status = take_cgroup_namespace(launch->config, error);
    if (status == 0 && message.fds_length > 0)
        program->proc_fd = fd_take(&message.fds[0]);
    return status;
}

static int send_batch(int socket, const int *fds, size_t length, struct error *error)
{
    return message_send(socket, MESSAGE_CONTEXTS, NULL, 0, fds, length, error);
}

static void close_contexts(struct launch *launch)
{
    for (size_t i = 0; i < launch->plan.length; i++)
        fd_close(&launch->build.slots[i].fd);
}

/* What is open. must_send: a message even if that is nothing. */
static int send_contexts(struct launch *launch, int socket, bool must_send, struct error *error)
{
    const struct build *build = &launch->build;
    int fds[MESSAGE_FDS_LIMIT];
    size_t length = 0;
    int status = 0;

    for (size_t i = 0; i < build->plan->length && status == 0; i++) {
        if (build->slots[i].fd < 0)
            continue;
        if (length == ARRAY_LENGTH(fds)) {
            status = send_batch(socket, fds, length, error);
            length = 0;
        }
        fds[length++] = build->slots[i].fd;
    }
    if (status == 0 && (length || must_send))
        status = send_batch(socket, fds, length, error);
    close_contexts(launch);
    return status;
}

/* Only now: the launcher writes the maps of a process that it may look into (ptrace(2), "access mode checking"). */
static int protect(struct error *error)
{
    return prctl(PR_SET_DUMPABLE, 0) < 0 ? error_call(error, errno, "prctl", "cannot protect the process")
                                         : 0;
}

/* As soon as there is what they show. */
static int open_early_contexts(struct launch *launch, int socket, struct error *error)
{
    int status = namespaces_make_later(launch->config, CLONE_NEWIPC | CLONE_NEWUTS, error);

    if (status == 0 && launch_early_namespaces(launch))
        status = build_prepare_filesystems(&launch->build, launch_early_namespaces(launch), error);
    return status == 0 ? send_contexts(launch, socket, false, error) : status;
}

static int open_contexts(struct launch *launch, int socket, struct error *error)
{
    int status = launch->own_user_namespace ? context_helper_run(&launch->build, error)
                                            : build_prepare_filesystems(&launch->build, ~0u, error);

    return status == 0 ? send_contexts(launch, socket, true, error) : status;
}

static int set_names(const struct config *config, struct error *error)
{
    if (config->hostname && sethostname(config->hostname, strlen(config->hostname)) < 0)
        return error_call(error, errno, "sethostname", "cannot set the host name");
    if (config->domainname && setdomainname(config->domainname, strlen(config->domainname)) < 0)
        return error_call(error, errno, "setdomainname", "cannot set the domain name");
    return 0;
}

static int set_up_network(const struct config *config, struct error *error)
{
    const struct config_namespace *network = config_namespace(config, CLONE_NEWNET);

    return network && !network->path ? network_loopback_up(error) : 0;
}

/* After the hooks that the launcher runs: an interface that has a parameter set may come from one. */
static int set_parameters(const struct config *config, int proc_fd, struct error *error)
{
    int status = set_names(config, error);

    return status == 0 && config->sysctl_length ? sysctl_apply(config, proc_fd, error) : status;
}

/* Without pivot_root nobody else can move this process to the new root. */
static int enter_root(const struct launch *launch, int root_fd, struct error *error)
{
    if (launch->config->no_pivot_root && (fchdir(root_fd) < 0 || chroot(".") < 0))
        return error_call(error, errno, "chroot", "cannot enter the root");
    /* The copy belongs to our user namespace, and every mount of the original is locked in it. */
    if (launch->own_user_namespace && unshare(CLONE_NEWNS) < 0)
        return error_call(error, errno, "unshare", "cannot take over the mount namespace");
    return chdir("/") < 0 ? error_call(error, errno, "chdir", "cannot enter the root") : 0;
}

static int receive_root(const struct launch *launch, const struct program *program, struct error *error)
{
    CLEANUP_MESSAGE struct message message = {0};
    int status = message_expect(program->socket, MESSAGE_BUILT, &message, error);

    if (status < 0)
        return status;
    if (message.fds_length < 1)
        return error_set(error, EPROTO, "the launcher sent no root");
    status = set_parameters(launch->config, program->proc_fd, error);
    if (status == 0)
        status = enter_root(launch, message.fds[0], error);
    if (status < 0)
        return status;
    if (setsid() < 0 && (errno != EPERM || getsid(0) != getpid()))
        return error_call(error, errno, "setsid", "cannot begin a session");
    return message.fds_length > 1 ? program_take_terminal(&launch->config->process, message.fds[1], error)
                                  : 0;
}

static int run(struct launch *launch, struct program *program, struct error *error)
{
    int status = cgroup_entrance_take(&launch->entrance, error);

    if (status == 0)
        status = close_inherited(launch, program, error);
    if (status == 0)
        status = open_early_contexts(launch, program->socket, error);
    if (status == 0)
        status = namespaces_make_later(launch->config, CLONE_NEWNET, error);
    if (status == 0)
        status = wait_until_placed(launch, program, error);
    if (status == 0)
        status = protect(error);
    if (status == 0)
        status = open_contexts(launch, program->socket, error);
    if (status == 0)
        status = set_up_network(launch->config, error);
    if (status == 0)
        status = program_prepare(program, error);
    if (status == 0)
        status = receive_root(launch, program, error);
    return status == 0 ? program_become(program, error) : status;
}

void first_process_run(struct launch *launch)
{
    CLEANUP_ERROR struct error error = {0};
    const struct launch_options *options = launch->options;
    struct program program = {
        .config = launch->config,
        .socket = launch->child.far_socket,
        .filter = launch->filter,
        .signal_mask = launch->signal_mask,
        .descriptor_limit = launch->descriptor_limit,
        .may_set_groups = launch->may_set_groups,
        .no_new_keyring = options->no_new_keyring,
        .end_with_launcher = options->end_with_launcher,
        .own_init = options->own_init,
        .preserved_fds = options->preserved_fds,
        .listen_fds = options->listen_fds,
        .proc_fd = -1,
        .end_fd = launch->end_fd,
        .start_fd = options->start_fd,
        .report_fd = options->report_fd,
        .describe = options->describe,
        .owner = options->owner,
    };

    (void)!run(launch, &program, &error);
    program_report(&program, &error);
}
