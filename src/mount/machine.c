/* SPDX-License-Identifier: Apache-2.0 */
#include "mount/machine.h"
#include "base/fd.h"
#include "kernel/cgroup_environment.h"
#include "kernel/environment.h"

#include <fcntl.h>

static int read_gid_mappings(struct arena *arena, struct id_mappings *ret_mappings, struct error *error)
{
    CLEANUP_FD int self = open("/proc/thread-self", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (self < 0)
        return error_call(error, errno, "open", "cannot open /proc/thread-self");
    return id_mappings_read(self, "gid_map", arena, ret_mappings, error);
}

int plan_for_machine(struct plan *plan, const struct config *config, const struct cgroup_directory *own,
                     size_t length, struct error *error)
{
    CLEANUP_CGROUP_ENVIRONMENT struct cgroup_environment cgroups = {0};
    struct plan_environment environment = {
        .selinux = environment_has_selinux(),
    };
    CLEANUP(arena_clear) struct arena arena = {0};
    struct id_mappings gid_mappings;
    int status = environment_find_user_namespace(&environment.initial_user_namespace, error);

    if (status == 0 && !environment.initial_user_namespace) {
        status = read_gid_mappings(&arena, &gid_mappings, error);
        environment.gid_mappings = &gid_mappings;
    }
    if (status == 0 && plan_needs_cgroups(config)) {
        status = cgroup_environment_read(&cgroups, error);
        cgroup_environment_set_own(&cgroups, own, length);
        environment.cgroups = &cgroups;
    }
    return status == 0 ? plan_compile(plan, config, &environment, error) : status;
}
