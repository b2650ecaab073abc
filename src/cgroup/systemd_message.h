/* SPDX-License-Identifier: Apache-2.0 */
/* Properties in a message of D-Bus. */
#ifndef CGROUP_SYSTEMD_MESSAGE_H
#define CGROUP_SYSTEMD_MESSAGE_H

#include "cgroup/systemd_library.h"
#include "cgroup/systemd_properties.h"

/* Appends them as a(sv). Returns what sd-bus returns: negative on failure. */
int systemd_append_properties(const struct systemd_library *library, sd_bus_message *message,
                              const struct systemd_properties *properties) MUST_USE;

#endif
