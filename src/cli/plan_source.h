/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for the commands that only look at them. */
#ifndef CLI_PLAN_SOURCE_H
#define CLI_PLAN_SOURCE_H

#include "cli/cli.h"
#include "plan/plan.h"
#include "rules/rules.h"

/* What a plan is made from. */
struct plan_request {
    const char *bundle, *config_name; /* as config_read_bundle() takes them */
    const char *id;                   /* the container's, which its cgroup may be named after */
    bool no_pivot, no_traces;
    const struct cli_list *policies; /* of a box, which is planned instead of a bundle; NULL or empty: none */
};

#define PLAN_REQUEST_NONE ((struct plan_request){.bundle = ".", .config_name = "config.json", .id = "ID"})

/* Where a plan and its configuration live. */
struct planned {
    struct rules rules; /* of a box */
    struct config config;
    struct plan plan;
};

/* Reads the configuration and compiles it for this machine, as a start would. Nothing is changed, and no privilege is
 * needed. On failure *planned is cleared. */
int plan_source_read(struct planned *planned, const struct container_settings *settings,
                     const struct plan_request *request, struct error *error) MUST_USE;

void planned_clear(struct planned *planned);

#define CLEANUP_PLANNED CLEANUP(planned_clear)

#endif
