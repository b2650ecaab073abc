/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries the user's keys to the console's pty, and what the program writes there to the user. It never waits
 * in read(2) or write(2): the caller polls, and moves what can be moved. The descriptors' O_NONBLOCK isn't
 * touched where they are inherited: it would change the terminal for other processes too.
 */
#ifndef PROCESS_RELAY_H
#define PROCESS_RELAY_H

#include "base/error.h"
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/* What goes in one direction: bytes that were read from one end and not yet written to the other. */
struct relay_channel {
    int from, to; /* -1: has ended, or went away */
    size_t start, length;
    char buffer[PIPE_BUF]; /* as much as a pipe that polls writable takes without waiting (pipe(7)) */
};

#define RELAY_POLL_SLOTS 4

struct relay {
    int console_fd, slave_fd;
    bool terminal;  /* the input is one; asked before it can hang up, for then isatty(3) says no */
    bool line_open; /* the last byte for the program was not the end of a line */
    bool ending;    /* the program has ended */
    size_t drained; /* bytes of output read since */
    int lost;       /* the errno for which output was not handed on; 0 also if nobody is left to read it */
    struct relay_channel input, output;
};

/* Between input_fd, output_fd and the pty's master, all of which stay the caller's. The master becomes
 * non-blocking. relay_clear() gives back what the relay holds besides. */
int relay_open(struct relay *ret_relay, int console_fd, int input_fd, int output_fd,
               struct error *error) MUST_USE;
void relay_clear(struct relay *relay);

#define CLEANUP_RELAY CLEANUP(relay_clear)

/* What there is to wait for; slots without something to do have fd -1. */
void relay_prepare(const struct relay *relay, struct pollfd slots[RELAY_POLL_SLOTS]);

/* Moves what poll(2) has found possible. */
void relay_move(struct relay *relay, const struct pollfd slots[RELAY_POLL_SLOTS]);

/* The program has ended: no more input goes to it, and output is read only as far as it may be the program's.
 */
void relay_end(struct relay *relay);

/* An error if output of the program could not be read or written, to a full disk for example. */
int relay_check(const struct relay *relay, struct error *error) MUST_USE;

/* Whether output waits for the reader, so that poll(2) may wait for it after the program has ended. */
bool relay_has_output(const struct relay *relay);

#endif
