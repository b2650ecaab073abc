/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the mounts of a running container differ from those that it was started with, which were verified and recorded
 * then (the files "mounts" and "changes" of the state; verify/record.h).
 */
#ifndef CONTAINER_DRIFT_H
#define CONTAINER_DRIFT_H

#include "container/mounts.h"
#include "container/state.h"
#include "verify/verify.h"

struct drift {
    struct arena arena;
    struct expectation expectation; /* what was recorded; from_hooks tells of the hooks' mounts */
    struct mount_table table;
    struct comparison comparison; /* the differences, each with its cause where that can be known */
};

void drift_clear(struct drift *drift);

#define CLEANUP_DRIFT CLEANUP(drift_clear)

/* Compares. ret_drift is zero before, and cleared by the caller in any case. ENOENT: there is no record, for an earlier
 * holdfast has created the container. */
int container_find_drift(const struct container *container, const struct container_process *process,
                         struct drift *ret_drift, struct error *error) MUST_USE;

/* Keeps the record of what was verified when the container was created. */
int container_write_mounts(const struct container *container, const struct verification *verification,
                           bool is_copied, struct error *error) MUST_USE;

/* Notes that `holdfast mounts` added or removed the mount at a path of the container, which is locked. */
int container_note_mount(const struct container *container, bool added, const char *path,
                         struct error *error) MUST_USE;

#endif
