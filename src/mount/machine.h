/* SPDX-License-Identifier: Apache-2.0 */
/* A plan for the machine that this runs on. */
#ifndef MOUNT_MACHINE_H
#define MOUNT_MACHINE_H

#include "plan/plan.h"

struct cgroup_directory;

/* Finds out what of the machine the plan depends on, and compiles it: see plan_compile(). The calling thread
 * is where the plan's host side will be. cgroups are the directories of the container's cgroup, length of them; where
 * there is none it is in the caller's. */
int plan_for_machine(struct plan *plan, const struct config *config, const struct cgroup_directory *own,
                     size_t length, struct error *error) MUST_USE;

#endif
