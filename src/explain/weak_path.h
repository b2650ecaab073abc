/* SPDX-License-Identifier: Apache-2.0 */
/* Whether somebody less privileged than the caller can put something else in the place of a path of the
 * host. */
#ifndef EXPLAIN_WEAK_PATH_H
#define EXPLAIN_WEAK_PATH_H

#include "base/arena.h"
#include "base/error.h"

/* Walks directory (NULL: "/") and then path, links included, by descriptors. *ret_weakness is what lets
 * somebody else than root and the caller replace a component, as a part of a sentence in the arena ("user
 * 1000 owns /home/u"); NULL: nothing does. A path that can't be walked, for it isn't there or may not be
 * searched, ends where it ends. */
int weak_path_find(const char *directory, const char *path, struct arena *arena, const char **ret_weakness,
                   struct error *error) MUST_USE;

#endif
