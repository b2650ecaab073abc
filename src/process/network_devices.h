/* SPDX-License-Identifier: Apache-2.0 */
/* linux.netDevices: interfaces of the host that move into the container's network namespace. */
#ifndef PROCESS_NETWORK_DEVICES_H
#define PROCESS_NETWORK_DEVICES_H

#include "config/config.h"

/* Those that have moved. */
struct network_devices;

/* Moves them, from the host's network namespace that the caller is in, to that of namespace_fd, where each keeps its
 * permanent global addresses and is set up. Needs CAP_NET_ADMIN in both. There is one at least. On failure those that have
 * moved are given back. */
int network_devices_move(const struct config *config, int namespace_fd, struct network_devices **ret_devices,
                         struct error *error) MUST_USE;

/* They go back to the host, with their old names, indexes and addresses, and up if they were. To be called while the
 * container's network namespace is there, for some kinds of interface end with it. Two things are lost, as whenever an
 * interface is moved: other addresses and the routes over it. NULL: none. */
void network_devices_give_back(struct network_devices *devices);

/* They stay where they are. */
void network_devices_free(struct network_devices **devices);

#endif
