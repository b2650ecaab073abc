/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   poll(2), ioctl(FIONREAD): has it ended?
 *   signalfd(2), poll(2), read(2): the line
 */
#include "base/fd.h"
#include "follower/follower.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_LIMIT 16 /* more than the longest word takes */

bool follower_has_ended(int control_fd)
{
    struct pollfd slot = {.fd = control_fd, .events = POLLIN | POLLRDHUP};
    int unread = 0;

    if (poll(&slot, 1, 0) <= 0)
        return false;
    /* What came before the end still counts; where nobody can tell how much that is, reading will. */
    return (slot.revents & (POLLERR | POLLNVAL)) ||
           (ioctl(control_fd, FIONREAD, &unread) == 0 && unread == 0);
}

static int open_signals(int *ret_fd, struct error *error)
{
    const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++)
        sigaddset(&set, numbers[i]);
    *ret_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return *ret_fd < 0 ? error_call(error, errno, "signalfd", "cannot receive signals") : 0;
}

static int stopped(struct error *error)
{
    return error_set(error, ECANCELED, "the control descriptor ended: the start was stopped");
}

/* It is answered here: it must not end holdfast before everything is undone. */
static int take_signal(int signal_fd, struct error *error)
{
    struct signalfd_siginfo info;

    if (read(signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return error_call(error, errno, "read(signalfd)", "cannot receive signals");
    return error_set(error, EINTR, "the signal SIG%s stopped the start", sigabbrev_np((int)info.ssi_signo));
}

/* What a message holds beyond what is read of it would be lost. */
static bool has_messages(int fd)
{
    int type = SOCK_STREAM;
    socklen_t size = sizeof(type);

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type != SOCK_STREAM;
}

/* A byte at a time, but for a socket with messages: what follows the line is not read. */
static int read_line(int fd, char line[LINE_LIMIT], size_t *length, bool *ret_complete, struct error *error)
{
    ssize_t count = read(fd, line + *length, has_messages(fd) ? LINE_LIMIT - 1 - *length : 1);
    char *end;

    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (count < 0 && errno != ECONNRESET)
        return error_call(error, errno, "read", "cannot read the control descriptor");
    if (count <= 0)
        return stopped(error);
    *length += (size_t)count;
    end = memchr(line, '\n', *length);
    *ret_complete = end || *length == LINE_LIMIT - 1;
    if (end)
        *end = '\0';
    return 0;
}

static int wait_for_line(int control_fd, int signal_fd, int pidfd, char line[LINE_LIMIT], struct error *error)
{
    struct pollfd slots[] = {{.fd = control_fd, .events = POLLIN},
                             {.fd = signal_fd, .events = POLLIN},
                             {.fd = pidfd, .events = POLLIN}};
    bool complete = false;
    size_t length = 0;

    while (!complete) {
        int status = 0;

        if (poll(slots, ARRAY_LENGTH(slots), -1) < 0 && errno != EINTR)
            return error_call(error, errno, "poll", "cannot wait for the control descriptor");
        if (slots[1].revents)
            return take_signal(signal_fd, error);
        if (slots[2].revents)
            return error_set(error, EPIPE, "the container's first process ended early");
        if (slots[0].revents)
            status = read_line(control_fd, line, &length, &complete, error);
        if (status < 0)
            return status;
    }
    return 0;
}

int follower_wait_for_go(const struct follower *follower, int pidfd, bool *ret_tied, struct error *error)
{
    CLEANUP_FD int signal_fd = -1;
    char line[LINE_LIMIT] = "";
    int status;

    if (!follower || follower->control_fd < 0)
        return 0;
    status = open_signals(&signal_fd, error);
    if (status == 0)
        status = wait_for_line(follower->control_fd, signal_fd, pidfd, line, error);
    if (status < 0)
        return status;
    *ret_tied = strcmp(line, "tie") == 0;
    if (*ret_tied && !follower->may_tie)
        return error_set(error, EINVAL,
                         "the control descriptor said \"tie\", but nobody stays who could watch it");
    if (*ret_tied || strcmp(line, "go") == 0)
        return 0;
    error_set(error, EINVAL, "the control descriptor said \"%s\"", line);
    error_hint(error, "it takes one line: \"go\" or \"tie\"");
    return -EINVAL;
}
