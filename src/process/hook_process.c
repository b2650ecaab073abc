/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   launcher: memfd_create(2), pipe2(2), mmap(2), fork(2), waitpid(2), the message, pidfd_open(2)
 *   entrance: prctl(PR_SET_DUMPABLE); enter(): setns(2) …; clone3(CLONE_PARENT | CLONE_PARENT_SETTID)
 *   hook:     setpgid(2), prctl(PR_SET_PDEATHSIG), dup2(2), close_range(2), execve(2); a message if that fails
 *
 * Who enters a pid namespace only puts its children into it (pid_namespaces(7)): so the hook is a child of the
 * entrance, which CLONE_PARENT makes a child of the launcher. Both are processes with memory of their own, for a time
 * namespace takes nobody who shares it (setns(2), EUSERS).
 */
#include "process/hook_process.h"
#include "base/fd.h"
#include "process/message.h"
#include "process/supervise.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define UMASK 022

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#endif

struct start {
    const struct hook_run *run;
    const struct config_hook *hook;
    char **arguments, **environment;
    int input_fd, output_fd; /* the hook's ends */
    int socket, far_socket;
    int launcher_pidfd;
    pid_t *pid; /* the hook's, in memory that is shared with the entrance; 0: there is none */
};

void hook_process_clear(struct hook_process *process)
{
    fd_close(&process->pidfd);
    fd_close(&process->output_fd);
}

int hook_process_reap(const struct hook_process *process, siginfo_t *ret_info, struct error *error)
{
    while (waitid(P_PID, (id_t)process->pid, ret_info, WEXITED) < 0)
        if (errno != EINTR)
            return error_call(error, errno, "waitid", "cannot wait for the hook (process %d)", process->pid);
    return 0;
}

/* ------------------------------------------------------------------ the hook */

static int take_descriptors(struct start *start, struct error *error)
{
    if (dup2(start->input_fd, STDIN_FILENO) < 0 || dup2(start->output_fd, STDOUT_FILENO) < 0 ||
        dup2(start->output_fd, STDERR_FILENO) < 0)
        return error_call(error, errno, "dup2", "cannot set the hook's input and output");
    if (fd_close_all_from(STDERR_FILENO + 1, &start->far_socket, 1) < 0)
        return error_call(error, errno, "close_range", "cannot close the other descriptors");
    return 0;
}

static int set_signals(const struct hook_run *run, struct error *error)
{
    sigset_t present;

    if (sigprocmask(SIG_SETMASK, NULL, &present) < 0)
        return error_call(error, errno, "sigprocmask", "cannot read the signal mask");
    return signals_reset_for_program(run->signal_mask ? run->signal_mask : &present, error);
}

static int set_limit(const struct hook_run *run, struct error *error)
{
    if (run->descriptor_limit && setrlimit(RLIMIT_NOFILE, run->descriptor_limit) < 0)
        return error_call(error, errno, "setrlimit", "cannot put back the limit of open files");
    return 0;
}

/* A hook that nobody waits for any more would race with the poststop hooks of the delete that follows. Who was orphaned
 * before prctl(2) gets no signal. */
static int end_with_launcher(const struct start *start, struct error *error)
{
    struct pollfd launcher = {.fd = start->launcher_pidfd, .events = POLLIN};
    int ended;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return error_call(error, errno, "prctl(PR_SET_PDEATHSIG)", "cannot tie the hook to holdfast");
    while ((ended = poll(&launcher, 1, 0)) < 0 && errno == EINTR)
        ;
    if (ended < 0)
        return error_call(error, errno, "poll", "cannot find out whether holdfast was killed");
    return ended ? error_set(error, ECHILD, "holdfast was killed") : 0;
}

static int execute(const struct start *start, struct error *error)
{
    const char *path = start->hook->path;

    execve(path, start->arguments, start->environment ? start->environment : environ);
    error_call(error, errno, "execve", "cannot execute %s", path);
    if (error->code == ENOENT)
        error_hint(error, "the file, its interpreter or its dynamic linker is not %s",
                   start->run->kind == HOOK_START_CONTAINER ? "in the container" : "on the host");
    else if (error->code == ENOEXEC)
        error_hint(error, "it is neither a program nor a script that begins with \"#!\"");
    else if (error->code == EACCES)
        error_hint(error, "check its mode, its directories' modes, and whether its mount is noexec");
    return -error->code;
}

static int become_hook(struct start *start, struct error *error)
{
    int status;

    /* So that it can be killed with what it has started. */
    if (setpgid(0, 0) < 0)
        return error_call(error, errno, "setpgid", "cannot make the hook's process group");
    umask(UMASK);
    status = end_with_launcher(start, error);
    if (status == 0)
        status = take_descriptors(start, error);
    if (status == 0)
        status = set_limit(start->run, error);
    if (status == 0)
        status = set_signals(start->run, error);
    return status == 0 ? execute(start, error) : status;
}

/* ------------------------------------------------------------------ the entrance */

/* Returns in both processes; in the hook only on failure. The kernel tells the launcher the hook's number before there is a
 * hook: one that nobody knew could not be waited for, and would keep its pid namespace for ever. */
static int enter_and_clone(struct start *start, struct error *error)
{
    struct clone_args arguments = {.flags = CLONE_PARENT | CLONE_PARENT_SETTID,
                                   .parent_tid = (uint64_t)(uintptr_t)start->pid};
    int status = start->run->enter ? start->run->enter(start->run->argument, error) : 0;
    pid_t pid;

    if (status < 0)
        return status;
    pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
    if (pid < 0)
        return error_call(error, errno, "clone3", "cannot start the hook's process");
    return pid == 0 ? become_hook(start, error) : 0;
}

static _Noreturn void run_entrance(struct start *start)
{
    struct error failure = {0}, ignored = {0};

    /* Nobody in the entered namespaces may look at the launcher's memory (CVE-2016-9962). */
    if (prctl(PR_SET_DUMPABLE, 0) < 0)
        error_call(&failure, errno, "prctl", "cannot protect the hook's process");
    if (failure.code || enter_and_clone(start, &failure) < 0)
        (void)!message_write_error(start->far_socket, &failure, &ignored);
    /* Not exit(3): what the launcher had buffered is the launcher's to write. */
    _exit(EXIT_SUCCESS);
}

/* ------------------------------------------------------------------ the launcher */

/* Some newer kernels want the flag (sysctl vm.memfd_noexec), and those before 6.3 don't know it. */
static int make_memory_file(void)
{
    int fd = memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

    return fd < 0 && errno == EINVAL ? memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING) : fd;
}

/* Not a pipe: a hook that doesn't read must not stop us. Sealed: it is the state that was given, for all of them. */
static int open_state(const char *state, int *ret_fd, struct error *error)
{
    CLEANUP_FD int fd = make_memory_file();
    int status;

    if (fd < 0)
        return error_call(error, errno, "memfd_create", "cannot make the hook's standard input");
    status = fd_write_all(fd, state, strlen(state));
    if (status < 0)
        return error_call(error, status, "write", "cannot write the hook's standard input");
    if (lseek(fd, 0, SEEK_SET) < 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
        return error_call(error, errno, "fcntl(F_ADD_SEALS)", "cannot seal the hook's standard input");
    *ret_fd = fd_take(&fd);
    return 0;
}

static int open_channels(struct start *start, struct hook_process *process, struct error *error)
{
    int output[2], sockets[2];
    int status = open_state(start->run->state, &start->input_fd, error);

    if (status < 0)
        return status;
    if (pipe2(output, O_CLOEXEC) < 0)
        return error_call(error, errno, "pipe2", "cannot make the hook's standard output");
    process->output_fd = output[0];
    start->output_fd = output[1];
    status = message_pair(sockets, error);
    if (status < 0)
        return status;
    start->socket = sockets[0];
    start->far_socket = sockets[1];
    start->pid = mmap(NULL, sizeof(*start->pid), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (start->pid == MAP_FAILED)
        return error_call(error, errno, "mmap", "cannot share memory with the hook's process");
    start->launcher_pidfd = pidfd_open(getpid(), 0);
    if (start->launcher_pidfd < 0)
        return error_call(error, errno, "pidfd_open", "cannot open holdfast's own process");
    return 0;
}

/* An error, of the entrance's or the hook's, or the end: the hook was executed, or both were killed. */
static int receive_word(const struct start *start, struct error *error)
{
    CLEANUP_MESSAGE struct message message = {0};
    int result = message_receive(start->socket, &message, error);

    if (result < 0 || message.kind == MESSAGE_END)
        return result;
    error_unpack(error, message.data, message.length);
    return -error->code;
}

static int run_and_receive(struct start *start, struct error *error)
{
    pid_t entrance = fork();

    if (entrance < 0)
        return error_call(error, errno, "fork", "cannot start the hook's process");
    if (entrance == 0)
        run_entrance(start);
    fd_close(&start->far_socket);
    fd_close(&start->output_fd);
    while (waitpid(entrance, NULL, 0) < 0)
        if (errno != EINTR)
            return error_call(error, errno, "waitpid", "cannot wait for the hook's process");
    return receive_word(start, error);
}

static int start_process(struct start *start, struct hook_process *process, struct error *error)
{
    int status = open_channels(start, process, error);

    if (status < 0)
        return status;
    status = run_and_receive(start, error);
    process->pid = *start->pid;
    if (status < 0)
        return status;
    if (process->pid <= 0)
        return error_set(error, ECHILD, "the process that was to become %s was killed", start->hook->path);
    process->pidfd = pidfd_open(process->pid, 0);
    return process->pidfd < 0 ? error_call(error, errno, "pidfd_open", "cannot watch the hook") : 0;
}

/* It may have been executed already. */
static void end_process(struct hook_process *process)
{
    CLEANUP_ERROR struct error ignored = {0};
    siginfo_t info;

    hook_process_clear(process);
    if (process->pid <= 0)
        return;
    (void)kill(-process->pid, SIGKILL);
    (void)kill(process->pid, SIGKILL);
    (void)!hook_process_reap(process, &info, &ignored);
}

static void clear_start(struct start *start)
{
    free(start->arguments);
    free(start->environment);
    fd_close(&start->input_fd);
    fd_close(&start->output_fd);
    fd_close(&start->socket);
    fd_close(&start->far_socket);
    fd_close(&start->launcher_pidfd);
    if (start->pid != MAP_FAILED)
        (void)munmap(start->pid, sizeof(*start->pid));
}

/* With the NULL at the end; nothing but `alone` where there are none. */
static char **vector_of(const struct strings *strings, const char *alone)
{
    char **vector = calloc(strings->length + 2, sizeof(*vector));

    if (vector && strings->length > 0)
        memcpy(vector, strings->values, strings->length * sizeof(*vector));
    else if (vector)
        vector[0] = (char *)(uintptr_t)alone; /* execve(2) doesn't change it */
    return vector;
}

/* A hook without an environment of its own gets holdfast's, as with runc, for scripts count on a PATH; in the
 * container, where that is nobody's business, the program's. NULL: holdfast's. */
static const struct strings *choose_environment(const struct hook_run *run, const struct config_hook *hook)
{
    if (hook->env.length > 0)
        return &hook->env;
    return run->kind == HOOK_START_CONTAINER ? &run->config->process.env : NULL;
}

int hook_process_start(const struct hook_run *run, const struct config_hook *hook,
                       struct hook_process *ret_process, struct error *error)
{
    const struct strings *environment = choose_environment(run, hook);
    CLEANUP(clear_start)
    struct start start = {
        .run = run,
        .hook = hook,
        .arguments = vector_of(&hook->args, hook->path),
        .environment = environment ? vector_of(environment, NULL) : NULL,
        .input_fd = -1,
        .output_fd = -1,
        .socket = -1,
        .far_socket = -1,
        .launcher_pidfd = -1,
        .pid = MAP_FAILED,
    };
    struct hook_process process = HOOK_PROCESS_NONE;
    int status;

    if (!start.arguments || (environment && !start.environment))
        return error_memory(error);
    status = start_process(&start, &process, error);
    if (status == 0)
        *ret_process = process;
    else
        end_process(&process);
    return status;
}
