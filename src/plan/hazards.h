/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is legal in a configuration and dangerous all the same. Each kind has an id, under which
 * docs/hazards.md tells what happens, why, and what to write instead. Here are the checks that need nothing
 * but the plan; those that look at the machine are in src/explain/machine_hazards.c.
 */
#ifndef PLAN_HAZARDS_H
#define PLAN_HAZARDS_H

#include "plan/plan.h"

struct hazard_kind {
    const char *id;
    const char *hint; /* what to write instead */
};

/* All kinds, ended by a row whose id is NULL. */
const struct hazard_kind *hazard_kinds(void);

/* The kind of that id; NULL: there is none. */
const struct hazard_kind *hazard_find_kind(const char *id);

struct hazard {
    const char *id;    /* static memory */
    size_t operation;  /* of the plan that it is about; NO_OPERATION: of none in particular */
    const char *text;  /* one sentence without a full stop; the arena's */
    const char *place; /* in the configuration, as in errors: "config.json:12: mounts[3] (/x)"; the arena's */
};

struct hazards {
    struct hazard *values;
    size_t length;
};

/* Appends the hazards that the plan alone shows, in the order of the checks; their memory is the arena's. */
int plan_find_hazards(const struct plan *plan, struct arena *arena, struct hazards *hazards,
                      struct error *error) MUST_USE;

/* ------------------------------------------------------------------ for the checks */

struct hazard_search {
    const struct plan *plan;
    const char *const *targets; /* plan_target() of each operation */
    struct arena *arena;
    struct hazards *hazards;
};

/* The targets, in the arena; NULL when memory is short. */
const char *const *hazard_targets(const struct plan *plan, struct arena *arena) MUST_USE;

/* Appends one. */
int hazard_add(const struct hazard_search *search, const char *id, size_t operation, struct error *error,
               const char *format, ...) PRINTF(5, 6) MUST_USE;

/* The checks, a file a subject. */
int hazards_of_paths(const struct hazard_search *search, size_t index, struct error *error) MUST_USE;
int hazards_of_mounts(const struct hazard_search *search, size_t index, struct error *error) MUST_USE;
int hazards_of_devices(const struct hazard_search *search, size_t index, struct error *error) MUST_USE;

/* Whether linux.resources.devices lets the container write to the device: the last rule about it decides,
 * without one nobody may. */
bool hazards_may_write_device(const struct config *config, char type, uint32_t major, uint32_t minor);

#endif
