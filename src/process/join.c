/* SPDX-License-Identifier: Apache-2.0 */
#include "process/join.h"
#include "base/fd.h"
#include "base/helper.h"
#include "kernel/environment.h"
#include "kernel/id_mappings.h"
#include "process/attributes.h"
#include "process/exec_label.h"
#include "process/intel_rdt.h"
#include "process/message.h"
#include "process/namespaces.h"
#include "process/seccomp.h"
#include "process/supervise.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the order in which root joins them: the user namespace last, for the others may belong to the host's. */
static const struct {
    int flag;
    const char *name;
} kinds[] = {
    {CLONE_NEWCGROUP, "cgroup"}, {CLONE_NEWIPC, "ipc"}, {CLONE_NEWUTS, "uts"},   {CLONE_NEWNET, "net"},
    {CLONE_NEWPID, "pid"},       {CLONE_NEWNS, "mnt"},  {CLONE_NEWTIME, "time"}, {CLONE_NEWUSER, "user"},
};

/* A namespace is a file of nsfs: the same inode, the same namespace (namespaces(7)). */
static int is_own(int process_fd, const char *name, bool *ret_own, struct error *error)
{
    char theirs[16], ours[32];
    struct stat their_status, our_status;

    snprintf(theirs, sizeof(theirs), "ns/%s", name);
    snprintf(ours, sizeof(ours), "/proc/self/ns/%s", name);
    if (fstatat(process_fd, theirs, &their_status, 0) < 0 && errno == ENOENT)
        return error_set(error, ESRCH, "the container's process is ending");
    if (fstatat(process_fd, theirs, &their_status, 0) < 0 || stat(ours, &our_status) < 0)
        return error_call(error, errno, "stat", "cannot tell the container's %s namespace", name);
    *ret_own = their_status.st_dev == our_status.st_dev && their_status.st_ino == our_status.st_ino;
    return 0;
}

static int find_namespaces(struct join *join, int process_fd, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        bool own;

        if (is_own(process_fd, kinds[i].name, &own, error) < 0)
            return -error->code;
        join->flags |= own ? 0 : kinds[i].flag;
    }
    return 0;
}

static int open_root(struct join *join, int process_fd, struct error *error)
{
    if (!join->options->no_pivot_root)
        return 0;
    join->root_fd = openat(process_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return join->root_fd < 0 ? error_call(error, errno, "openat", "cannot open the container's root") : 0;
}

static int may_set_groups(struct join *join, int process_fd, struct error *error)
{
    CLEANUP_FD int fd = openat(process_fd, "setgroups", O_RDONLY | O_CLOEXEC);
    char text[8] = "";

    if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
        return error_call(error, errno, "read", "cannot read the container's /proc/PID/setgroups");
    join->may_set_groups = strncmp(text, "deny", 4) != 0;
    return 0;
}

static int examine(struct join *join, struct error *error)
{
    CLEANUP_FD int process_fd = -1;
    int status = id_mappings_open_process(join->child.proc_fd, join->options->pid, &process_fd, error);

    if (status == 0)
        status = find_namespaces(join, process_fd, error);
    if (status == 0)
        status = open_root(join, process_fd, error);
    return status == 0 ? may_set_groups(join, process_fd, error) : status;
}

static int enter(const struct join *join, int flags, struct error *error)
{
    if (flags && setns(join->options->pidfd, flags) < 0)
        return error_call(error, errno, "setns", "cannot join the container's namespaces");
    return 0;
}

/* Root of the host joins one after the other. An ordinary user has the privileges in the container's user namespace only,
 * which setns(2) takes first when all are given at once. */
static int enter_all(const struct join *join, struct error *error)
{
    int flags = join->flags & ~CLONE_NEWTIME;
    int status = 0;

    if (geteuid() != 0)
        return enter(join, flags, error);
    for (size_t i = 0; i < ARRAY_LENGTH(kinds) && status == 0; i++)
        status = enter(join, kinds[i].flag & flags, error);
    return status;
}

static void run_joined_process(void *argument)
{
    joined_process_run(argument);
}

static int enter_and_clone(void *argument, struct error *error)
{
    struct join *join = argument;
    int status = enter_all(join, error);

    if (status < 0)
        return status;
    status = process_clone(CLONE_PARENT, join->entrance.unified_fd, run_joined_process, join,
                           &join->child.pid, &join->child.pidfd, error);
    if (status == 0 || join->entrance.unified_fd < 0)
        return status;
    /* What keeps a process from being born in a cgroup, it may be moved in spite of, or that explains it better. */
    error_clear(error);
    fd_close(&join->entrance.unified_fd);
    return process_clone(CLONE_PARENT, -1, run_joined_process, join, &join->child.pid, &join->child.pidfd,
                         error);
}

/* Who shares memory with another process, as the helper does, can't join a time namespace (EUSERS). */
static int start_process(struct join *join, struct error *error)
{
    int status = enter(join, join->flags & CLONE_NEWTIME, error);

    if (status == 0)
        status = helper_run(enter_and_clone, join, error);
    fd_close(&join->child.far_socket);
    if (status == 0)
        cgroup_entrance_note(&join->entrance);
    return status;
}

static int set_affinity(const struct join *join, bool last, struct error *error)
{
    const struct config_process *process = &join->config->process;

    if (last)
        return process_set_affinity(join->config, join->child.pid, process->final_affinity,
                                    "process.execCPUAffinity.final", error);
    return process_set_affinity(join->config, join->child.pid, process->initial_affinity,
                                "process.execCPUAffinity.initial", error);
}

static int send_placed(const struct join *join, struct error *error)
{
    const struct config_process *process = &join->config->process;
    bool writes = process->apparmor_profile || process->selinux_label;

    return message_send(join->child.socket, MESSAGE_PLACED, NULL, 0, &join->child.proc_fd, writes ? 1 : 0,
                        error);
}

static int place(const struct join *join, struct error *error)
{
    CLEANUP_FD int process_fd = -1;
    bool is_rootless = geteuid() != 0 || !environment_is_initial_user_namespace();
    int status = set_affinity(join, false, error);

    if (status == 0 && join->options->cgroup)
        status = cgroup_add_process_below(join->options->cgroup, join->options->cgroup_below,
                                          join->options->pid, join->child.pid, error);
    if (status == 0 && join->config->intel_rdt.given)
        status = intel_rdt_join(join->config, INTEL_RDT_MOUNT, join->options->id, join->child.pid, error);
    if (status == 0)
        status = set_affinity(join, true, error);
    if (status == 0)
        status = id_mappings_open_process(join->child.proc_fd, join->child.pid, &process_fd, error);
    if (status == 0)
        status = process_set_oom_score(join->config, process_fd, is_rootless, error);
    return status == 0 ? send_placed(join, error) : status;
}

static int receive_terminal(struct join *join, struct error *error)
{
    CLEANUP_MESSAGE struct message message = {0};
    int status;

    if (!join->config->process.terminal)
        return 0;
    status = message_expect(join->child.socket, MESSAGE_TERMINAL, &message, error);
    if (status < 0)
        return status;
    if (message.fds_length != 1)
        return error_set(error, EPROTO, "the process sent no terminal");
    join->console_master = fd_take(&message.fds[0]);
    return 0;
}

/* execCPUAffinity.initial is for before it enters, so then it is moved. */
static int open_entrance(struct join *join, struct error *error)
{
    if (join->options->cgroup_below || join->config->process.initial_affinity)
        return 0;
    return cgroup_entrance_open(&join->entrance, join->options->cgroup, error);
}

static int prepare(struct join *join, struct error *error)
{
    int status = exec_label_check(join->config, error);

    if (status == 0)
        status = child_open(&join->child, error);
    if (status == 0)
        status = examine(join, error);
    if (status == 0)
        status = open_entrance(join, error);
    if (status == 0 && join->config->seccomp.given)
        status = seccomp_build(&join->config->seccomp, &join->filter, error);
    if (status == 0 && getrlimit(RLIMIT_NOFILE, &join->descriptor_limit) < 0)
        status = error_call(error, errno, "getrlimit", "cannot read the limit of open files");
    /* Who is in the container must not get at this program's memory or descriptors. */
    if (status == 0 && prctl(PR_SET_DUMPABLE, 0) < 0)
        status = error_call(error, errno, "prctl", "cannot protect the process");
    return status;
}

static int start(struct join *join, struct error *error)
{
    int status = prepare(join, error);

    if (status == 0)
        status = start_process(join, error);
    if (status == 0)
        status = place(join, error);
    if (status == 0)
        status = receive_terminal(join, error);
    return status == 0 ? child_wait_until_ready(&join->child, &join->options->owner, error) : status;
}

static int end_if_failed(struct join *join, int status, struct error *error)
{
    if (status < 0) {
        child_prefer_its_word(&join->child, error);
        child_end(&join->child);
    }
    return status;
}

int join_create(struct join *join, const struct config *config, const struct join_options *options,
                struct error *error)
{
    int status = supervise_block_signals(&join->signal_mask, error);

    if (status < 0)
        return status;
    join->signals_blocked = true;
    join->config = config;
    join->options = options;
    return end_if_failed(join, start(join, error), error);
}

int join_go(struct join *join, struct error *error)
{
    return end_if_failed(join, child_start(&join->child, false, error), error);
}

void join_clear(struct join *join)
{
    child_clear(&join->child);
    cgroup_entrance_clear(&join->entrance);
    fd_close(&join->console_master);
    fd_close(&join->root_fd);
    seccomp_clear(&join->filter);
    if (join->signals_blocked)
        (void)sigprocmask(SIG_SETMASK, &join->signal_mask, NULL);
    join->signals_blocked = false;
}
