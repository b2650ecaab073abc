/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a first process sends to the launcher: the first byte says how many descriptors come along, the second how much of
 * the rest is one message; then the next one.
 */
#include "fuzz.h"

#include "base/fd.h"
#include "process/message.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char kinds[] = {MESSAGE_PLACED,   MESSAGE_CONTEXTS, MESSAGE_BUILT, MESSAGE_READY,
                             MESSAGE_LISTENER, MESSAGE_TERMINAL, MESSAGE_START};

static void send_raw(int socket, const uint8_t *data, size_t size, size_t descriptors)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * 8)];
    } control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

    if (descriptors > 0) {
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors);
        control.header = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
                                          .cmsg_type = SCM_RIGHTS,
                                          .cmsg_len = CMSG_LEN(sizeof(int) * descriptors)};
        for (size_t i = 0; i < descriptors; i++)
            memcpy(CMSG_DATA(&control.header) + i * sizeof(int), &socket, sizeof(socket));
    }
    REQUIRE(sendmsg(socket, &header, MSG_NOSIGNAL) == (ssize_t)size);
}

static void receive(int socket, size_t descriptors)
{
    CLEANUP_MESSAGE struct message message = {0};
    CLEANUP_ERROR struct error error = {0};
    int status = message_receive(socket, &message, &error);

    if (status < 0) {
        fuzz_check_error(status, &error);
        return;
    }
    REQUIRE(message.data && message.data[message.length] == '\0');
    REQUIRE(message.fds_length == descriptors);
    for (size_t i = 0; i < message.fds_length; i++)
        REQUIRE(fcntl(message.fds[i], F_GETFD) == FD_CLOEXEC);
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        status = message_check(&message, kinds[i], &error);
        REQUIRE((status == 0) == (message.kind == kinds[i]));
        REQUIRE(status == 0 || error.code == -status);
    }
}

/* What was unpacked and packed again is the same. */
static void check_error(const uint8_t *data, size_t size)
{
    CLEANUP_FREE char *text = fuzz_text(data, size), *packed = NULL, *repeated = NULL;
    CLEANUP_ERROR struct error error = {0}, again = {0};
    size_t length, repeated_length;

    error_unpack(&error, text, size);
    REQUIRE(error.code > 0);
    REQUIRE(error_pack(&error, &packed, &length) == 0);
    error_unpack(&again, packed, length);
    REQUIRE(error_pack(&again, &repeated, &repeated_length) == 0);
    REQUIRE(length == repeated_length && memcmp(packed, repeated, length) == 0);
    free(error_format(&error));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_ERROR struct error error = {0};
    int ends[2];

    check_error(data, size);
    REQUIRE(message_pair(ends, &error) == 0);
    while (size > 2) {
        size_t descriptors = data[0] % 8, length = data[1];

        length = length < size - 2 ? length : size - 2;
        length = length < 1 ? 1 : length;
        send_raw(ends[1], data + 2, length, descriptors);
        receive(ends[0], descriptors);
        data += 2 + length;
        size -= 2 + length;
    }
    fd_close(&ends[0]);
    fd_close(&ends[1]);
    return 0;
}
