/* SPDX-License-Identifier: Apache-2.0 */
/* socketpair(2), sendmsg(2), recvmsg(2) with SCM_RIGHTS (unix(7), cmsg(3)). */
#include "process/message.h"
#include "base/fd.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Aligned for cmsghdr, as cmsg(3) wants it. */
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * MESSAGE_FDS_LIMIT)];
};

void message_clear(struct message *message)
{
    int saved = errno;

    for (size_t i = 0; i < message->fds_length; i++)
        fd_close(&message->fds[i]);
    free(message->fds);
    free(message->data);
    *message = (struct message){0};
    errno = saved;
}

int message_pair(int ret_ends[2], struct error *error)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return error_call(error, errno, "socketpair",
                          "cannot make a socket to the container's first process");
    ret_ends[0] = ends[0];
    ret_ends[1] = ends[1];
    return 0;
}

static void attach_fds(struct msghdr *header, union control *control, const int *fds, size_t fds_length)
{
    struct cmsghdr *rights;

    if (fds_length == 0)
        return;
    header->msg_control = control;
    header->msg_controllen = CMSG_SPACE(sizeof(int) * fds_length);
    rights = CMSG_FIRSTHDR(header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds_length);
    memcpy(CMSG_DATA(rights), fds, sizeof(int) * fds_length);
}

int message_send(int socket, char kind, const void *data, size_t length, const int *fds, size_t fds_length,
                 struct error *error)
{
    union control control = {0};
    struct iovec parts[] = {
        {.iov_base = &kind, .iov_len = 1},
        {.iov_base = (void *)(uintptr_t)data, .iov_len = length}, /* sendmsg(2) only reads it */
    };
    struct msghdr header = {.msg_iov = parts, .msg_iovlen = length > 0 ? 2 : 1};

    if (kind == MESSAGE_END || fds_length > MESSAGE_FDS_LIMIT)
        return error_set(error, EINVAL, "cannot send a message with kind %d and %zu descriptors", kind,
                         fds_length);
    attach_fds(&header, &control, fds, fds_length);
    while (sendmsg(socket, &header, MSG_NOSIGNAL) < 0) {
        if (errno == EINTR)
            continue;
        return error_call(error, errno, "sendmsg",
                          "cannot send a message '%c' of %zu bytes and %zu descriptors", kind, length,
                          fds_length);
    }
    return 0;
}

int message_write(int fd, char kind, const void *data, size_t length, struct error *error)
{
    const struct iovec parts[] = {
        {.iov_base = &kind, .iov_len = 1},
        {.iov_base = (void *)(uintptr_t)data, .iov_len = length}, /* writev(2) only reads it */
    };

    while (writev(fd, parts, length > 0 ? 2 : 1) < 0)
        if (errno != EINTR)
            return error_call(error, errno, "writev", "cannot send a message '%c' of %zu bytes", kind,
                              length);
    return 0;
}

int message_write_error(int fd, const struct error *failure, struct error *error)
{
    CLEANUP_FREE char *bytes = NULL;
    size_t length;

    if (error_pack(failure, &bytes, &length) < 0)
        return error_memory(error);
    return message_write(fd, MESSAGE_ERROR, bytes, length, error);
}

/* ECONNRESET, once: the other end was closed while something from here was unread. What it said before that comes after
 * this. */
static bool is_passing(int *resets)
{
    return errno == EINTR || (errno == ECONNRESET && (*resets)++ == 0);
}

/* The size of the next message, its letter included; 0 when the other end is closed. */
static int next_size(int socket, size_t *ret_size, struct error *error)
{
    ssize_t size;
    int resets = 0;

    do
        size = recv(socket, NULL, 0, MSG_PEEK | MSG_TRUNC);
    while (size < 0 && is_passing(&resets));
    if (size < 0)
        return error_call(error, errno, "recv", "cannot receive a message");
    *ret_size = (size_t)size;
    return 0;
}

/* The descriptors that came belong to the message from here on. The control buffer has no room for more than
 * MESSAGE_FDS_LIMIT. */
static void take_fds(struct msghdr *header, struct message *message)
{
    struct cmsghdr *rights = CMSG_FIRSTHDR(header);
    size_t size;

    if (!rights || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS)
        return;
    size = rights->cmsg_len - CMSG_LEN(0);
    message->fds_length = size / sizeof(int);
    memcpy(message->fds, CMSG_DATA(rights), size);
}

static int receive(int socket, struct message *message, size_t capacity, struct error *error)
{
    union control control = {0};
    struct iovec parts[] = {
        {.iov_base = &message->kind, .iov_len = 1},
        {.iov_base = message->data, .iov_len = capacity},
    };
    struct msghdr header = {.msg_iov = parts,
                            .msg_iovlen = ARRAY_LENGTH(parts),
                            .msg_control = &control,
                            .msg_controllen = sizeof(control)};
    ssize_t size;
    int resets = 0;

    do
        size = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    while (size < 0 && is_passing(&resets));
    if (size < 0)
        return error_call(error, errno, "recvmsg", "cannot receive a message");
    take_fds(&header, message);
    if (header.msg_flags & MSG_CTRUNC) {
        error_set(error, EMFILE, "not all descriptors of a message could be received");
        error_hint(error, "raise the limit of open files (ulimit -n)");
        return -EMFILE;
    }
    if (size == 0 || (header.msg_flags & MSG_TRUNC))
        return error_set(error, EPROTO, "a message did not arrive whole");
    message->length = (size_t)size - 1;
    return 0;
}

bool message_is_there(int socket)
{
    ssize_t size;
    int resets = 0;

    do
        size = recv(socket, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    while (size < 0 && is_passing(&resets));
    return size > 0;
}

int message_receive(int socket, struct message *ret_message, struct error *error)
{
    CLEANUP_MESSAGE struct message message = {0};
    size_t size = 0;
    int result = next_size(socket, &size, error);

    if (result < 0)
        return result;
    /* One byte more than there is data: for a NUL, as calloc() leaves it there. */
    message.data = calloc(size + 1, 1);
    message.fds = calloc(MESSAGE_FDS_LIMIT, sizeof(*message.fds));
    if (!message.data || !message.fds)
        return error_memory(error);
    if (size > 0) {
        result = receive(socket, &message, size - 1, error);
        if (result < 0)
            return result;
    }
    *ret_message = message;
    message = (struct message){0};
    return 0;
}

int message_check(const struct message *message, char kind, struct error *error)
{
    if (message->kind == kind)
        return 0;
    if (message->kind == MESSAGE_END) {
        error_set(error, EPIPE, "the container's first process ended early");
        error_hint(error,
                   "was it killed? The kernel's log says why: linux.resources.memory.limit is too low, or "
                   "linux.seccomp does not allow what comes before the program");
        return -EPIPE;
    }
    if (message->kind != MESSAGE_ERROR)
        return error_set(error, EPROTO, "a message '%c' came where '%c' was expected", message->kind, kind);
    error_unpack(error, message->data, message->length);
    return -error->code;
}

int message_expect(int socket, char kind, struct message *ret_message, struct error *error)
{
    CLEANUP_MESSAGE struct message message = {0};
    int result = message_receive(socket, &message, error);

    if (result == 0)
        result = message_check(&message, kind, error);
    if (result < 0)
        return result;
    *ret_message = message;
    message = (struct message){0};
    return 0;
}
