/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as rules are sorted by: absolute, without ".", ".." and doubled slashes. */
#ifndef RULES_ORDER_H
#define RULES_ORDER_H

#include "rules/rules.h"

/* As strcmp(3), but a directory is followed by all that is below it. */
int path_order(const char *one, const char *other);

/* What is left of path below directory, with its slash ("/" for the directory itself); NULL where it isn't below. */
const char *path_below(const char *path, const char *directory);

/* Sorts rules whose paths are so, and drops repetitions; two different rules about one path are an error. */
int rules_merge_same(struct rules *rules, struct error *error) MUST_USE;

#endif
