/* SPDX-License-Identifier: Apache-2.0 */
/* A whole plan described. */
#ifndef PLAN_LISTING_H
#define PLAN_LISTING_H

#include "plan/describe.h"

struct plan_listing {
    struct arena arena;
    struct plan_description *operations; /* with their lines */
    size_t length;
};

/* Describes all operations; the plan has to outlive the listing. On failure *listing is untouched. */
int plan_list(struct plan_listing *listing, const struct plan *plan, struct error *error) MUST_USE;

/* Releases it. */
void plan_listing_clear(struct plan_listing *listing);

#define CLEANUP_PLAN_LISTING CLEANUP(plan_listing_clear)

#endif
