/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of systemd's manager over D-Bus (org.freedesktop.systemd1.Manager). */
#ifndef CGROUP_SYSTEMD_BUS_H
#define CGROUP_SYSTEMD_BUS_H

#include "cgroup/systemd_library.h"
#include "cgroup/systemd_properties.h"

struct systemd_bus {
    const struct systemd_library *library;
    sd_bus *bus;
    bool is_direct; /* connected to the manager itself, without a bus between */
};

/* The system's manager, or the user's own. Where there is no bus, it is the manager's private socket. */
int systemd_bus_open(struct systemd_bus *bus, bool user, struct error *error) MUST_USE;

void systemd_bus_close(struct systemd_bus *bus);

#define CLEANUP_SYSTEMD_BUS CLEANUP(systemd_bus_close)

/* -EEXIST: there is a unit of the name. Waits for the job, as the next one does. */
int systemd_bus_start_unit(const struct systemd_bus *bus, const char *unit,
                           const struct systemd_properties *properties, struct error *error) MUST_USE;

/* These three: -ENOENT if there is no such unit. */
int systemd_bus_stop_unit(const struct systemd_bus *bus, const char *unit, struct error *error) MUST_USE;
int systemd_bus_reset_unit(const struct systemd_bus *bus, const char *unit, struct error *error) MUST_USE;
int systemd_bus_set_properties(const struct systemd_bus *bus, const char *unit,
                               const struct systemd_properties *properties, struct error *error) MUST_USE;

#endif
