/* SPDX-License-Identifier: Apache-2.0 */
/* A mount table for people and for programs. */
#ifndef CLI_MOUNT_PRINT_H
#define CLI_MOUNT_PRINT_H

#include "kernel/mountinfo.h"
#include <stdio.h>

/* As a tree, a line a mount: target, type, source, options, propagation. What isn't printable is written as in
 * the kernel's table, "\012". */
int mount_print_tree(const struct mount_table *table, FILE *out, struct error *error) MUST_USE;

/* As JSON, in the table's order: an array of objects, with "parent" to tell the tree. */
int mount_print_json(const struct mount_table *table, FILE *out, struct error *error) MUST_USE;

#endif
