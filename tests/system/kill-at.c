/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kills a program at one of its system calls, for crash.bats:
 *
 *     kill-at [--children] [--changes] NUMBER COMMAND [ARGUMENT]...
 *
 * SIGKILL comes instead of the system call of that number, counted from 1 on. With --children the calls of the processes
 * that the command starts are counted, and the one that is about to make it is killed. With --changes only calls count
 * that another process could notice. The exit status is the command's, 137 if it was killed, 200 if it succeeded before, or 201
 * if it failed before.
 */
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SUCCEEDED 200
#define FAILED 201
#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC)
#define OPTIONS_CHILDREN (OPTIONS | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK)

/* What another process could notice, but for the mounts, which nobody sees before the container is there; and the steps
 * of the first process. */
static const long changes[] = {
    SYS_capset,   SYS_chdir,      SYS_clone,       SYS_clone3,   SYS_execve,
    SYS_execveat, SYS_exit_group, SYS_flock,       SYS_fsmount,  SYS_fsopen,
    SYS_kill,     SYS_mkdir,      SYS_mkdirat,     SYS_mknodat,  SYS_pidfd_send_signal,
    SYS_prctl,    SYS_recvmsg,    SYS_rename,      SYS_renameat, SYS_renameat2,
    SYS_sendmsg,  SYS_sendto,     SYS_sethostname, SYS_setns,    SYS_setresuid,
    SYS_setsid,   SYS_umount2,    SYS_unlink,      SYS_unlinkat, SYS_unshare,
    SYS_vfork,    SYS_wait4,      SYS_waitid,      SYS_write,    SYS_writev,
};

struct hunt {
    bool children, changes;
    long number; /* of the call to kill at */
    long count;
    pid_t command;
    bool killed;
    int status; /* the command's, as wait(2) has it */
};

static bool is_change(const struct __ptrace_syscall_info *info)
{
    for (size_t i = 0; i < ARRAY_LENGTH(changes); i++)
        if (changes[i] == (long)info->entry.nr)
            return true;
    return info->entry.nr == SYS_openat && (info->entry.args[2] & O_CREAT);
}

static bool counts(const struct hunt *hunt, pid_t pid)
{
    struct __ptrace_syscall_info info;

    if (hunt->killed || (pid != hunt->command) != hunt->children)
        return false;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return false;
    return !hunt->changes || is_change(&info);
}

/* 0: the tracee goes on; else the signal that it gets. */
static int take_stop(struct hunt *hunt, pid_t pid, int status)
{
    int signal_number = WSTOPSIG(status);

    if (signal_number == (SIGTRAP | 0x80)) {
        if (counts(hunt, pid) && ++hunt->count == hunt->number) {
            hunt->killed = true;
            (void)kill(pid, SIGKILL);
        }
        return 0;
    }
    /* Events, and the stop that a new process begins with. */
    if (status >> 16 || signal_number == SIGTRAP || signal_number == SIGSTOP)
        return 0;
    return signal_number;
}

/* Until the command has ended; what it started goes on by itself. */
static int follow(struct hunt *hunt)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(hunt->children ? -1 : hunt->command, &status, __WALL);

        if (pid < 0 && errno == EINTR)
            continue;
        if (pid < 0)
            return -errno;
        if (!WIFSTOPPED(status)) {
            if (pid != hunt->command)
                continue;
            hunt->status = status;
            return 0;
        }
        (void)!ptrace(PTRACE_SYSCALL, pid, 0, take_stop(hunt, pid, status));
    }
}

static _Noreturn void run_command(char **command)
{
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 && raise(SIGSTOP) == 0)
        execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

static int start(struct hunt *hunt, char **command)
{
    int status;

    hunt->command = fork();
    if (hunt->command == 0)
        run_command(command);
    if (hunt->command < 0 || waitpid(hunt->command, &status, 0) < 0 || !WIFSTOPPED(status))
        return -1;
    if (ptrace(PTRACE_SETOPTIONS, hunt->command, 0, hunt->children ? OPTIONS_CHILDREN : OPTIONS) < 0)
        return -1;
    return ptrace(PTRACE_SYSCALL, hunt->command, 0, 0) < 0 ? -1 : 0;
}

static int exit_status(const struct hunt *hunt)
{
    if (!hunt->killed)
        return WIFEXITED(hunt->status) && WEXITSTATUS(hunt->status) == 0 ? SUCCEEDED : FAILED;
    return WIFSIGNALED(hunt->status) ? 128 + WTERMSIG(hunt->status) : WEXITSTATUS(hunt->status);
}

int main(int argc, char **argv)
{
    struct hunt hunt = {0};
    int next = 1;

    for (; next < argc && strncmp(argv[next], "--", 2) == 0; next++) {
        hunt.children = hunt.children || strcmp(argv[next], "--children") == 0;
        hunt.changes = hunt.changes || strcmp(argv[next], "--changes") == 0;
    }
    if (argc - next < 2 || (hunt.number = strtol(argv[next], NULL, 10)) < 1) {
        fprintf(stderr, "usage: kill-at [--children] [--changes] NUMBER COMMAND [ARGUMENT]...\n");
        return 2;
    }
    if (start(&hunt, argv + next + 1) < 0 || follow(&hunt) < 0) {
        perror("kill-at");
        return 2;
    }
    return exit_status(&hunt);
}
