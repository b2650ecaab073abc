/* SPDX-License-Identifier: Apache-2.0 */
#include "process/first_process.h"
#include "base/fd.h"
#include "process/capabilities.h"
#include "process/context_helper.h"
#include "process/environment.h"
#include "process/execute.h"
#include "process/init.h"
#include "process/message.h"
#include "process/network.h"
#include "process/rlimits.h"
#include "process/seccomp.h"
#include "process/supervise.h"
#include "process/terminal.h"
#include "process/user.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEFAULT_UMASK 0022

/* Nothing of the launcher's descriptors may be here when the program starts (CVE-2016-9962, CVE-2024-21626);
 * what isn't needed goes at once, so that a mistake further down has nothing to leak. */
static int close_inherited(const struct first_process *first, struct error *error)
{
    int status = fd_close_all_from(STDERR_FILENO + 1, first->socket);
    if (status < 0)
        return error_call(error, status, "close_range", "cannot close inherited descriptors");
    for (size_t i = 0; i < first->build->plan->length; i++)
        first->build->slots[i] = (struct slot){.fd = -1, .idmap_fd = -1};
    return 0;
}

static int become_namespace_root(const struct first_process *first, struct error *error)
{
    CLEANUP_MESSAGE struct message message = {0};
    int status;

    if (!first->own_user_namespace)
        return 0;
    status = message_expect(first->socket, MESSAGE_MAPPED, &message, error);
    if (status < 0)
        return status;
    if (first->may_set_groups && setgroups(0, NULL) < 0)
        return error_call(error, errno, "setgroups", "cannot drop the host's groups");
    if (setresgid(first->first_gid, first->first_gid, first->first_gid) < 0 ||
        setresuid(first->first_uid, first->first_uid, first->first_uid) < 0) {
        error_call(error, errno, "setresuid", "cannot become root in the user namespace");
        error_hint(error, "linux.uidMappings and linux.gidMappings must map the container's id 0");
        return -error->code;
    }
    return 0;
}

static int send_batch(const struct first_process *first, const int *fds, size_t length, struct error *error)
{
    return length ? message_send(first->socket, MESSAGE_CONTEXTS, NULL, 0, fds, length, error) : 0;
}

static int send_contexts(const struct first_process *first, struct error *error)
{
    const struct build *build = first->build;
    int fds[MESSAGE_FDS_LIMIT];
    size_t length = 0;
    int status = 0;

    for (size_t i = 0; i < build->plan->length && status == 0; i++) {
        if (!build_is_filesystem_slot(build, i))
            continue;
        fds[length++] = build->slots[i].fd;
        if (length == ARRAY_LENGTH(fds)) {
            status = send_batch(first, fds, length, error);
            length = 0;
        }
    }
    return status == 0 ? send_batch(first, fds, length, error) : status;
}

/* Only now: the launcher writes the maps of a process that it may look into (ptrace(2), "access mode checking"). */
static int protect(struct error *error)
{
    return prctl(PR_SET_DUMPABLE, 0) < 0 ? error_call(error, errno, "prctl", "cannot protect the process")
                                         : 0;
}

static int open_contexts(const struct first_process *first, struct error *error)
{
    int status = first->own_user_namespace ? context_helper_run(first->build, error)
                                           : build_prepare_filesystems(first->build, error);

    return status < 0 ? status : send_contexts(first, error);
}

static int set_names(const struct config *config, struct error *error)
{
    if (config->hostname && sethostname(config->hostname, strlen(config->hostname)) < 0)
        return error_call(error, errno, "sethostname", "cannot set the host name");
    if (config->domainname && setdomainname(config->domainname, strlen(config->domainname)) < 0)
        return error_call(error, errno, "setdomainname", "cannot set the domain name");
    return 0;
}

static int set_up_namespaces(const struct config *config, struct error *error)
{
    const struct config_namespace *network = config_namespace(config, CLONE_NEWNET);
    int status = set_names(config, error);

    return status == 0 && network && !network->path ? network_loopback_up(error) : status;
}

/* Without pivot_root nobody else can move this process to the new root. */
static int enter_root(const struct first_process *first, int root_fd, struct error *error)
{
    if (first->config->no_pivot_root && (fchdir(root_fd) < 0 || chroot(".") < 0))
        return error_call(error, errno, "chroot", "cannot enter the root");
    /* The copy belongs to our user namespace, and every mount of the original is locked in it. */
    if (first->own_user_namespace && unshare(CLONE_NEWNS) < 0)
        return error_call(error, errno, "unshare", "cannot take over the mount namespace");
    return chdir("/") < 0 ? error_call(error, errno, "chdir", "cannot enter the root") : 0;
}

static int take_terminal(const struct first_process *first, int terminal, struct error *error)
{
    const struct config_process *process = &first->config->process;
    int status = terminal_clear_onlcr(terminal, error);

    if (status == 0 && process->has_console_size)
        status = terminal_set_size(terminal, process->console_rows, process->console_columns, error);
    if (status < 0)
        return status;
    if (ioctl(terminal, TIOCSCTTY, 0) < 0)
        return error_call(error, errno, "ioctl(TIOCSCTTY)", "cannot make the terminal the controlling one");
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (dup2(terminal, fd) < 0)
            return error_call(error, errno, "dup2", "cannot use the terminal");
    return 0;
}

static int receive_root(const struct first_process *first, struct error *error)
{
    CLEANUP_MESSAGE struct message message = {0};
    int status = message_expect(first->socket, MESSAGE_BUILT, &message, error);

    if (status < 0)
        return status;
    if (message.fds_length < 1)
        return error_set(error, EPROTO, "the launcher sent no root");
    status = enter_root(first, message.fds[0], error);
    if (status < 0)
        return status;
    if (setsid() < 0 && errno != EPERM)
        return error_call(error, errno, "setsid", "cannot begin a session");
    return message.fds_length > 1 ? take_terminal(first, message.fds[1], error) : 0;
}

/* The program must not reach the keys of who started holdfast (session-keyring(7)). */
static int join_keyring(const struct first_process *first, struct error *error)
{
    if (first->options->no_new_keyring)
        return 0;
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 || errno == ENOSYS)
        return 0;
    error_call(error, errno, "keyctl", "cannot begin a session keyring");
    error_hint(error, "--no-new-keyring keeps the present one");
    return -error->code;
}

static int enter_directory(const struct config_process *process, struct error *error)
{
    char path[PATH_MAX];

    if (chdir(process->cwd) < 0)
        return error_call(error, errno, "chdir", "cannot enter %s", process->cwd);
    /* A directory outside the root has no path here: getcwd(3) says "(unreachable)" or fails
     * (CVE-2024-21626). */
    if (!getcwd(path, sizeof(path)) || path[0] != '/')
        return error_set(error, EINVAL, "%s leads out of the container", process->cwd);
    return 0;
}

static int find_home(const struct first_process *first, struct arena *arena, const char **ret_home,
                     struct error *error)
{
    CLEANUP_FD int root = -1;

    if (!environment_needs_home(&first->config->process.env))
        return 0;
    root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_call(error, errno, "open", "cannot open the root");
    return environment_home(root, first->config->process.uid, arena, ret_home, error);
}

static void warn_of_refused(const struct first_process *first, uint64_t refused)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        char message[128];

        if (!(refused & (UINT64_C(1) << bit)) || !first->options->warn)
            continue;
        snprintf(message, sizeof(message),
                 "process.capabilities: %s can't be granted in every set that has it", capability_name(bit));
        first->options->warn(message);
    }
}

/* A box has no configuration file to be looked up in. */
static int blame(const struct first_process *first, const char *path, struct error *error)
{
    if (first->config->file)
        config_error_place(first->config, error, path);
    return -error->code;
}

static int install_filter(const struct first_process *first, bool early, struct error *error)
{
    if (!first->filter || early == first->config->process.no_new_privileges)
        return 0;
    return seccomp_install(first->filter, error);
}

static int set_credentials(const struct first_process *first, struct error *error)
{
    const struct config_process *process = &first->config->process;
    uint64_t refused = 0;
    int status = capabilities_limit_bounding(&process->capabilities, error);

    if (status == 0)
        status = install_filter(first, true, error); /* this one needs CAP_SYS_ADMIN */
    if (status == 0 && user_switch(process, first->may_set_groups, error) < 0)
        return blame(first, "process.user", error);
    if (status == 0 && enter_directory(process, error) < 0)
        return blame(first, "process.cwd", error);
    if (status == 0)
        status = capabilities_apply(&process->capabilities, &refused, error);
    if (status == 0)
        warn_of_refused(first, refused);
    return status;
}

static int set_limits(const struct first_process *first, struct error *error)
{
    const struct config_process *process = &first->config->process;
    int status = join_keyring(first, error);

    if (status == 0 && setrlimit(RLIMIT_NOFILE, &first->descriptor_limit) < 0)
        status = error_call(error, errno, "setrlimit", "cannot put back the limit of open files");
    if (status == 0)
        status = rlimits_apply(process, error);
    umask(process->has_umask ? process->umask : DEFAULT_UMASK);
    return status;
}

/* After the ids changed, for that clears it (PR_SET_PDEATHSIG(2const)). If holdfast has ended already, the message that
 * comes next finds nobody. A program that changes its ids is out of its reach, a process 1 of ours is not. */
static int tie_to_launcher(const struct first_process *first, struct error *error)
{
    if (first->options->end_with_launcher && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return error_call(error, errno, "prctl", "cannot tie the program to holdfast");
    return first->options->own_init ? init_fork(first->socket, error) : 0;
}

static int finish(const struct first_process *first, struct error *error)
{
    if (close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC) < 0)
        return error_call(error, errno, "close_range", "cannot close descriptors");
    if (first->config->process.no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_call(error, errno, "prctl", "cannot set no_new_privs");
    return signals_reset_for_program(&first->signal_mask, error);
}

static int become_program(const struct first_process *first, struct error *error)
{
    struct arena arena = {0}; /* lives until the execve */
    struct execution execution;
    const char *home = NULL;
    int status = set_limits(first, error);

    if (status == 0)
        status = find_home(first, &arena, &home, error);
    if (status == 0)
        status = set_credentials(first, error);
    if (status == 0 && execute_resolve(&first->config->process, home, &arena, &execution, error) < 0)
        return blame(first, "process.args[0]", error);
    if (status == 0)
        status = tie_to_launcher(first, error);
    if (status == 0)
        status = finish(first, error);
    if (status == 0)
        status = message_send(first->socket, MESSAGE_READY, NULL, 0, NULL, 0, error);
    if (status == 0)
        status = install_filter(first, false, error);
    if (status == 0 && execute_program(&execution, error) < 0)
        return blame(first, "process.args[0]", error);
    return status;
}

void first_process_run(struct first_process *first)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_ERROR struct error unsent = {0};
    int status = close_inherited(first, &error);

    if (status == 0 && prctl(PR_SET_NAME, FIRST_PROCESS_NAME) < 0)
        status = error_call(&error, errno, "prctl", "cannot name the process");

    if (status == 0)
        status = become_namespace_root(first, &error);
    if (status == 0)
        status = protect(&error);
    if (status == 0)
        status = open_contexts(first, &error);
    if (status == 0)
        status = set_up_namespaces(first->config, &error);
    if (status == 0)
        status = receive_root(first, &error);
    if (status == 0)
        status = become_program(first, &error);
    (void)!message_send_error(first->socket, &error, &unsent);
}
