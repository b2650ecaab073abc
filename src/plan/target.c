/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/target.h"
#include "plan/lexical.h"

#include <string.h>

const char *plan_target(const struct plan *plan, size_t index, struct arena *arena)
{
    const struct operation *operation = &plan->operations[index];
    const char *base = "/";

    if (operation->base != OPERATION_ROOT && operation->base < index)
        base = plan_target(plan, operation->base, arena);
    return base ? lexical_absolute(arena, base, operation->target + strspn(operation->target, "/")) : NULL;
}

bool operation_is_mount(const struct operation *operation)
{
    static const bool mounts[OPERATION_KINDS] = {
        [OPERATION_BIND] = true,    [OPERATION_FILESYSTEM] = true, [OPERATION_OVERLAY] = true,
        [OPERATION_CONSOLE] = true, [OPERATION_FILE] = true,
    };

    return mounts[operation->kind];
}

/* Whether the later operation makes the mount at that path read-only. */
static bool makes_readonly(const struct plan *plan, size_t index, const char *target, struct arena *arena)
{
    const struct operation *operation = &plan->operations[index];
    const char *path;

    if (operation->kind != OPERATION_ATTRIBUTES && operation->kind != OPERATION_REMOUNT &&
        operation->kind != OPERATION_READONLY)
        return false;
    path = plan_target(plan, index, arena);
    if (!path)
        return false;
    if (operation->kind == OPERATION_READONLY)
        return lexical_below(target, path) != NULL;
    if (operation->kind == OPERATION_ATTRIBUTES)
        return strcmp(path, target) == 0 && (operation->attributes.change.set & ATTRIBUTE_RDONLY);
    return strcmp(path, target) == 0 &&
           ((operation->remount.top.set | operation->remount.tree.set) & ATTRIBUTE_RDONLY);
}

bool plan_bind_is_writable(const struct plan *plan, size_t index, struct arena *arena)
{
    const struct bind_operation *bind = &plan->operations[index].bind;
    uint64_t set = (bind->tree.set & ~bind->top.clear) | bind->top.set;
    const char *target = plan_target(plan, index, arena);

    if (set & ATTRIBUTE_RDONLY)
        return false;
    for (size_t i = index + 1; target && i < plan->length; i++)
        if (makes_readonly(plan, i, target, arena))
            return false;
    return true;
}
