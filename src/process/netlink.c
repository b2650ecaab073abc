/* SPDX-License-Identifier: Apache-2.0 */
/* socket(AF_NETLINK), send(2), recv(2). */
#include "process/netlink.h"
#include "base/fd.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define ANSWER_LIMIT 32768 /* bytes: what the kernel puts into one packet at most (af_netlink.c) */

int netlink_open(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    return fd < 0 ? -errno : fd;
}

void netlink_begin(struct netlink_message *message, unsigned short type, unsigned short flags,
                   const void *fixed, size_t size)
{
    *message = (struct netlink_message){.header = {
                                            .nlmsg_len = (uint32_t)NLMSG_LENGTH(size),
                                            .nlmsg_type = type,
                                            .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags),
                                            .nlmsg_seq = 1, /* one request at a time */
                                        }};
    memcpy(NLMSG_DATA(&message->header), fixed, size);
}

void netlink_add(struct netlink_message *message, unsigned short type, const void *data, size_t size)
{
    size_t offset = NLMSG_ALIGN(message->header.nlmsg_len);
    struct rtattr attribute = {.rta_len = (unsigned short)RTA_LENGTH(size), .rta_type = type};

    if (size > sizeof(message->bytes) || offset + RTA_SPACE(size) > sizeof(message->bytes)) {
        message->overflow = true;
        return;
    }
    memcpy(message->bytes + offset, &attribute, sizeof(attribute));
    memcpy(message->bytes + offset + RTA_LENGTH(0), data, size);
    message->header.nlmsg_len = (uint32_t)(offset + RTA_LENGTH(size));
}

static int send_message(int fd, const struct netlink_message *message)
{
    ssize_t count;

    if (message->overflow)
        return -EMSGSIZE;
    do
        count = send(fd, message->bytes, message->header.nlmsg_len, 0);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : 0;
}

struct conversation {
    int (*reader)(const struct nlmsghdr *answer, void *argument);
    void *argument;
    int status;
    bool ended;
};

static void end(struct conversation *conversation, const struct nlmsghdr *answer)
{
    int code = 0;

    if (answer->nlmsg_len >= NLMSG_LENGTH(sizeof(code)))
        memcpy(&code, NLMSG_DATA(answer),
               sizeof(code)); /* the first member of nlmsgerr, and all of a dump's end */
    conversation->ended = true;
    if (conversation->status == 0)
        conversation->status = code < 0 ? code : 0;
}

static void take(struct conversation *conversation, const struct nlmsghdr *answer)
{
    if (answer->nlmsg_type == NLMSG_ERROR || answer->nlmsg_type == NLMSG_DONE)
        end(conversation, answer);
    else if (conversation->reader && conversation->status == 0)
        conversation->status = conversation->reader(answer, conversation->argument);
}

static int receive_packet(int fd, struct conversation *conversation)
{
    union {
        struct nlmsghdr header;
        char bytes[ANSWER_LIMIT];
    } packet;
    ssize_t count = recv(fd, packet.bytes, sizeof(packet.bytes), MSG_TRUNC);
    int rest = (int)count;

    if (count < 0)
        return errno == EINTR ? 0 : -errno;
    if ((size_t)count > sizeof(packet.bytes))
        return -EMSGSIZE;
    for (const struct nlmsghdr *answer = &packet.header; NLMSG_OK(answer, (unsigned)rest);
         answer = NLMSG_NEXT(answer, rest))
        take(conversation, answer);
    return 0;
}

int netlink_request(int fd, struct netlink_message *message,
                    int (*reader)(const struct nlmsghdr *answer, void *argument), void *argument)
{
    struct conversation conversation = {.reader = reader, .argument = argument};
    int status = send_message(fd, message);

    while (status == 0 && !conversation.ended)
        status = receive_packet(fd, &conversation);
    return status < 0 ? status : conversation.status;
}

/* NULL if no whole attribute is there. */
static const struct rtattr *attribute_at(const struct nlmsghdr *message, size_t offset)
{
    const struct rtattr *attribute = (const void *)((const char *)message + offset);

    if (offset + sizeof(*attribute) > message->nlmsg_len || attribute->rta_len < sizeof(*attribute) ||
        offset + attribute->rta_len > message->nlmsg_len)
        return NULL;
    return attribute;
}

const struct rtattr *netlink_first(const struct nlmsghdr *message, size_t fixed_size)
{
    return attribute_at(message, NLMSG_SPACE(fixed_size));
}

const struct rtattr *netlink_next(const struct nlmsghdr *message, const struct rtattr *attribute)
{
    size_t offset = (size_t)((const char *)attribute - (const char *)message);

    return attribute_at(message, offset + RTA_ALIGN(attribute->rta_len));
}
