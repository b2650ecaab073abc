/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   host:   socket(AF_NETLINK), ioctl(SIOCGSKNS); RTM_GETLINK, RTM_GETADDR,
 *           RTM_NEWLINK with IFLA_NET_NS_FD, IFLA_IFNAME and IFLA_NEW_IFINDEX (Linux 5.13)
 *   inside: in a helper: setns(CLONE_NEWNET), socket(AF_NETLINK); RTM_GETLINK, RTM_NEWADDR, RTM_NEWLINK (up)
 *
 * A netlink socket belongs to the namespace that it was opened in for ever, so nobody has to go there for the
 * requests. The index inside is ours to choose, so the interface is found again whatever name "%d" became.
 */
#include "process/network_devices.h"
#include "base/fd.h"
#include "base/helper.h"
#include "process/netlink.h"
#include "process/network_addresses.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define INDEX_TRIES 64
#define INDEX_STEP 997 /* away from those that the kernel gives out */

struct link {
    int index;
    bool up;
};

struct device {
    const char *host_name, *name;
    struct link host; /* as it was */
    int index;        /* in the container; 0: it has not moved */
    struct network_addresses addresses;
};

struct network_devices {
    int namespace_fd; /* the container's; the caller's, and not used any more when they have moved */
    int host_namespace_fd;
    int inside, host; /* netlink sockets */
    struct device *devices;
    size_t length;
};

static struct network_devices *move_new(size_t length, int namespace_fd)
{
    struct network_devices *move = calloc(1, sizeof(*move));
    struct device *devices = calloc(length, sizeof(*devices));

    if (!move || !devices) {
        free(move);
        free(devices);
        return NULL;
    }
    *move = (struct network_devices){namespace_fd, -1, -1, -1, devices, length};
    return move;
}

void network_devices_free(struct network_devices **devices)
{
    struct network_devices *move = *devices;

    *devices = NULL;
    if (!move)
        return;
    for (size_t i = 0; i < move->length; i++)
        network_addresses_clear(&move->devices[i].addresses);
    free(move->devices);
    fd_close(&move->host_namespace_fd);
    fd_close(&move->inside);
    fd_close(&move->host);
    free(move);
}

/* ------------------------------------------------------------------ requests */

static int read_link(const struct nlmsghdr *answer, void *argument)
{
    struct link *link = argument;
    struct ifinfomsg found;

    if (answer->nlmsg_type != RTM_NEWLINK || answer->nlmsg_len < NLMSG_LENGTH(sizeof(found)))
        return 0;
    memcpy(&found, NLMSG_DATA(answer), sizeof(found));
    *link = (struct link){found.ifi_index, found.ifi_flags & IFF_UP};
    return 0;
}

/* ENODEV: there is none of that name. */
static int find_link(int netlink_fd, const char *name, struct link *ret_link)
{
    const struct ifinfomsg any = {0};
    struct netlink_message request;

    netlink_begin(&request, RTM_GETLINK, 0, &any, sizeof(any));
    netlink_add(&request, IFLA_IFNAME, name, strlen(name) + 1);
    return netlink_request(netlink_fd, &request, read_link, ret_link);
}

static int set_up(int netlink_fd, int index)
{
    const struct ifinfomsg up = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct netlink_message request;

    netlink_begin(&request, RTM_NEWLINK, 0, &up, sizeof(up));
    return netlink_request(netlink_fd, &request, NULL, NULL);
}

static int send_link(int netlink_fd, int index, int namespace_fd, const char *name, int new_index)
{
    const struct ifinfomsg link = {.ifi_index = index};
    struct netlink_message request;

    netlink_begin(&request, RTM_NEWLINK, 0, &link, sizeof(link));
    netlink_add(&request, IFLA_NET_NS_FD, &namespace_fd, sizeof(namespace_fd));
    netlink_add(&request, IFLA_IFNAME, name, strlen(name) + 1);
    netlink_add(&request, IFLA_NEW_IFINDEX, &new_index, sizeof(new_index));
    return netlink_request(netlink_fd, &request, NULL, NULL);
}

/* ------------------------------------------------------------------ one interface */

static int look(struct network_devices *move, struct device *device, struct error *error)
{
    struct link there;
    int status = find_link(move->host, device->host_name, &device->host);

    if (status == -ENODEV)
        return error_set(error, ENODEV, "the host has no network interface %s", device->host_name);
    if (status < 0)
        return error_call(error, status, "netlink(RTM_GETLINK)", "cannot find the network interface %s",
                          device->host_name);
    if (find_link(move->inside, device->name, &there) == 0) {
        error_set(error, EEXIST, "the container's network namespace has an interface %s already",
                  device->name);
        error_hint(error, "give \"name\" another one");
        return -EEXIST;
    }
    status = network_addresses_read(move->host, device->host.index, &device->addresses);
    return status < 0 ? error_call(error, status, "netlink(RTM_GETADDR)", "cannot read the addresses of %s",
                                   device->host_name)
                      : 0;
}

/* The kernel moves first and renames then: a request that fails may have moved it. */
static bool has_left(const struct network_devices *move, const struct device *device)
{
    struct link still;

    return find_link(move->host, device->host_name, &still) == -ENODEV;
}

/* With the index that it has, or another one where that is in use. */
static int send_inside(struct network_devices *move, struct device *device)
{
    int status = -EBUSY;

    for (int i = 0; i < INDEX_TRIES && status == -EBUSY; i++) {
        int index = i == 0 ? device->host.index : i * INDEX_STEP;

        status = send_link(move->host, device->host.index, move->namespace_fd, device->name, index);
        if (status == 0 || has_left(move, device)) {
            device->index = index;
            break;
        }
    }
    return status;
}

static int send_device(struct network_devices *move, struct device *device, struct error *error)
{
    int status = send_inside(move, device);

    if (status == 0)
        return 0;
    error_call(error, status, "netlink(RTM_NEWLINK)",
               "cannot move the network interface %s into the container as %s", device->host_name,
               device->name);
    if (status == -EINVAL)
        error_hint(error,
                   "some kinds, as loopback and bridges, can't be moved, and a name has 1 to 15 characters");
    return status;
}

static int configure(struct network_devices *move, struct device *device, struct error *error)
{
    int status = network_addresses_add(move->inside, device->index, &device->addresses);

    if (status < 0)
        return error_call(error, status, "netlink(RTM_NEWADDR)",
                          "cannot give the network interface %s its addresses in the container",
                          device->host_name);
    status = set_up(move->inside, device->index);
    return status < 0
               ? error_call(error, status, "netlink(RTM_NEWLINK)",
                            "cannot set the network interface %s up in the container", device->host_name)
               : 0;
}

static int move_device(struct network_devices *move, struct device *device, struct error *error)
{
    int status = look(move, device, error);

    if (status == 0)
        status = send_device(move, device, error);
    return status == 0 ? configure(move, device, error) : status;
}

/* There is nobody to tell what fails here: the first failure is what is reported. */
static void give_back(struct network_devices *move, struct device *device)
{
    int index = device->host.index;

    if (device->index == 0 ||
        send_link(move->inside, device->index, move->host_namespace_fd, device->host_name, index) < 0)
        return;
    (void)!network_addresses_add(move->host, index, &device->addresses);
    if (device->host.up)
        (void)!set_up(move->host, index);
}

/* ------------------------------------------------------------------ all of them */

static int open_inside(void *argument, struct error *error)
{
    struct network_devices *move = argument;

    if (setns(move->namespace_fd, CLONE_NEWNET) < 0)
        return error_call(error, errno, "setns", "cannot enter the container's network namespace");
    move->inside = netlink_open();
    return move->inside < 0 ? error_call(error, move->inside, "socket", "cannot open a netlink socket") : 0;
}

static int open_sockets(struct network_devices *move, struct error *error)
{
    move->host = netlink_open();
    if (move->host < 0)
        return error_call(error, move->host, "socket", "cannot open a netlink socket");
    move->host_namespace_fd = ioctl(move->host, SIOCGSKNS);
    if (move->host_namespace_fd < 0)
        return error_call(error, errno, "ioctl(SIOCGSKNS)", "cannot open the host's network namespace");
    return helper_run(open_inside, move, error);
}

static int move_all(struct network_devices *move, const struct config *config, struct error *error)
{
    char place[64];
    int status = open_sockets(move, error);

    for (size_t i = 0; i < move->length && status == 0; i++) {
        const struct config_net_device *wanted = &config->net_devices[i];

        move->devices[i].host_name = wanted->host_name;
        move->devices[i].name = wanted->name && *wanted->name ? wanted->name : wanted->host_name;
        status = move_device(move, &move->devices[i], error);
        if (status == 0)
            continue;
        snprintf(place, sizeof(place), "linux.netDevices.%s", wanted->host_name);
        config_error_place(config, error, place);
    }
    return status;
}

void network_devices_give_back(struct network_devices *devices)
{
    for (size_t i = devices ? devices->length : 0; i-- > 0;)
        give_back(devices, &devices->devices[i]);
}

int network_devices_move(const struct config *config, int namespace_fd, struct network_devices **ret_devices,
                         struct error *error)
{
    struct network_devices *move = move_new(config->net_devices_length, namespace_fd);
    int status = move ? move_all(move, config, error) : error_memory(error);

    if (status < 0) {
        network_devices_give_back(move);
        network_devices_free(&move);
    }
    *ret_devices = move;
    return status;
}
