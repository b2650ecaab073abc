/* SPDX-License-Identifier: Apache-2.0 */
#include "tracer.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OPTIONS                                                                                              \
    (PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC |                \
     PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK)
#define SYSTEM_CALL_STOP (SIGTRAP | 0x80)

/* main() of holdfast begins with fcntl(F_GETFD) (open_standard_descriptors() in src/cli/main.c). */
#define FIRST_CALL_OF_MAIN SYS_fcntl

static int install_filter(long number)
{
    struct sock_filter chosen[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FIRST_CALL_OF_MAIN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_filter any[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE)};
    const struct sock_fprog program = {number == TRACER_ANY ? ARRAY_LENGTH(any) : ARRAY_LENGTH(chosen),
                                       number == TRACER_ANY ? any : chosen};

    /* Without no_new_privs, which the container's program would inherit. */
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static _Noreturn void run_command(const struct tracer *tracer, char *const *command, const int standard[3])
{
    for (int fd = 0; fd < 3; fd++)
        if (dup2(standard[fd], fd) < 0)
            _exit(127);
    /* The filter comes after the stop: nobody traces before, and then its calls would fail. */
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 && raise(SIGSTOP) == 0 && install_filter(tracer->number) == 0)
        execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

static struct tracee *find(struct tracer *tracer, pid_t pid)
{
    for (size_t i = 0; i < tracer->count; i++)
        if (tracer->tracees[i].pid == pid)
            return &tracer->tracees[i];
    return NULL;
}

static struct tracee *add(struct tracer *tracer, pid_t pid)
{
    struct tracee *tracee;

    if (tracer->count == TRACER_MAX_PROCESSES)
        return NULL;
    tracee = &tracer->tracees[tracer->count++];
    *tracee = (struct tracee){.pid = pid};
    return tracee;
}

static void forget(struct tracer *tracer, struct tracee *tracee)
{
    *tracee = tracer->tracees[--tracer->count];
}

pid_t tracer_start(struct tracer *tracer, char *const *command, const int standard[3])
{
    struct tracee *first;
    int status;
    pid_t pid;

    if (stat(tracer->executable, &tracer->identity) < 0)
        return -errno;
    pid = fork();
    if (pid == 0)
        run_command(tracer, command, standard);
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return -errno;
    first = add(tracer, pid);
    if (!WIFSTOPPED(status) || !first || ptrace(PTRACE_SETOPTIONS, pid, 0, OPTIONS) < 0)
        return -ECHILD;
    (void)snprintf(first->process, sizeof(first->process), "0");
    return ptrace(PTRACE_CONT, pid, 0, 0) < 0 ? -errno : pid;
}

/* The binary itself, a clone of its mount, or the copy in memory (src/process/own_executable.c). */
static bool is_holdfast(const struct tracer *tracer, pid_t pid)
{
    static const char memory[] = "/memfd:holdfast";
    char path[32], link[sizeof(memory)];
    struct stat status;

    (void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
    if (stat(path, &status) == 0 && status.st_dev == tracer->identity.st_dev &&
        status.st_ino == tracer->identity.st_ino)
        return true;
    return readlink(path, link, sizeof(link)) > 0 && memcmp(link, memory, sizeof(memory) - 1) == 0;
}

/* Not answered by the kernel, but by us: the call's number becomes one that does nothing. */
static int set_result(pid_t pid, long value)
{
#ifdef __x86_64__
    if (ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L) < 0 ||
        ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), value) < 0)
        return -errno;
    return 0;
#else
    (void)pid;
    (void)value;
    return -ENOSYS;
#endif
}

/* At the stop on entry; the request to go on with. */
static int take_call(struct tracer *tracer, struct tracee *tracee)
{
    struct tracer_call call = {.pid = tracee->pid, .process = tracee->process};
    struct tracer_decision decision;
    struct __ptrace_syscall_info info;

    if (!tracee->ours || ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof(info), &info) <= 0)
        return PTRACE_CONT;
    call.number = (long)info.seccomp.nr;
    memcpy(call.arguments, info.seccomp.args, sizeof(call.arguments));
    if (call.number == FIRST_CALL_OF_MAIN)
        tracee->begun = true;
    if (!tracee->begun || (tracer->number != TRACER_ANY && call.number != tracer->number))
        return PTRACE_CONT;
    decision = tracer->decide(tracer->argument, &call);
    if (decision.action == TRACER_KILL)
        (void)kill(tracee->pid, SIGKILL);
    if (decision.action == TRACER_FAIL && set_result(tracee->pid, decision.result) < 0)
        perror("tracer: cannot make the call fail");
    if (decision.action != TRACER_SPOIL)
        return PTRACE_CONT;
    tracee->spoil = decision.result;
    return PTRACE_SYSCALL;
}

/* The call has been made, and its result is replaced. */
static void spoil_call(struct tracee *tracee)
{
    if (tracee->spoil && set_result(tracee->pid, tracee->spoil) < 0)
        perror("tracer: cannot spoil the call");
    tracee->spoil = 0;
}

/* A process is known by its parent's event; its own first stop may come before. */
static int take_birth(struct tracer *tracer, pid_t parent)
{
    struct tracee *born, *known;
    unsigned long pid;

    if (ptrace(PTRACE_GETEVENTMSG, parent, 0, &pid) < 0)
        return 0;
    born = find(tracer, (pid_t)pid);
    if (!born)
        born = add(tracer, (pid_t)pid);
    if (!born)
        return -ENOSPC;
    known = find(tracer, parent);
    born->ours = known->ours;
    born->begun = known->begun;
    (void)snprintf(born->process, sizeof(born->process), "%.35s.%d", known->process, ++known->children);
    if (born->stopped_early)
        (void)!ptrace(PTRACE_CONT, born->pid, 0, 0);
    born->stopped_early = false;
    return 0;
}

static void take_execution(struct tracer *tracer, struct tracee *tracee)
{
    tracee->ours = is_holdfast(tracer, tracee->pid);
    tracee->begun = false;
}

static int take_stop(struct tracer *tracer, struct tracee *tracee, int status)
{
    int signal_number = WSTOPSIG(status), event = status >> 16, request = PTRACE_CONT, result = 0;
    pid_t pid = tracee->pid;

    if (event == PTRACE_EVENT_SECCOMP)
        request = take_call(tracer, tracee);
    else if (event == PTRACE_EVENT_EXEC)
        take_execution(tracer, tracee);
    else if (event)
        result = take_birth(tracer, pid);
    else if (signal_number == SYSTEM_CALL_STOP)
        spoil_call(tracee);
    if (event || signal_number == SYSTEM_CALL_STOP || signal_number == SIGSTOP)
        signal_number = 0;
    (void)!ptrace(request, pid, 0, signal_number);
    return result;
}

/* A report of waitpid(2) about a process that may be a tracee. */
static int take_report(struct tracer *tracer, pid_t pid, int status)
{
    struct tracee *tracee = find(tracer, pid);

    if (!WIFSTOPPED(status)) {
        if (tracee)
            forget(tracer, tracee);
        return 0;
    }
    if (tracee && tracee->process[0])
        return take_stop(tracer, tracee, status);
    if (!tracee)
        tracee = add(tracer, pid);
    if (!tracee)
        return -ENOSPC;
    tracee->stopped_early = true;
    return 0;
}

static void on_alarm(int number)
{
    (void)number;
}

/* waitpid(2) is interrupted from then on, every ten milliseconds, lest one alarm comes just before it is called. */
static int set_deadline(int milliseconds)
{
    const struct sigaction action = {.sa_handler = on_alarm};
    const struct itimerval timer = {.it_value = {milliseconds / 1000, milliseconds % 1000 * 1000},
                                    .it_interval = {0, milliseconds ? 10000 : 0}};

    return sigaction(SIGALRM, &action, NULL) < 0 || setitimer(ITIMER_REAL, &timer, NULL) < 0 ? -errno : 0;
}

/* Until the process has ended (pid), or all tracees have (0). */
static int follow(struct tracer *tracer, pid_t pid, int *ret_status)
{
    while (pid || tracer->count) {
        int status, result;
        pid_t reported = waitpid(-1, &status, __WALL);

        if (reported < 0)
            return errno == EINTR ? -ETIMEDOUT : -errno;
        result = take_report(tracer, reported, status);
        if (result < 0)
            return result;
        if (reported == pid && !WIFSTOPPED(status)) {
            *ret_status = status;
            return 0;
        }
    }
    return 0;
}

int tracer_wait(struct tracer *tracer, pid_t pid, int milliseconds, int *ret_status)
{
    int result = set_deadline(milliseconds);

    if (result < 0)
        return result;
    result = follow(tracer, pid, ret_status);
    (void)set_deadline(0);
    return result;
}

int tracer_drain(struct tracer *tracer, int milliseconds)
{
    int status, left, result = tracer_wait(tracer, 0, milliseconds, &status);

    if (result != -ETIMEDOUT)
        return result == -ECHILD ? 0 : result;
    left = (int)tracer->count;
    for (size_t i = 0; i < tracer->count; i++)
        (void)kill(tracer->tracees[i].pid, SIGKILL);
    result = tracer_wait(tracer, 0, 5000, &status);
    return result < 0 && result != -ECHILD ? result : left;
}
