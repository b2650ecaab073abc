/* SPDX-License-Identifier: Apache-2.0 */
#include "process/executed.h"
#include "base/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* PF_FORKNOEXEC of the kernel's include/linux/sched.h: forked, but not executed. execve(2) takes it away before it closes
 * descriptors. Not the process's name, which is the image's to choose. */
#define NOT_EXECUTED 0x40u

/* Field 9 of proc_pid_stat(5). A process that is gone was waited for, so somebody else has heard of its end. */
static bool has_executed(int proc_fd, pid_t pid)
{
    CLEANUP_FD int fd = -1;
    char path[64], text[512] = "";
    const char *name_end;
    unsigned flags;

    snprintf(path, sizeof(path), "%d/stat", (int)pid);
    fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
        return true;
    name_end = strrchr(text, ')');
    return !name_end || sscanf(name_end, ") %*c %*d %*d %*d %*d %*d %u", &flags) != 1 ||
           !(flags & NOT_EXECUTED);
}

static bool has_ended(int pidfd)
{
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};

    return poll(&ended, 1, 0) > 0;
}

int executed_check(int proc_fd, pid_t pid, int pidfd, struct error *error)
{
    const struct timespec moment = {.tv_nsec = 100000};

    while (!has_executed(proc_fd, pid)) {
        if (has_ended(pidfd) && !has_executed(proc_fd, pid)) {
            error_set(error, ECHILD, "the first process was killed before it became the program");
            error_hint(error,
                       "does linux.seccomp allow execve? else see the kernel's log, for memory that ran out");
            return -ECHILD;
        }
        nanosleep(&moment, NULL);
    }
    return 0;
}
