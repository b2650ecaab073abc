/* SPDX-License-Identifier: Apache-2.0 */
/* What of the machine a plan has been made for. */
#include "kernel/cgroup_environment.h"
#include "plan/compile.h"

#include <string.h>

/* The environment is not needed later, so what is in it is copied. */
int compile_machine(struct compilation *compilation, struct error *error)
{
    const struct plan_environment *environment = compilation->environment;
    const struct id_mappings *mappings = environment->gid_mappings;
    struct plan *plan = compilation->plan;
    struct plan_machine *machine = &plan->machine;

    machine->selinux = environment->selinux;
    machine->initial_user_namespace = environment->initial_user_namespace;
    if (environment->cgroups)
        machine->cgroups = environment->cgroups->is_unified ? PLAN_CGROUPS_V2 : PLAN_CGROUPS_V1;
    if (!mappings || mappings->length == 0)
        return 0;
    machine->gid_mappings.ranges = arena_allocate(&plan->arena, mappings->length, sizeof(*mappings->ranges));
    if (!machine->gid_mappings.ranges)
        return error_memory(error);
    machine->gid_mappings.length = mappings->length;
    memcpy(machine->gid_mappings.ranges, mappings->ranges, mappings->length * sizeof(*mappings->ranges));
    return 0;
}
