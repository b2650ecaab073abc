/* SPDX-License-Identifier: Apache-2.0 */
/* linux.netDevices: interfaces of the host that move into the container's network namespace. */
#ifndef PROCESS_NETWORK_DEVICES_H
#define PROCESS_NETWORK_DEVICES_H

#include "config/config.h"

/* Moves them, from the host's network namespace that the caller is in, to that of namespace_fd, where each keeps its
 * permanent global addresses and is set up. Needs CAP_NET_ADMIN in both.
 *
 * On failure those that have moved go back to the host, with their old names, indexes and addresses, and up if they
 * were. Two things are lost, as whenever an interface is moved: other addresses and the routes over it. */
int network_devices_move(const struct config *config, int namespace_fd, struct error *error) MUST_USE;

#endif
