/* SPDX-License-Identifier: Apache-2.0 */
/* libsystemd, loaded at run time: only its headers are needed to build. */
#ifndef CGROUP_SYSTEMD_LIBRARY_H
#define CGROUP_SYSTEMD_LIBRARY_H

#include "base/error.h"
#include <systemd/sd-bus.h>

/* The functions that are used, a row each. */
#define SYSTEMD_LIBRARY_FUNCTIONS(ROW)                                                                       \
    ROW(sd_bus_call)                                                                                         \
    ROW(sd_bus_error_free)                                                                                   \
    ROW(sd_bus_flush_close_unref)                                                                            \
    ROW(sd_bus_match_signal)                                                                                 \
    ROW(sd_bus_message_append)                                                                               \
    ROW(sd_bus_message_append_array)                                                                         \
    ROW(sd_bus_message_close_container)                                                                      \
    ROW(sd_bus_message_new_method_call)                                                                      \
    ROW(sd_bus_message_open_container)                                                                       \
    ROW(sd_bus_message_read)                                                                                 \
    ROW(sd_bus_message_unref)                                                                                \
    ROW(sd_bus_new)                                                                                          \
    ROW(sd_bus_open_system)                                                                                  \
    ROW(sd_bus_open_user)                                                                                    \
    ROW(sd_bus_process)                                                                                      \
    ROW(sd_bus_set_address)                                                                                  \
    ROW(sd_bus_slot_unref)                                                                                   \
    ROW(sd_bus_start)                                                                                        \
    ROW(sd_bus_unref)                                                                                        \
    ROW(sd_bus_wait)

struct systemd_library {
#define MEMBER(name) __typeof__(&name) name;
    SYSTEMD_LIBRARY_FUNCTIONS(MEMBER)
#undef MEMBER
};

/* Loads it; once, it stays. -ENOENT where it is not installed. */
int systemd_library_load(const struct systemd_library **ret_library, struct error *error) MUST_USE;

#endif
