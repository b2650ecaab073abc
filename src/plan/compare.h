/* SPDX-License-Identifier: Apache-2.0 */
/* Two plans compared in words. */
#ifndef PLAN_COMPARE_H
#define PLAN_COMPARE_H

#include "plan/listing.h"

#include <stdio.h>

/* Prints what leads from one plan to the other, a line a difference; nothing if they do the same, wherever they were
 * written:
 *
 *     - bind /old from /srv/old recursive rprivate (mounts[3], line 20)
 *     + bind /data from /srv/data recursive ro rprivate (mounts[3], line 20)
 *     ~ /tmp: was size=64k, is size=1m (mounts[4], line 26)
 *     order: mount /a: was after mount /b, is after mount /c
 */
int plan_compare(FILE *out, const struct plan_listing *before, const struct plan_listing *after,
                 bool *ret_same, struct error *error) MUST_USE;

#endif
