/* SPDX-License-Identifier: Apache-2.0 */
/* Private to expectation.c and expectation_kinds.c: what a plan is turned into an expectation with. */
#ifndef VERIFY_EXPECTING_H
#define VERIFY_EXPECTING_H

#include "verify/expectation.h"

struct expecting {
    struct expectation expectation;
    const struct plan *plan;
    const struct build *build; /* NULL: by the plan alone */
    size_t next_event;
    size_t *of_operation; /* the expected mount of each operation; NO_PLACE: none */
};

/* Changes what is known of the mount, or of those that came along with it. */
void expect_change(struct expected_mount *mount, const struct mount_attributes *attributes);
void expect_change_below(struct expected_mount *mount, const struct mount_attributes *attributes);
void expect_propagate(struct expecting *work, struct expected_mount *mount, uint64_t propagation);

/* Fills in what an operation mounts; event is NULL by the plan alone. */
typedef void (*expect_function)(struct expecting *work, size_t index, struct expected_mount *mount,
                                const struct mount_event *event);

/* NULL for the kinds that mount nothing. */
extern const expect_function expect_kind[OPERATION_KINDS];

#endif
