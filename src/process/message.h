/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between the launcher and the container's first process, over a SOCK_SEQPACKET socketpair: one
 * letter that says what it is, bytes, and descriptors.
 */
#ifndef PROCESS_MESSAGE_H
#define PROCESS_MESSAGE_H

#include "base/cleanup.h"
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

#define MESSAGE_FDS_LIMIT 250 /* the kernel takes SCM_MAX_FD, 253 (unix(7)) */

#define MESSAGE_END '\0'  /* nothing more comes: the other end is closed */
#define MESSAGE_ERROR 'E' /* carries a packed struct error */
#define MESSAGE_HOOK 'H'  /* in front of MESSAGE_ERROR, in a FIFO: it was a startContainer hook that failed */

#define MESSAGE_PLACED                                                                                       \
    'P' /* ids and cgroup are set; the host's procfs, if something is to be written there */
#define MESSAGE_CONTEXTS 'C' /* descriptors for the plan's new file systems, in the plan's order */
#define MESSAGE_BUILT 'B'    /* the root's descriptor and, with a console, the terminal's */
#define MESSAGE_READY 'R'    /* all is done but the start; the capabilities that could not be granted */
#define MESSAGE_LISTENER 'L' /* of a filter, for who answers its notifications */
#define MESSAGE_TERMINAL 'T' /* a terminal's master */
#define MESSAGE_START 'S'    /* go on */

struct message {
    char kind;
    char *data; /* length bytes and a NUL; never NULL in a message that was received */
    size_t length;
    int *fds; /* close-on-exec; an entry that was taken with fd_take() is -1 */
    size_t fds_length;
};

/* Releases the message and closes every descriptor that is still in it. */
void message_clear(struct message *message);

#define CLEANUP_MESSAGE CLEANUP(message_clear)

/* Two connected ends, both close-on-exec. */
int message_pair(int ret_ends[2], struct error *error) MUST_USE;

/* Sends one message, waiting while the socket is full. kind is anything but MESSAGE_END; the descriptors, at
 * most MESSAGE_FDS_LIMIT, stay the caller's. EPIPE if the other end is closed, or once ECONNRESET if it
 * hadn't read everything: what it said last can still be received. */
int message_send(int socket, char kind, const void *data, size_t length, const int *fds, size_t fds_length,
                 struct error *error) MUST_USE;

/* The same without descriptors, by writev(2): to a FIFO as well, where a letter and its content are all that is ever
 * sent, and under a filter that may not allow more. SIGPIPE is blocked by the caller. */
int message_write(int fd, char kind, const void *data, size_t length, struct error *error) MUST_USE;

/* Sends the failure as a message of the kind MESSAGE_ERROR, by message_write(). */
int message_write_error(int fd, const struct error *failure, struct error *error) MUST_USE;

/* Whether a message has come already, without waiting for one. */
bool message_is_there(int socket) MUST_USE;

/* Waits for a message. When the other end is closed its kind is MESSAGE_END. The caller clears it. A message
 * that didn't arrive whole is an error, and the descriptors that came with it are closed. */
int message_receive(int socket, struct message *ret_message, struct error *error) MUST_USE;

/* Whether it is of that kind. One of MESSAGE_ERROR becomes the error; EPIPE if the container's first process ended before
 * it sent one; EPROTO for another kind. */
int message_check(const struct message *message, char kind, struct error *error) MUST_USE;

/* Waits for a message of that kind, with message_check(). */
int message_expect(int socket, char kind, struct message *ret_message, struct error *error) MUST_USE;

#endif
