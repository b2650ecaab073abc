/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plan_source.h"

#include "box/box.h"
#include "cgroup/cgroup.h"
#include "container/no_traces.h"
#include "mount/machine.h"
#include "mount/namespace.h"
#include "rules/policy.h"

#include <sched.h>

void planned_clear(struct planned *planned)
{
    plan_clear(&planned->plan);
    config_clear(&planned->config);
    rules_clear(&planned->rules);
}

/* Without a cgroup namespace a mount of the cgroups shows the container's own, which a start would make. */
static bool shows_own_cgroup(const struct config *config)
{
    return plan_needs_cgroups(config) && !config_namespace(config, CLONE_NEWCGROUP);
}

static int compile(struct planned *planned, const struct container_settings *settings, const char *id,
                   struct error *error)
{
    const struct cgroup_options options = {
        .manager = settings->cgroup_manager, .id = id, .may_go_without = true};
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_CGROUP struct cgroup cgroup = {0};
    struct cgroup_directory *directories = NULL;
    size_t length = 0;
    int status = 0;

    if (shows_own_cgroup(&planned->config)) {
        status = cgroup_open(&cgroup, &planned->config, &options, error);
        if (status == 0)
            status = cgroup_list_directories(&cgroup, &arena, &directories, &length, error);
    }
    return status == 0 ? plan_for_machine(&planned->plan, &planned->config, directories, length, error)
                       : status;
}

/* As box would run a shell by these policies. */
static int read_policies(struct planned *planned, const struct cli_list *policies, struct error *error)
{
    static char *command[] = {NULL};
    struct box box = {.rules = &planned->rules, .command = command};
    int status = mount_namespace_find_privilege(&box.privileged, error);

    for (size_t i = 0; i < policies->length && status == 0; i++)
        status = policy_read_file(&planned->rules, policies->values[i], error);
    return status == 0 ? box_configure(&box, &planned->config, error) : status;
}

int plan_source_read(struct planned *planned, const struct container_settings *settings,
                     const struct plan_request *request, struct error *error)
{
    int status;

    *planned = (struct planned){0};
    if (request->policies && request->policies->length > 0)
        status = read_policies(planned, request->policies, error);
    else
        status = config_read_bundle(&planned->config, request->bundle, request->config_name, error);
    if (status < 0) {
        rules_clear(&planned->rules);
        return status;
    }
    planned->config.no_pivot_root = request->no_pivot;
    if (request->no_traces || no_traces_is_wanted(&planned->config))
        status = no_traces_arrange(&planned->config, error);
    if (status == 0)
        status = compile(planned, settings, request->id, error);
    if (status < 0)
        planned_clear(planned);
    return status;
}
