/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses of an interface, which the kernel takes away when it moves to another network namespace. */
#ifndef PROCESS_NETWORK_ADDRESSES_H
#define PROCESS_NETWORK_ADDRESSES_H

#include "process/netlink.h"

struct network_addresses {
    struct netlink_message *requests; /* RTM_NEWADDR for each; the interface is filled in */
    size_t length;
};

/* Reads the permanent addresses of global scope of the interface with that index. Returns 0 or -errno. */
int network_addresses_read(int netlink_fd, int index, struct network_addresses *ret_addresses) MUST_USE;

/* Gives them to an interface. Returns 0 or -errno. */
int network_addresses_add(int netlink_fd, int index, struct network_addresses *addresses) MUST_USE;

void network_addresses_clear(struct network_addresses *addresses);

#endif
