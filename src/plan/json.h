/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as JSON: docs/plan-format.md describes it. */
#ifndef PLAN_JSON_H
#define PLAN_JSON_H

#include "plan/listing.h"

struct json_t;

/* The version of the form. It changes when something that is there gets another meaning, or goes; not when something
 * is added. */
#define PLAN_JSON_VERSION 1

#define PLAN_JSON_OPERATIONS "operations"
#define PLAN_JSON_ORIGIN "origin"
#define PLAN_JSON_LINE "line"

/* The whole document, whose reference is the caller's. EILSEQ: a path is not UTF-8, which JSON can't hold. */
int plan_to_json(const struct plan *plan, const struct plan_listing *listing, struct json_t **ret_json,
                 struct error *error) MUST_USE;

/* Whether it is such a document, of whatever version. */
bool plan_json_is_plan(const struct json_t *json);

/* The operations of such a document, which must outlive the listing (json_read.c). EINVAL: it has another version, or
 * holds what this one doesn't know. On failure *listing is untouched. */
int plan_listing_from_json(struct plan_listing *listing, const struct json_t *json,
                           struct error *error) MUST_USE;

/* "sha256:" and the hash of what the operations do: of the array of operations without "origin" and "line", keys sorted,
 * without spaces. Two plans with the same digest do the same. The caller frees it. */
int plan_json_digest(const struct json_t *operations, char **ret_digest, struct error *error) MUST_USE;

#endif
