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

static bool has_executed(int proc_fd, pid_t pid)
{
    CLEANUP_FD int fd = -1;
    char path[64], name[32] = "";

    snprintf(path, sizeof(path), "%d/comm", (int)pid);
    fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
    return fd < 0 || read(fd, name, sizeof(name) - 1) < 0 || strcmp(name, FIRST_PROCESS_NAME "\n") != 0;
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
