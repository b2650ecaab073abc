/* SPDX-License-Identifier: Apache-2.0 */
/* Names that a layer of an overlay adds to those of the layer below, or takes away. */
#ifndef MOUNT_LAYER_H
#define MOUNT_LAYER_H

#include "mount/operations.h"

/* Makes them in the directory upper: empty files and directories for the added paths, whiteouts for the hidden ones, and
 * the directories that lead there, which look as those below do. */
int layer_fill(const struct overlay_operation *overlay, int upper, int lower, struct error *error) MUST_USE;

/* Mounts something on each hidden name in the upper layer of an overlay: a name that is a mount point in the caller's
 * mount namespace can't be replaced (rename(2), EBUSY), so overlayfs can't make anything there. file is an empty file's
 * detached mount. */
int layer_block(const struct overlay_operation *overlay, int upper, int file, struct error *error) MUST_USE;

#endif
