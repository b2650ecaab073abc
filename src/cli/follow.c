/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/follow.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static int take(const struct cli_number *number, const char *option, unsigned preserved, int *ret_fd,
                struct error *error)
{
    int fd = (int)number->value;

    if (!number->given)
        return 0;
    if (fd <= STDERR_FILENO + (int)preserved) {
        error_set(error, EINVAL, "--%s %d: the program gets this descriptor", option, fd);
        error_hint(error, "use one from %d on", STDERR_FILENO + (int)preserved + 1);
        return -EINVAL;
    }
    /* Whoever called holdfast opened it: what it opened itself is close-on-exec. */
    if (fcntl(fd, F_GETFD) != 0)
        return error_set(error, EBADF, "--%s %d: the descriptor is not open", option, fd);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return error_call(error, errno, "fcntl", "cannot use the descriptor %d", fd);
    *ret_fd = fd;
    return 0;
}

int cli_follow_open(const struct cli_follow *follow, unsigned preserved, bool stays,
                    struct follower *ret_follower, struct error *error)
{
    struct follower follower = FOLLOWER_NONE;
    int status = take(&follow->status, "status-fd", preserved, &follower.status_fd, error);
    if (status == 0 && follow->status.given && follow->control.value == follow->status.value)
        follower.control_fd = follower.status_fd; /* a socket may be both */
    else if (status == 0)
        status = take(&follow->control, "control-fd", preserved, &follower.control_fd, error);
    if (status < 0)
        return status;
    /* A status descriptor that nobody reads any more is an error, and none that kills (signal(7)); the program gets
     * all of its signals reset. */
    if (follower.status_fd >= 0 && signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return error_call(error, errno, "signal", "cannot ignore SIGPIPE");
    follower.may_tie = stays;
    *ret_follower = follower;
    return 0;
}

int cli_follow_end(const struct follower *follower, int status, const struct error *error)
{
    if (status < 0)
        follower_failed(follower, error);
    return status;
}
