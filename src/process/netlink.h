/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the kernel's tables of interfaces and addresses (netlink(7), rtnetlink(7)). */
#ifndef PROCESS_NETLINK_H
#define PROCESS_NETLINK_H

#include "base/cleanup.h"
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>

struct netlink_message {
    union {
        struct nlmsghdr header;
        char bytes[1024];
    };
    bool overflow; /* an attribute had no room */
};

/* A socket to the network namespace of the caller, which it goes on belonging to, or -errno. */
int netlink_open(void) MUST_USE;

/* Begins a request of that type (RTM_GETLINK) with its fixed part (struct ifinfomsg), and adds an attribute. */
void netlink_begin(struct netlink_message *message, unsigned short type, unsigned short flags,
                   const void *fixed, size_t size);
void netlink_add(struct netlink_message *message, unsigned short type, const void *data, size_t size);

/* Sends the request and gives each message of the answer to reader, which may be NULL and returns 0 or -errno. Returns 0
 * or -errno: the kernel's, or the first of the reader's. EMSGSIZE: an attribute had no room. */
int netlink_request(int fd, struct netlink_message *message,
                    int (*reader)(const struct nlmsghdr *answer, void *argument), void *argument) MUST_USE;

/* The attributes of a message whose fixed part has that size: for (a = first; a; a = next). */
const struct rtattr *netlink_first(const struct nlmsghdr *message, size_t fixed_size);
const struct rtattr *netlink_next(const struct nlmsghdr *message, const struct rtattr *attribute);

#endif
