/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open(path, O_PATH), socket(2), connect(/proc/self/fd/N), sendmsg(2) with SCM_RIGHTS: an address has room for 107
 * bytes, a path for more (unix(7)).
 */
#include "process/descriptor_socket.h"
#include "base/fd.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int connect_to(const char *path, const char *what, int *ret_socket, struct error *error)
{
    CLEANUP_FD int file = open(path, O_PATH | O_CLOEXEC);
    CLEANUP_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (file < 0)
        return error_call(error, errno, "open", "cannot find %s %s", what, path);
    if (fd < 0)
        return error_call(error, errno, "socket", "cannot make a socket");
    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", file);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        error_call(error, errno, "connect", "cannot connect to %s %s", what, path);
        error_hint(error, "does somebody listen there?");
        return -error->code;
    }
    *ret_socket = fd_take(&fd);
    return 0;
}

/* The descriptor comes with the first bytes. Returns how many were sent, or -errno. */
static ssize_t send_first(int socket, int fd, const char *text, size_t length)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)text, .iov_len = length};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    ssize_t count;

    *rights = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(rights), &fd, sizeof(int));
    do
        count = sendmsg(socket, &header, MSG_NOSIGNAL);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

int descriptor_send(const char *path, const char *what, int fd, const char *text, struct error *error)
{
    CLEANUP_FD int socket = -1;
    size_t length = strlen(text);
    int result = connect_to(path, what, &socket, error);
    ssize_t count;

    if (result < 0)
        return result;
    count = send_first(socket, fd, text, length);
    while (count >= 0 && (size_t)count < length) {
        text += count;
        length -= (size_t)count;
        count = send(socket, text, length, MSG_NOSIGNAL);
        if (count < 0)
            count = errno == EINTR ? 0 : -errno;
    }
    return count < 0 ? error_call(error, (int)count, "sendmsg", "cannot send to %s %s", what, path) : 0;
}
