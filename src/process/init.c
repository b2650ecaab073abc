/* SPDX-License-Identifier: Apache-2.0 */
#include "process/init.h"
#include "base/fd.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Reaps what has ended; does not return if the program has. */
static void reap(pid_t program, int end_fd)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0 || (pid < 0 && errno == EINTR)) {
        if (pid != program)
            continue;
        if (end_fd >= 0)
            (void)!eventfd_write(end_fd, (eventfd_t)status + 1);
        _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    }
}

static _Noreturn void look_after(pid_t program, int end_fd)
{
    siginfo_t info;
    sigset_t all;

    sigfillset(&all);
    for (;;) {
        int signal = sigwaitinfo(&all, &info);

        if (signal == SIGCHLD)
            reap(program, end_fd);
        else if (signal > 0 &&
                 info.si_code != SI_KERNEL) /* the terminal's go to the program itself as well */
            (void)kill(program, signal);
    }
}

int init_fork(int end_fd, struct error *error)
{
    pid_t program = fork();

    if (program < 0)
        return error_call(error, errno, "fork", "cannot start the program");
    if (program == 0)
        return 0;
    (void)!fd_close_all_from(STDERR_FILENO + 1, &end_fd, 1);
    look_after(program, end_fd);
}
