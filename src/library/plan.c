/* SPDX-License-Identifier: Apache-2.0 */
#include "library/edge.h"
#include "mount/addition.h"
#include "mount/machine.h"

/* Without a bundle they would start from wherever the caller's working directory is at the time. */
static int check_sources(const struct plan *plan, struct error *error)
{
    for (size_t i = 0; i < plan->length && !plan->config->bundle; i++) {
        const struct operation *operation = &plan->operations[i];

        if (operation->kind != OPERATION_BIND || operation->bind.has_fd || *operation->bind.source == '/')
            continue;
        error_set(error, EINVAL, "the path %s is relative, but no bundle was given", operation->bind.source);
        plan_error_place(plan, i, error);
        return -EINVAL;
    }
    return 0;
}

int hf_plan_new(hf_config *config, hf_plan **ret_plan, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE hf_plan *plan = calloc(1, sizeof(*plan));

    if (!plan)
        error_memory(&error);
    if (!plan || edge_arrange_rules(config, &error) < 0 ||
        plan_for_machine(&plan->plan, &config->config, NULL, 0, &error) < 0)
        return edge_fail(&error, ret_error);
    if ((config->config.mounts_only && addition_prepare_plan(&plan->plan, &error) < 0) ||
        check_sources(&plan->plan, &error) < 0 || edge_fill_warnings(plan, &error) < 0) {
        plan_clear(&plan->plan);
        return edge_fail(&error, ret_error);
    }
    plan->config = config;
    atomic_fetch_add(&config->owners, 1);
    *ret_plan = pointer_take(&plan);
    return 0;
}

void hf_plan_free(hf_plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; plan->lines && i < plan->plan.length; i++)
        free(plan->lines[i]);
    free(plan->lines);
    plan_listing_clear(&plan->listing);
    plan_clear(&plan->plan);
    hf_config_free(plan->config);
    free(plan);
}

size_t hf_plan_length(const hf_plan *plan)
{
    return plan->plan.length;
}

const char *hf_plan_line(hf_plan *plan, size_t index)
{
    if (index >= plan->plan.length)
        return NULL;
    if (!plan->lines)
        plan->lines = calloc(plan->plan.length, sizeof(*plan->lines));
    if (!plan->lines)
        return NULL;
    if (!plan->lines[index])
        plan->lines[index] = plan_line(&plan->plan, index);
    return plan->lines[index];
}
