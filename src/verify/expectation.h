/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a mount table has to look like: by a plan, and, where it was built just now, by what the kernel said of the
 * mounts' descriptors meanwhile; or by a table of before (record.h).
 */
#ifndef VERIFY_EXPECTATION_H
#define VERIFY_EXPECTATION_H

#include "mount/build.h"
#include "plan/plan.h"
#include "verify/id_map.h"

enum expected_propagation {
    EXPECT_ANY,
    EXPECT_PRIVATE,
    EXPECT_SLAVE, /* hears of the host, if that shares the mount; tells nobody */
    EXPECT_SHARED,
    EXPECT_UNBINDABLE,
    EXPECT_TAGS, /* exactly these */
};

struct expected_mount {
    const char *origin;     /* what it comes from: "mounts[3]" */
    const char *place;      /* absolute, in the container; its links are not followed */
    uint64_t id, parent_id; /* 0: not known */
    uint64_t known;         /* the attributes that are determined, and their values: */
    uint64_t attributes;
    enum expected_propagation propagation;
    const char *tags;   /* for EXPECT_TAGS */
    const char *type;   /* how the type begins ("fuse" may become "fuse.sshfs"); NULL: any */
    const char *root;   /* of the file system; NULL: any */
    const char *source; /* as the table calls it; NULL: any */
    bool has_device;
    dev_t device; /* as statx(2) has it, or, by a record, as the table has it */
    bool device_is_recorded;
    const char *other_object;        /* not what was asked for: in words; NULL: it is */
    bool may_be_missing;             /* its target is hidden or made read-only only if it is there */
    bool brings_mounts;              /* those below its source come along */
    uint64_t below_set, below_clear; /* what those have to have */
    bool before_hooks;               /* it was there when they ran */
    bool came_along;                 /* by a record: with the mount of that origin */
    bool from_hooks;                 /* by a record: the hooks made it */
};

struct expectation {
    struct arena arena;
    struct expected_mount *mounts;
    size_t length;
    struct id_map
        by_id; /* where numbers are known: a mount that went away may have left its number to a later one */
    bool has_hooks; /* they may have added mounts, but none that was there before: */
    struct id_map before_hooks;
    bool has_sharing; /* something is shared: what is mounted in it is, too (mount_namespaces(7)) */
    bool is_addition; /* to mounts that are there: what isn't below an expected one is nobody's business */
    bool is_exact;    /* by a record: no other mount, wherever it comes from */
    bool is_copied;   /* by a record: the container has a copy of the mounts */
};

void expectation_clear(struct expectation *expectation);

#define CLEANUP_EXPECTATION CLEANUP(expectation_clear)

/* By the plan alone when build is NULL; else that of the plan, carried out: an operation that has not mounted what it
 * should is EIO. The plan outlives the expectation. On failure it is cleared. */
int expectation_from_plan(struct expectation *ret_expectation, const struct plan *plan,
                          const struct build *build, struct error *error) MUST_USE;

#endif
