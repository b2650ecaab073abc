/* SPDX-License-Identifier: Apache-2.0 */
/* This machine's own tree as the root of a box. */
#ifndef BOX_MACHINE_TREE_H
#define BOX_MACHINE_TREE_H

#include "config/config.h"

/* Fills config->parts with the machine's tree, as it is mounted now. locked: in the user namespace that the
 * box will have, a directory can't be taken without what is mounted below it (mount_namespaces(7),
 * "Restrictions"), so a directory with mounts below it is made up of its entries. */
int machine_tree_add(struct config *config, bool locked, struct error *error) MUST_USE;

#endif
