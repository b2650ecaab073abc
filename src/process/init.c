/* SPDX-License-Identifier: Apache-2.0 */
#include "process/init.h"
#include "base/fd.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Reaps what has ended; does not return if the program has. */
static void reap(pid_t program)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == program)
            _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static _Noreturn void look_after(pid_t program)
{
    siginfo_t info;
    sigset_t all;

    sigfillset(&all);
    for (;;) {
        int signal = sigwaitinfo(&all, &info);

        if (signal == SIGCHLD)
            reap(program);
        else if (signal > 0 &&
                 info.si_code != SI_KERNEL) /* the terminal's go to the program itself as well */
            (void)kill(program, signal);
    }
}

int init_fork(int socket, struct error *error)
{
    pid_t program = fork();

    if (program < 0)
        return error_call(error, errno, "fork", "cannot start the program");
    if (program == 0)
        return 0;
    fd_close(&socket);
    look_after(program);
}
