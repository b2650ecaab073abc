/* SPDX-License-Identifier: Apache-2.0 */
/* rtnetlink(7): RTM_GETADDR, RTM_NEWADDR. */
#include "process/network_addresses.h"
#include "base/array.h"

#include <linux/if_addr.h>
#include <stdint.h>
#include <string.h>

/* What somebody has asked for; the others are the kernel's own notes. */
#define KEPT_FLAGS                                                                                           \
    (IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN)

/* Not the label, which begins with the old name, nor the lifetime, which is for ever. */
static const unsigned short kept_attributes[] = {IFA_ADDRESS,   IFA_LOCAL,       IFA_BROADCAST,
                                                 IFA_MULTICAST, IFA_RT_PRIORITY, IFA_PROTO};

struct reading {
    int index;
    struct network_addresses addresses;
};

void network_addresses_clear(struct network_addresses *addresses)
{
    free(addresses->requests);
    *addresses = (struct network_addresses){0};
}

static bool is_kept(unsigned short type)
{
    for (size_t i = 0; i < ARRAY_LENGTH(kept_attributes); i++)
        if (kept_attributes[i] == type)
            return true;
    return false;
}

/* The header has room for the first eight flags only. */
static uint32_t flags_of(const struct nlmsghdr *answer, const struct ifaddrmsg *address)
{
    const struct rtattr *attribute = netlink_first(answer, sizeof(*address));
    uint32_t flags = address->ifa_flags;

    for (; attribute; attribute = netlink_next(answer, attribute))
        if (attribute->rta_type == IFA_FLAGS && RTA_PAYLOAD(attribute) == sizeof(flags))
            memcpy(&flags, RTA_DATA(attribute), sizeof(flags));
    return flags;
}

static void make_request(const struct nlmsghdr *answer, const struct ifaddrmsg *address, uint32_t flags,
                         struct netlink_message *request)
{
    const struct rtattr *attribute = netlink_first(answer, sizeof(*address));

    netlink_begin(request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, address, sizeof(*address));
    for (; attribute; attribute = netlink_next(answer, attribute))
        if (is_kept(attribute->rta_type))
            netlink_add(request, attribute->rta_type, RTA_DATA(attribute), RTA_PAYLOAD(attribute));
    netlink_add(request, IFA_FLAGS, &flags, sizeof(flags));
}

static int read_address(const struct nlmsghdr *answer, void *argument)
{
    struct reading *reading = argument;
    struct network_addresses *addresses = &reading->addresses;
    struct ifaddrmsg address;
    uint32_t flags;

    if (answer->nlmsg_type != RTM_NEWADDR || answer->nlmsg_len < NLMSG_LENGTH(sizeof(address)))
        return 0;
    memcpy(&address, NLMSG_DATA(answer), sizeof(address));
    flags = flags_of(answer, &address);
    if ((int)address.ifa_index != reading->index || address.ifa_scope != RT_SCOPE_UNIVERSE ||
        !(flags & IFA_F_PERMANENT))
        return 0;
    if (array_make_room((void **)&addresses->requests, addresses->length, sizeof(*addresses->requests)) < 0)
        return -ENOMEM;
    address.ifa_flags = 0;
    make_request(answer, &address, flags & KEPT_FLAGS, &addresses->requests[addresses->length++]);
    return 0;
}

int network_addresses_read(int netlink_fd, int index, struct network_addresses *ret_addresses)
{
    const struct ifaddrmsg all = {.ifa_family = 0 /* AF_UNSPEC */};
    struct reading reading = {.index = index};
    struct netlink_message request;
    int status;

    netlink_begin(&request, RTM_GETADDR, NLM_F_DUMP, &all, sizeof(all));
    status = netlink_request(netlink_fd, &request, read_address, &reading);
    if (status < 0)
        network_addresses_clear(&reading.addresses);
    else
        *ret_addresses = reading.addresses;
    return status;
}

int network_addresses_add(int netlink_fd, int index, struct network_addresses *addresses)
{
    int status = 0;

    for (size_t i = 0; i < addresses->length && status == 0; i++) {
        struct ifaddrmsg *address = NLMSG_DATA(&addresses->requests[i].header);

        address->ifa_index = (unsigned)index;
        status = netlink_request(netlink_fd, &addresses->requests[i], NULL, NULL);
    }
    return status;
}
