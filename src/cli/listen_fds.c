/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that systemd, or who acts like it, hands over for the container (sd_listen_fds(3)). */
#include "cli/cli.h"

#include <limits.h>
#include <unistd.h>

/* A number of the environment; 0 where it is none. */
static int64_t variable(const char *name)
{
    const char *text = getenv(name);
    int64_t number;

    return text && cli_parse_number(text, false, 1, INT_MAX / 2, &number) ? number : 0;
}

unsigned cli_listen_fds(void)
{
    return variable("LISTEN_PID") == getpid() ? (unsigned)variable("LISTEN_FDS") : 0;
}
