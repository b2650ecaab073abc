/* SPDX-License-Identifier: Apache-2.0 */
/* Scopes of systemd (org.freedesktop.systemd1(5)) by sd-bus, from libsystemd, which is loaded only when it is
 * needed: most starts don't, and loading costs time. */
#ifndef CGROUP_SYSTEMD_H
#define CGROUP_SYSTEMD_H

#include "base/error.h"
#include "config/resources.h"
#include <stdbool.h>
#include <sys/types.h>

struct systemd_scope {
    const char *unit, *slice;                 /* "holdfast-ID.scope", "system.slice" */
    const char *description;                  /* "holdfast container ID" */
    bool user;                                /* of the user's own manager, not the system's */
    bool is_unified;                          /* version 2 alone: which properties there are */
    const struct config_resources *resources; /* those that systemd has properties for */
};

/* Starts the scope with the process in it (StartTransientUnit, Delegate=yes, PIDs=), and waits for the job's end. */
int systemd_start_scope(const struct systemd_scope *scope, pid_t pid, struct error *error) MUST_USE;

/* SetUnitProperties, for what is given. */
int systemd_update_scope(const struct systemd_scope *scope, struct error *error) MUST_USE;

/* StopUnit and ResetFailedUnit. A unit that is not there is no error. */
int systemd_stop_scope(const struct systemd_scope *scope, struct error *error) MUST_USE;

#endif
