/* SPDX-License-Identifier: Apache-2.0 */
/* The hazards that only a look at the machine shows: of sources, by descriptors, without changing anything.
 * */
#ifndef EXPLAIN_MACHINE_HAZARDS_H
#define EXPLAIN_MACHINE_HAZARDS_H

#include "plan/hazards.h"

/* Appends them; their memory is the arena's. A source that is not there, or that the caller may not reach,
 * shows none. */
int machine_find_hazards(const struct plan *plan, struct arena *arena, struct hazards *hazards,
                         struct error *error) MUST_USE;

/* How many files are in the tree below the directory, mounts below left out; counting ends at the limit.
 * What can't be read counts as one. */
size_t machine_count_files(int directory_fd, size_t limit);

#endif
