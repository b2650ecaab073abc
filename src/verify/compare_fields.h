/* SPDX-License-Identifier: Apache-2.0 */
/* Private to compare.c and compare_fields.c: one mount's line against what it has to be. */
#ifndef VERIFY_COMPARE_FIELDS_H
#define VERIFY_COMPARE_FIELDS_H

#include "verify/compare.h"
#include "verify/id_map.h"
#include "verify/place_index.h"

struct comparing {
    const struct expectation *expectation;
    const struct mount_table *table;
    int root_fd;
    struct arena *arena;
    struct comparison comparison;
    struct id_map by_id;         /* of the table */
    struct place_index by_place; /* of the table, where an expected mount has no number */
};

/* Each returns 0 or -ENOMEM. */
int compare_note(struct comparing *comparing, struct difference difference) MUST_USE;
int compare_fields(struct comparing *comparing, size_t mount, size_t entry) MUST_USE;

/* A mount that came along with an expected one. */
int compare_below(struct comparing *comparing, size_t mount, size_t entry) MUST_USE;

#endif
