/* SPDX-License-Identifier: Apache-2.0 */
/* Hazards of mounts among each other, and of what they send to the host. */
#include "plan/hazards.h"
#include "plan/lexical.h"
#include "plan/target.h"

#include <string.h>

/* Bound onto itself with all that is below it, a tree shows it still. */
static bool shows_itself(const struct operation *operation, const char *target)
{
    return operation->kind == OPERATION_BIND && operation->bind.from_root && operation->bind.recursive &&
           strcmp(operation->bind.source, target) == 0;
}

static int find_hidden(const struct hazard_search *search, size_t index, struct error *error)
{
    const struct plan *plan = search->plan;
    const char *target = search->targets[index];
    int status = 0;

    if (shows_itself(&plan->operations[index], target))
        return 0;
    /* What is below the root is there for others to be mounted on. */
    for (size_t i = OPERATION_ROOT + 1; i < index && status == 0; i++)
        if (operation_is_mount(&plan->operations[i]) && lexical_below(search->targets[i], target))
            status = hazard_add(search, "hidden-mount", index, error, "hides the mount at %s (%s)",
                                search->targets[i], plan->operations[i].origin);
    return status;
}

/* Whether mounts that the container makes below this one come up on the host: it stays in the peer group of
 * its source. A bind mount's own "shared" alone begins with a slave of the host's (src/plan/binds.c). */
static bool sends_to_host(const struct bind_operation *bind)
{
    return bind->propagation == 0 &&
           !(bind->own_propagation & (PROPAGATE_PRIVATE | PROPAGATE_SLAVE | PROPAGATE_UNBINDABLE));
}

static bool is_shared(const struct bind_operation *bind)
{
    return sends_to_host(bind) || bind->own_propagation == PROPAGATE_SHARED;
}

/* Where the target is on the host, as long as the root is what is mounted there. */
static const char *target_on_host(const struct hazard_search *search, const char *target)
{
    const struct config *config = search->plan->config;
    const char *root =
        config->rootfs ? lexical_absolute(search->arena, config->bundle, config->rootfs) : NULL;

    return root ? lexical_absolute(search->arena, root, target + 1) : NULL;
}

/* The tree that is bound contains the place where it is bound: what is mounted below goes on to both. */
static bool contains_itself(const struct hazard_search *search, const struct operation *operation,
                            const char *target)
{
    const struct bind_operation *bind = &operation->bind;
    const char *source, *place = target;

    if (bind->from_root) {
        source = bind->source;
    } else {
        source = lexical_absolute(search->arena, search->plan->config->bundle, bind->source);
        place = target_on_host(search, target);
    }
    return source && place && lexical_below(place, source);
}

static int find_shared(const struct hazard_search *search, size_t index, struct error *error)
{
    const struct operation *operation = &search->plan->operations[index];
    const char *target = search->targets[index];
    int status = 0;

    if (operation->bind.has_fd || operation->bind.device)
        return 0;
    if (is_shared(&operation->bind) && contains_itself(search, operation, target))
        status = hazard_add(search, "self-bind-shared", index, error,
                            "%s is shared and contains %s itself: its mounts double with every such mount",
                            operation->bind.source, target);
    if (status == 0 && sends_to_host(&operation->bind) && !operation->bind.from_root)
        status = hazard_add(search, "shared-propagation-out", index, error,
                            "what the container mounts below %s is mounted on the host, too", target);
    return status;
}

int hazards_of_mounts(const struct hazard_search *search, size_t index, struct error *error)
{
    const struct operation *operation = &search->plan->operations[index];
    int status = 0;

    /* The root itself is private when the container starts (compile_root). */
    if (index == OPERATION_ROOT || !operation_is_mount(operation))
        return 0;
    status = find_hidden(search, index, error);
    return status == 0 && operation->kind == OPERATION_BIND ? find_shared(search, index, error) : status;
}
