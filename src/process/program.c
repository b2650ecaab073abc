/* SPDX-License-Identifier: Apache-2.0 */
#include "process/program.h"
#include "base/fd.h"
#include "process/attributes.h"
#include "process/capabilities.h"
#include "process/environment.h"
#include "process/exec_label.h"
#include "process/execute.h"
#include "process/hooks.h"
#include "process/init.h"
#include "process/launch.h"
#include "process/message.h"
#include "process/rlimits.h"
#include "process/seccomp.h"
#include "process/standard_streams.h"
#include "process/supervise.h"
#include "process/terminal.h"
#include "process/user.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEFAULT_UMASK 0022

static int first_foreign_fd(const struct program *program)
{
    return STDERR_FILENO + 1 + (int)program->preserved_fds;
}

int program_close_inherited(const struct program *program, struct error *error)
{
    const int keep[] = {program->socket, program->start_fd, program->report_fd, program->end_fd};
    int status = fd_close_all_from(first_foreign_fd(program), keep, ARRAY_LENGTH(keep));

    return status < 0 ? error_call(error, status, "close_range", "cannot close inherited descriptors") : 0;
}

int program_take_terminal(const struct config_process *process, int terminal, struct error *error)
{
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

/* The program must not reach the keys of who started holdfast (session-keyring(7)). */
static int join_keyring(const struct program *program, struct error *error)
{
    if (program->no_new_keyring)
        return 0;
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 || errno == ENOSYS)
        return 0;
    error_call(error, errno, "keyctl", "cannot begin a session keyring");
    error_hint(error, "--no-new-keyring keeps the present one");
    return -error->code;
}

static int change_directory(const struct config_process *process)
{
    return chdir(process->cwd) < 0 ? errno : 0;
}

/* code: what came of it with the privileges of the container's root, for the directory may be closed to the program's user;
 * or to root, as on a network file system. */
static int enter_directory(const struct config_process *process, int code, struct error *error)
{
    char path[PATH_MAX] = "";

    if (code == EACCES || code == EPERM)
        code = change_directory(process);
    if (code)
        return error_call(error, code, "chdir", "cannot enter %s", process->cwd);
    /* A directory outside the root has no path here: getcwd(3) says "(unreachable)" or fails
     * (CVE-2024-21626). */
    if (!getcwd(path, sizeof(path)) && errno != ENOENT)
        return error_call(error, errno, "getcwd", "cannot find out where %s is", process->cwd);
    if (path[0] != '/')
        return error_set(error, EINVAL, "%s leads out of the container", process->cwd);
    return 0;
}

static int find_home(const struct config_process *process, struct arena *arena, const char **ret_home,
                     struct error *error)
{
    CLEANUP_FD int root = -1;

    if (!environment_needs_home(&process->env))
        return 0;
    root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_call(error, errno, "open", "cannot open the root");
    return environment_home(root, process->uid, arena, ret_home, error);
}

/* A box has no configuration file to be looked up in. */
static int blame(const struct program *program, const char *path, struct error *error)
{
    if (program->config->file)
        config_error_place(program->config, error, path);
    return -error->code;
}

static int install_filter(const struct program *program, bool early, struct error *error)
{
    CLEANUP_FD int listener = -1;
    int status;

    if (!program->filter.filter || early == program->config->process.no_new_privileges)
        return 0;
    status = seccomp_install(&program->filter, &listener, error);
    if (status < 0 || listener < 0)
        return status;
    return message_send(program->socket, MESSAGE_LISTENER, NULL, 0, &listener, 1, error);
}

static int set_credentials(const struct program *program, uint64_t *ret_refused, struct error *error)
{
    const struct config_process *process = &program->config->process;
    int status = install_filter(program, true, error); /* this one needs CAP_SYS_ADMIN */
    int code = change_directory(process);

    if (status == 0)
        status = standard_streams_give(process->uid, error);
    if (status == 0 && user_switch(process, program->may_set_groups, error) < 0)
        return blame(program, "process.user", error);
    if (status == 0 && enter_directory(process, code, error) < 0)
        return blame(program, "process.cwd", error);
    return status == 0 ? capabilities_apply(&process->capabilities, ret_refused, error) : status;
}

static int set_limits(const struct program *program, struct error *error)
{
    const struct config_process *process = &program->config->process;
    int status = join_keyring(program, error);

    if (status == 0 && setrlimit(RLIMIT_NOFILE, &program->descriptor_limit) < 0)
        status = error_call(error, errno, "setrlimit", "cannot put back the limit of open files");
    if (status == 0)
        status = rlimits_apply(process, error);
    umask(process->has_umask ? process->umask : DEFAULT_UMASK);
    return status;
}

/* With the privileges of the container's root still. */
static int set_attributes(const struct program *program, struct error *error)
{
    const struct config *config = program->config;
    int status = process_set_scheduler(config, error);

    if (status == 0)
        status = process_set_io_priority(config, error);
    if (status == 0)
        status = process_set_memory_policy(config, error);
    return status == 0 && program->proc_fd >= 0 ? exec_label_apply(config, program->proc_fd, error) : status;
}

/* After the ids changed, for that clears it (PR_SET_PDEATHSIG(2const)). If holdfast has ended already, the message that
 * comes next finds nobody. A program that changes its ids is out of its reach, a process 1 of ours is not. */
static int tie_to_launcher(const struct program *program, struct error *error)
{
    if (program->end_with_launcher && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return error_call(error, errno, "prctl", "cannot tie the program to holdfast");
    return program->own_init ? init_fork(program->end_fd, error) : 0;
}

/* Before there is a filter, which may not allow it. What is opened later is close-on-exec by itself. */
static int keep_from_program(const struct program *program, struct error *error)
{
    if (close_range((unsigned)first_foreign_fd(program), UINT_MAX, CLOSE_RANGE_CLOEXEC) < 0)
        return error_call(error, errno, "close_range", "cannot close descriptors");
    return 0;
}

/* Signals stay blocked until the program is executed, but for those that end a container which is only created. */
static int finish(const struct program *program, struct error *error)
{
    if (program->config->process.no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_call(error, errno, "prctl", "cannot set no_new_privs");
    if (process_set_personality(program->config, error) < 0)
        return -error->code;
    return program->start_fd >= 0 ? signals_let_end(error) : 0;
}

/* By read(2) and write(2) only, which a filter that is in effect already may be expected to allow. */
static int wait_for_start(struct program *program, struct error *error)
{
    int fd = program->start_fd >= 0 ? program->start_fd : program->socket;
    char byte;
    ssize_t count;

    if (program->start_fd >= 0)
        fd_close(&program->socket);
    while ((count = read(fd, &byte, 1)) < 0 && errno == EINTR)
        ;
    if (count < 0)
        return error_call(error, errno, "read", "cannot wait for the start");
    return count == 0 ? error_set(error, EPIPE, "the launcher ended before the start") : 0;
}

static int run_hooks(const struct program *program, struct error *error)
{
    CLEANUP_ERROR struct error unsent = {0};
    CLEANUP_FREE char *state = NULL;
    int status;
    struct hook_run run = {
        .config = program->config,
        .kind = HOOK_START_CONTAINER,
        .signal_mask = &program->signal_mask,
    };

    if (program->config->hooks[HOOK_START_CONTAINER].length == 0 || !program->describe)
        return 0;
    state = program->describe(program->owner, true, getpid());
    if (!state)
        return error_memory(error);
    run.state = state;
    status = hooks_run(&run, error);
    if (status < 0 && program->report_fd >= 0)
        (void)!message_write(program->report_fd, MESSAGE_HOOK, NULL, 0, &unsent);
    return status;
}

static int resolve(const struct program *program, const char *home, struct arena *arena,
                   struct execution *ret_execution, struct error *error)
{
    struct config_process process = program->config->process;
    int status = 0;

    if (program->listen_fds > 0)
        status = environment_add_listen(&process.env, program->listen_fds, arena, &process.env, error);
    if (status == 0 && execute_resolve(&process, home, arena, ret_execution, error) < 0)
        return blame(program, "process.args[0]", error);
    return status;
}

static int start(struct program *program, const struct execution *execution, struct error *error)
{
    int status = wait_for_start(program, error);

    if (status == 0)
        status = run_hooks(program, error);
    if (status == 0)
        status = signals_restore_mask(&program->signal_mask, error);
    if (status == 0 && execute_program(execution, error) < 0)
        return blame(program, "process.args[0]", error);
    return status;
}

int program_prepare(const struct program *program, struct error *error)
{
    int status = set_limits(program, error);

    if (status == 0)
        status = set_attributes(program, error);
    if (status == 0)
        status = capabilities_limit_bounding(&program->config->process.capabilities, error);
    return status == 0 ? signals_reset(error) : status;
}

int program_become(struct program *program, struct error *error)
{
    struct arena arena = {0}; /* lives until the execve */
    struct execution execution;
    const char *home = NULL;
    uint64_t refused = 0;
    int status = find_home(&program->config->process, &arena, &home, error);

    fd_close(&program->proc_fd);
    if (status == 0)
        status = keep_from_program(program, error);
    if (status == 0)
        status = set_credentials(program, &refused, error);
    if (status == 0)
        status = resolve(program, home, &arena, &execution, error);
    if (status == 0)
        status = tie_to_launcher(program, error);
    if (status == 0)
        status = finish(program, error);
    if (status == 0)
        status = install_filter(program, false, error);
    if (status == 0)
        status = message_write(program->socket, MESSAGE_READY, &refused, sizeof(refused), error);
    return status == 0 ? start(program, &execution, error) : status;
}

void program_report(const struct program *program, const struct error *failure)
{
    CLEANUP_ERROR struct error unsent = {0};

    (void)!message_write_error(program->socket >= 0 ? program->socket : program->report_fd, failure, &unsent);
}
