/* SPDX-License-Identifier: Apache-2.0 */
/* A mount table against what it has to look like. */
#ifndef VERIFY_COMPARE_H
#define VERIFY_COMPARE_H

#include "kernel/mountinfo.h"
#include "verify/expectation.h"

enum difference_kind {
    DIFFERENCE_MISSING,
    DIFFERENCE_UNEXPECTED,
    DIFFERENCE_PLACE,
    DIFFERENCE_PARENT,
    DIFFERENCE_TYPE,
    DIFFERENCE_DEVICE,
    DIFFERENCE_ROOT,
    DIFFERENCE_SOURCE,
    DIFFERENCE_OBJECT,
    DIFFERENCE_ATTRIBUTES,
    DIFFERENCE_PROPAGATION,
    DIFFERENCE_KINDS
};

struct difference {
    enum difference_kind kind;
    const char *place;  /* in the container */
    const char *origin; /* what in the configuration asks for the mount; NULL: nothing does */
    const char *expected, *found;
    const char *cause; /* where it can be known (drift.h); NULL */
    size_t entry;      /* in the table; NO_PLACE: missing */
    size_t mount;      /* in the expectation; NO_PLACE: unexpected */
};

enum owner_kind {
    OWNER_UNKNOWN,
    OWNER_NONE,  /* nobody asked for it */
    OWNER_PLAN,  /* an expected mount itself */
    OWNER_BELOW, /* came with an expected mount, or reached it from the host */
    OWNER_HOOKS,
    OWNER_OTHER, /* was there before an addition, or is nowhere near it */
};

struct owner {
    enum owner_kind kind;
    size_t mount; /* of the first two: in the expectation */
};

struct comparison {
    struct difference *differences;
    size_t length;
    struct owner *owners; /* one an entry of the table */
};

/* "missing", "attributes": for machines. */
const char *difference_name(enum difference_kind kind);

/* Expected mounts with a number are found by it, the others by their place, in their order. root_fd is the container's
 * root, for places that links lead to; -1: such a place is another one. The memory of the result is the arena's; both
 * others have to live as long. */
int compare_mounts(const struct expectation *expectation, const struct mount_table *table, int root_fd,
                   struct arena *arena, struct comparison *ret_comparison, struct error *error) MUST_USE;

/* One line: "PLACE (ORIGIN): expected …, found …; …", of the first differences. NULL when memory is short. */
const char *comparison_text(const struct comparison *comparison, struct arena *arena) MUST_USE;

#endif
