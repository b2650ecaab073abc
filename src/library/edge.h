/* SPDX-License-Identifier: Apache-2.0 */
/* The public edge: where internal errors and structures become the library's. */
#ifndef LIBRARY_EDGE_H
#define LIBRARY_EDGE_H

#include "config/config.h"
#include "holdfast/holdfast.h"
#include "plan/listing.h"
#include "rules/rules.h"

#include <stdatomic.h>

struct hf_config {
    struct config config;
    struct rules rules; /* what config->parts are made of, with the first plan */
    bool has_rules, rules_closed, rules_arranged;
    atomic_uint owners; /* the caller, and each plan */
};

struct hf_warning {
    const char *message;
};

struct hf_plan {
    struct plan plan;
    struct hf_config *config; /* kept */
    char **lines;             /* made when they are asked for, as the following */
    struct plan_listing listing;
    struct hf_operation *operations;
    struct hf_warning *warnings; /* made with the plan */
};

/* The warnings as objects. */
int edge_fill_warnings(struct hf_plan *plan, struct error *error) MUST_USE;

/* An empty configuration, with one owner. */
int edge_new_config(hf_config **ret_config, struct error *error) MUST_USE;

/* From the rules to what a plan is made of; nothing where there are none, or where it is done. */
int edge_arrange_rules(hf_config *config, struct error *error) MUST_USE;

/* Hands the error on to the caller, who may not want it. Returns -error->code. */
int edge_fail(struct error *error, hf_error **ret_error);

/* Copies a caller's structure of options into ours of size bytes: what the caller's lacks is zero, what it
 * has more has to be zero, or it asks for something that this version doesn't know (as openat2(2) does it).
 */
int edge_copy_options(const void *options, void *ret_options, size_t size, struct error *error) MUST_USE;

#endif
