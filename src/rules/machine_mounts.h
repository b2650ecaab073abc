/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of this machine that its tree is made up of. */
#ifndef RULES_MACHINE_MOUNTS_H
#define RULES_MACHINE_MOUNTS_H

#include "rules/machine_tree.h"

/* What becomes of a mount, by its file system. The kernel's own views are left out (a box has new ones), and
 * so is what may hang; overlayfs takes the ones named copy-on-write; any other is shown read-only. */
enum treatment { TREAT_COPY_ON_WRITE, TREAT_LEAVE_OUT, TREAT_READONLY };

/* Of a file system's type. */
enum treatment mount_treatment(const char *type);

/* The first mount whose path is not before the given one; the table's length: none. */
size_t machine_mounts_find_first(const struct machine_tree *tree, const char *path);

/* The mount at exactly this path; NULL: none. Of several on top of each other only the last one can be seen, and is in the
 * table. */
const struct mount_entry *machine_mounts_at(const struct machine_tree *tree, const char *path);

/* Whether path is below the directory, and not the directory itself. */
bool path_is_below(const char *path, const char *directory);

#endif
