/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of a tree say. */
#ifndef PLAN_TREE_TEXT_H
#define PLAN_TREE_TEXT_H

#include "plan/describe.h"

/* Where what an operation puts in its place comes from: "from the host: /srv/data and below". In the arena; NULL when
 * memory is short. */
const char *tree_text(struct arena *arena, enum operation_kind kind,
                      const struct plan_description *description);

/* The attributes but for ro and rw, and propagation that lets mounts come or go: "nosuid nodev". In the arena; NULL when
 * memory is short. */
const char *tree_flags(struct arena *arena, const struct plan_description *description);

#endif
