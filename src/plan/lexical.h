/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing paths as text, for decisions of the plan; nothing is ever opened by what comes out of here. */
#ifndef PLAN_LEXICAL_H
#define PLAN_LEXICAL_H

#include "base/arena.h"

/* path as an absolute path without ".", ".." and doubled slashes; a relative one is taken from base (NULL:
 * "/"). NULL when memory is short. */
char *lexical_absolute(struct arena *arena, const char *base, const char *path) MUST_USE;

/* What is left of path below directory, with its slash ("/b" for "/a/b" below "/a"; "/" for the directory
 * itself); NULL where it isn't below. Both are as lexical_absolute returns them. */
const char *lexical_below(const char *path, const char *directory);

#endif
