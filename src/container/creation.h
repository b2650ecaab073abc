/* SPDX-License-Identifier: Apache-2.0 */
/* A container on its way from a bundle to where its program can be started: what create and run share. */
#ifndef CONTAINER_CREATION_H
#define CONTAINER_CREATION_H

#include "container/container.h"
#include "process/launch.h"

struct creation {
    const struct container_settings *settings;
    const struct create_options *options;
    struct config config;
    struct container container; /* locked */
    struct launch launch;
    struct launch_options launch_options;
    int start_fd, report_fd;
};

/* Makes the container. waits: its program is started later, by `start`; else by launch_go(). stays: the caller keeps the
 * terminal. A failure leaves nothing behind. *ret_creation is not moved afterwards, and cleared by the caller in any
 * case. */
int creation_begin(struct creation *ret_creation, const struct container_settings *settings,
                   const struct create_options *options, bool waits, bool stays,
                   struct error *error) MUST_USE;

/* The last part: hands out the terminal and the pid, and notes that the container is created. A failure leaves nothing
 * behind. */
int creation_finish(struct creation *creation, struct error *error) MUST_USE;

/* Ends what there is of the container, and removes it; the error stays what it is. */
void creation_undo(struct creation *creation);

void creation_clear(struct creation *creation);

#define CLEANUP_CREATION CLEANUP(creation_clear)

#endif
