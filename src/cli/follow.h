/* SPDX-License-Identifier: Apache-2.0 */
/* The options by which a start is followed from outside: those of run, create and box. */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include "cli/cli.h"
#include "follower/follower.h"

#include <limits.h>

struct cli_follow {
    struct cli_number status, control;
};

#define CLI_FOLLOW_NONE ((struct cli_follow){{-1, 0, INT_MAX, false}, {-1, 0, INT_MAX, false}})

/* Rows for it. */
#define CLI_FOLLOW_OPTIONS(follow)                                                                           \
    {"status-fd",       0,   CLI_NUMBER,                                                                     \
     &(follow)->status, "N", "tells the phases of the start there, a JSON line each"},                       \
    {                                                                                                        \
        "control-fd", 0, CLI_NUMBER, &(follow)->control, "N",                                                \
            "starts the program at the line \"go\" from there, and nothing when it ends before"              \
    }

/* Takes the descriptors, which are close-on-exec from here on. preserved: the program gets so many from 3 on, which they
 * must not be among. stays: until the program ends. EBADF: one isn't open. */
int cli_follow_open(const struct cli_follow *follow, unsigned preserved, bool stays,
                    struct follower *ret_follower, struct error *error) MUST_USE;

/* Tells the follower of a failure; returns status. */
int cli_follow_end(const struct follower *follower, int status, const struct error *error);

#endif
