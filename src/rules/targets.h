/* SPDX-License-Identifier: Apache-2.0 */
/* What items are put at: found where it is there, made in memory where it can be, and otherwise covered. */
#ifndef RULES_TARGETS_H
#define RULES_TARGETS_H

#include "rules/machine_tree.h"

/* Sorts the items, and adds what they need so that nothing is made on the machine: names in the layers of what is
 * copy-on-write; covers of the machine's directories, which get or lose names; and pins of those that lead to a
 * rule's path and could be renamed. */
int targets_see_to(struct items *items, const struct machine_tree *tree, struct error *error) MUST_USE;

#endif
