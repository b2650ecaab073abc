/* SPDX-License-Identifier: Apache-2.0 */
/* Private to drift.c: why a mount differs, as far as the tables tell (drift_causes.c), and whether the sources of bind
 * mounts are still what the host has under their names (drift_sources.c). */
#ifndef CONTAINER_DRIFT_CAUSES_H
#define CONTAINER_DRIFT_CAUSES_H

#include "container/drift.h"
#include "container/mount_space.h"

/* changes is what `holdfast mounts` noted. */
int drift_find_causes(struct drift *drift, const char *changes, struct error *error) MUST_USE;

/* Adds a difference for each source that leads elsewhere by now. */
int drift_compare_sources(struct drift *drift, const struct container *container,
                          const struct mount_space *space, struct error *error) MUST_USE;

#endif
