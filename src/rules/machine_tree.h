/* SPDX-License-Identifier: Apache-2.0 */
/* This machine's own tree, as it is mounted now, to be shown copy-on-write. */
#ifndef RULES_MACHINE_TREE_H
#define RULES_MACHINE_TREE_H

#include "kernel/mountinfo.h"
#include "rules/items.h"

struct machine_tree {
    struct items *items; /* that it fills */
    const struct rules *rules;
    const struct rule *rule;   /* that the items are for: where another one decides, nothing is added */
    struct mount_table mounts; /* those that can be seen, sorted by path */
    bool locked;
    bool sealed; /* nothing can be changed in the end */
};

/* Reads the mount table. locked: in the user namespace that the box will have, a directory can't be taken without what
 * is mounted below it (mount_namespaces(7), "Restrictions"), so a directory with mounts below it is made up of its
 * entries. */
int machine_tree_read(struct machine_tree *tree, struct error *error) MUST_USE;

/* Adds the items of path, a directory, and of what is mounted below it. */
int machine_tree_add(struct machine_tree *tree, const char *path, struct error *error) MUST_USE;

/* Whether anything is mounted below the directory. */
bool machine_tree_has_below(const struct machine_tree *tree, const char *path);

/* Whether overlayfs takes the file system that path lies on for a lower layer. */
bool machine_tree_takes_overlay(const struct machine_tree *tree, const char *path);

#endif
