/* SPDX-License-Identifier: Apache-2.0 */
/* Scopes of systemd (org.freedesktop.systemd1(5)) by sd-bus, from libsystemd, which is loaded only when it is
 * needed: most starts don't, and loading costs time. */
#ifndef CGROUP_SYSTEMD_H
#define CGROUP_SYSTEMD_H

#include "base/error.h"
#include "config/resources.h"
#include <stdbool.h>
#include <sys/types.h>

/* The cgroup of the scope is the caller's to set after that: systemd knows not all limits, and of rules for devices only
 * what is allowed (systemd_properties.h). */
struct systemd_scope {
    const char *unit, *slice;                 /* "holdfast-ID.scope", "system.slice" */
    const char *description;                  /* "holdfast container ID" */
    bool user;                                /* of the user's own manager, not the system's */
    bool is_unified;                          /* version 2 alone: which properties there are */
    const struct config_resources *resources; /* those that systemd has properties for */
};

/* Starts the scope with the process in it (StartTransientUnit, Delegate=yes, PIDs=), and waits up to 30 seconds for the
 * job's end. What is left of a failed unit of that name is taken away. A unit whose name ends in ".slice" is made
 * below scope->slice with Wants=. -EEXIST: the unit is there and not failed. -EIO: the job ended otherwise than
 * "done". Other errors: there is no libsystemd, or systemd can't be reached or refuses; the hint says what to do. */
int systemd_start_scope(const struct systemd_scope *scope, pid_t pid, struct error *error) MUST_USE;

/* SetUnitProperties, for what is given; no call if nothing is that systemd has a property for. -ENOENT: no such unit. */
int systemd_update_scope(const struct systemd_scope *scope, struct error *error) MUST_USE;

/* StopUnit, whose job is waited for, and ResetFailedUnit. A unit that is not there is no error. */
int systemd_stop_scope(const struct systemd_scope *scope, struct error *error) MUST_USE;

#endif
