/* SPDX-License-Identifier: Apache-2.0 */
/* The new process of join.h, from its birth in the container's namespaces to its program. */
#include "base/fd.h"
#include "process/join.h"
#include "process/message.h"
#include "process/program.h"
#include "process/terminal.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* setresuid(2): EINVAL where the namespace has no such id. Then the program's user is all that is needed. */
static bool is_refused(int result)
{
    return result < 0 && errno != EINVAL;
}

/* The root of the container's user namespace, as the first process was: the program's user comes later. */
static int become_namespace_root(const struct join *join, struct error *error)
{
    if (!(join->flags & CLONE_NEWUSER))
        return 0;
    if (join->may_set_groups && setgroups(0, NULL) < 0)
        return error_call(error, errno, "setgroups", "cannot drop the host's groups");
    if (is_refused(setresgid(0, 0, 0)) || is_refused(setresuid(0, 0, 0)))
        return error_call(error, errno, "setresuid", "cannot become root in the container's user namespace");
    return 0;
}

static int wait_until_placed(const struct join *join, struct program *program, struct error *error)
{
    CLEANUP_MESSAGE struct message message = {0};
    int status = message_expect(program->socket, MESSAGE_PLACED, &message, error);

    if (status == 0 && message.fds_length > 0)
        program->proc_fd = fd_take(&message.fds[0]);
    return status < 0 ? status : become_namespace_root(join, error);
}

/* setns(2) led to the root of the mount namespace. */
static int enter_root(const struct join *join, struct error *error)
{
    if (join->root_fd >= 0 && (fchdir(join->root_fd) < 0 || chroot(".") < 0))
        return error_call(error, errno, "chroot", "cannot enter the container's root");
    return chdir("/") < 0 ? error_call(error, errno, "chdir", "cannot enter the container's root") : 0;
}

/* The name is looked up in the container, so what is found has to be a devpts (CVE-2025-52565). */
static int open_master(struct error *error)
{
    CLEANUP_FD int devpts = open("/dev/pts", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    CLEANUP_FD int master = -1;
    struct statfs status;

    if (devpts < 0 || fstatfs(devpts, &status) < 0)
        return error_call(error, errno, "open", "cannot open the container's /dev/pts");
    if (status.f_type != DEVPTS_SUPER_MAGIC) {
        error_set(error, EINVAL, "/dev/pts in the container is not a devpts");
        error_hint(error, "a terminal needs one: mount it at /dev/pts, or leave --tty out");
        return -EINVAL;
    }
    master = openat(devpts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
    if (master < 0)
        return error_call(error, errno, "openat", "cannot open a terminal in the container's devpts");
    return fd_take(&master);
}

static int open_terminal(int master, struct error *error)
{
    CLEANUP_FD int terminal = -1;
    int unlock = 0;

    if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
        return error_call(error, errno, "ioctl(TIOCSPTLCK)", "cannot unlock the terminal");
    terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0)
        return error_call(error, errno, "ioctl(TIOCGPTPEER)", "cannot open the terminal's container side");
    return fd_take(&terminal);
}

/* For the program's user, who is not the one who opened it. */
static int give_terminal(const struct config_process *process, int terminal, struct error *error)
{
    if (fchown(terminal, process->uid, (gid_t)-1) < 0)
        return error_call(error, errno, "fchown", "cannot give the terminal to the user %u", process->uid);
    return program_take_terminal(process, terminal, error);
}

static int set_up_terminal(const struct join *join, int socket, struct error *error)
{
    CLEANUP_FD int master = -1;
    CLEANUP_FD int terminal = -1;
    int status;

    if (setsid() < 0 && (errno != EPERM || getsid(0) != getpid()))
        return error_call(error, errno, "setsid", "cannot begin a session");
    if (!join->config->process.terminal)
        return 0;
    master = open_master(error);
    if (master < 0)
        return master;
    terminal = open_terminal(master, error);
    if (terminal < 0)
        return terminal;
    status = give_terminal(&join->config->process, terminal, error);
    return status < 0 ? status : message_send(socket, MESSAGE_TERMINAL, NULL, 0, &master, 1, error);
}

static int run(const struct join *join, struct program *program, struct error *error)
{
    int status = cgroup_entrance_take(&join->entrance, error);

    if (status == 0)
        status = enter_root(join, error);
    if (status == 0)
        status = program_close_inherited(program, error);
    if (status == 0)
        status = wait_until_placed(join, program, error);
    if (status == 0)
        status = set_up_terminal(join, program->socket, error);
    if (status == 0)
        status = program_prepare(program, error);
    return status == 0 ? program_become(program, error) : status;
}

void joined_process_run(struct join *join)
{
    CLEANUP_ERROR struct error error = {0};
    struct program program = {
        .config = join->config,
        .socket = join->child.far_socket,
        .filter = join->filter,
        .signal_mask = join->signal_mask,
        .descriptor_limit = join->descriptor_limit,
        .may_set_groups = join->may_set_groups,
        .no_new_keyring = join->options->no_new_keyring,
        .preserved_fds = join->options->preserved_fds,
        .listen_fds = join->options->listen_fds,
        .proc_fd = -1,
        .end_fd = -1,
        .start_fd = -1,
        .report_fd = -1,
    };

    (void)!run(join, &program, &error);
    program_report(&program, &error);
}
