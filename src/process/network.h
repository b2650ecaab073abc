/* SPDX-License-Identifier: Apache-2.0 */
/* The network of a new network namespace. */
#ifndef PROCESS_NETWORK_H
#define PROCESS_NETWORK_H

#include "base/error.h"

/* Brings the loopback interface of this process's network namespace up. Needs CAP_NET_ADMIN there. */
int network_loopback_up(struct error *error) MUST_USE;

#endif
