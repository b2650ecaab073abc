/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a build did to the mount table, step by step: which mount it put where, and which it changed. Written where it
 * happens, with what the kernel says of the descriptors, for src/verify to compare with the kernel's table.
 */
#ifndef MOUNT_JOURNAL_H
#define MOUNT_JOURNAL_H

#include "kernel/mount_status.h"

struct mount_event {
    size_t operation; /* in the plan */
    bool attached;    /* false: a mount that was there already was changed */
    uint64_t parent_id;
    struct mount_status mount;
};

struct mount_journal {
    struct mount_event *events;
    size_t length;
};

void mount_journal_clear(struct mount_journal *journal);

/* Attaches the mount at the target (move_mount(2)), and notes it. known_target: what kernel_mount_status() has said of
 * target_fd; NULL: it is asked. Returns 0 or -errno. */
int mount_journal_attach(struct mount_journal *journal, size_t operation, int mount_fd, int target_fd,
                         const struct mount_status *known_target) MUST_USE;

/* Notes that the operation changes the mount. Returns 0 or -errno. */
int mount_journal_change(struct mount_journal *journal, size_t operation, int mount_fd) MUST_USE;

#endif
