/* SPDX-License-Identifier: Apache-2.0 */
/* What of the machine is in a region, an item that others lie in and that shows a path of the machine. */
#ifndef RULES_REGION_H
#define RULES_REGION_H

#include "rules/items.h"

/* Whether anything is at path, which lies in the region. Returns 1: it is there; 0: it is not; or -errno. */
int region_has(const struct item *region, const char *path) MUST_USE;

/* Refuses what is no directory, in which item lies. */
int region_check_directory(const struct item *region, const char *directory, const struct item *item,
                           struct error *error) MUST_USE;

#endif
