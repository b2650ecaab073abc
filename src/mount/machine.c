/* SPDX-License-Identifier: Apache-2.0 */
#include "mount/machine.h"
#include "kernel/cgroup_environment.h"
#include "kernel/environment.h"

int plan_for_machine(struct plan *plan, const struct config *config, struct error *error)
{
    CLEANUP_CGROUP_ENVIRONMENT struct cgroup_environment cgroups = {0};
    struct plan_environment environment = {
        .selinux = environment_has_selinux(),
        .initial_user_namespace = environment_is_initial_user_namespace(),
    };
    int status = 0;

    if (plan_needs_cgroups(config)) {
        status = cgroup_environment_read(&cgroups, error);
        environment.cgroups = &cgroups;
    }
    return status == 0 ? plan_compile(plan, config, &environment, error) : status;
}
