/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hazards for the commands that show a plan:
 *
 *     {"strict", 0, CLI_FLAG, &request.strict, …}, {"fail-on", 0, CLI_LIST, &request.fail_on, …}
 *     plan_hazards_check() before anything else, plan_hazards_find(), plan_hazards_print() or …_json(),
 *     and plan_hazards_status() as the exit status
 */
#ifndef CLI_PLAN_HAZARDS_H
#define CLI_PLAN_HAZARDS_H

#include "cli/cli.h"
#include "plan/hazards.h"
#include <stdio.h>

#define HAZARD_STATUS 3 /* the exit status when there is a hazard that is to be none */

struct hazard_request {
    bool strict;             /* none of any kind */
    struct cli_list fail_on; /* none of these */
};

/* The rows of a command's table for a struct hazard_request. */
#define HAZARD_OPTIONS(request)                                                                              \
    {"strict", 0, CLI_FLAG, &(request)->strict, NULL, "exits with status 3 if there is any hazard"},         \
    {                                                                                                        \
        "fail-on", 0, CLI_LIST, &(request)->fail_on, "ID", "the same for this hazard; may be repeated"       \
    }

/* An id that no kind has is an error that lists the known ones. */
int plan_hazards_check(const struct hazard_request *request, struct error *error) MUST_USE;

/* All of the plan, and of the machine; the arena's. */
int plan_hazards_find(const struct plan *plan, struct arena *arena, struct hazards *ret_hazards,
                      struct error *error) MUST_USE;

/* Two lines each, on the stream; nothing on a standard error that belongs to the log. */
void plan_hazards_print(const struct hazards *hazards, FILE *out);

/* Each as a warning in the log. */
void plan_hazards_log(const struct hazards *hazards);

/* An array of objects with id, operation, place, text, hint; the caller's. NULL when memory is short. */
struct json_t *plan_hazards_json(const struct hazards *hazards);

/* HAZARD_STATUS or 0. */
int plan_hazards_status(const struct hazard_request *request, const struct hazards *hazards);

/* For run and create with --debug: says as warnings what hazards the bundle's configuration has. What goes
 * wrong with it meanwhile is left to who comes next. */
void plan_hazards_warn(const char *bundle, const char *config_name);

#endif
