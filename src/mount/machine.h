/* SPDX-License-Identifier: Apache-2.0 */
/* A plan for the machine that this runs on. */
#ifndef MOUNT_MACHINE_H
#define MOUNT_MACHINE_H

#include "plan/plan.h"

/* Finds out what of the machine the plan depends on, and compiles it: see plan_compile(). The calling thread
 * is where the plan's host side will be. */
int plan_for_machine(struct plan *plan, const struct config *config, struct error *error) MUST_USE;

#endif
