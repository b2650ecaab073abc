/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts for a root that is there already, where a failure takes them back one by one: no namespace goes with them. */
#ifndef MOUNT_ADDITION_H
#define MOUNT_ADDITION_H

#include "mount/build.h"

/* For a plan of a configuration with mounts_only. What it changes could not be put back, so a remount is EINVAL; the
 * mounts' descriptors are kept by the build, to compare and to take back. */
int addition_prepare_plan(struct plan *plan, struct error *error) MUST_USE;

/* Inside: takes off what was attached, and removes what was made in the image. proc_fd is a procfs of the host that shows
 * the calling thread (kernel/procfs.h), descriptors_fd its directory self/fd. */
void addition_undo(struct build *build, int proc_fd, int descriptors_fd);

/* Inside: takes off the mount that fd is the root of, or the topmost one that covers it, with what is below. Returns 0 or
 * -errno. */
int addition_detach(int descriptors_fd, int fd) MUST_USE;

#endif
