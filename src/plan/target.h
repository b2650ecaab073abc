/* SPDX-License-Identifier: Apache-2.0 */
/* Where the operations of a plan are in the container, as text. */
#ifndef PLAN_TARGET_H
#define PLAN_TARGET_H

#include "plan/plan.h"

/* The operation's target as an absolute path of the container without ".", ".." and doubled slashes; links
 * of the image are not known here. The arena's; NULL when memory is short. */
const char *plan_target(const struct plan *plan, size_t index, struct arena *arena) MUST_USE;

/* Whether the operation puts a mount at its target. */
bool operation_is_mount(const struct operation *operation);

/* Whether what a bind mount shows can be written through the mount itself: its own options and what the
 * plan does to it later. Whether the source is read-only is not known here. */
bool plan_bind_is_writable(const struct plan *plan, size_t index, struct arena *arena);

#endif
