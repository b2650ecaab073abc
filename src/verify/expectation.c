/* SPDX-License-Identifier: Apache-2.0 */
/* The plan's operations in their order, and beside them what was noted of each while it was carried out. */
#include "plan/lexical.h"
#include "verify/expecting.h"

#include <string.h>

/* ------------------------------------------------------------------ changes of mounts that are there */

/* To the mount, and to those below it that are in place by now; a parent always comes before its children. */
static int change_tree(struct expecting *work, size_t top, const struct mount_attributes *attributes,
                       uint64_t propagation)
{
    struct expectation *expectation = &work->expectation;
    CLEANUP_FREE bool *inside = calloc(expectation->length, sizeof(*inside));

    if (!inside)
        return -ENOMEM;
    for (size_t i = top; i < expectation->length; i++) {
        size_t parent = id_map_find(&work->expectation.by_id, expectation->mounts[i].parent_id);

        inside[i] = i == top || (parent != NO_PLACE && parent < i && inside[parent]);
        if (!inside[i])
            continue;
        expect_change(&expectation->mounts[i], attributes);
        expect_change_below(&expectation->mounts[i], attributes);
        expect_propagate(work, &expectation->mounts[i], propagation);
    }
    return 0;
}

/* By the plan alone: the last one that is mounted there. */
static size_t find_place(const struct expectation *expectation, const char *place)
{
    for (size_t i = expectation->length; i > 0; i--)
        if (strcmp(expectation->mounts[i - 1].place, place) == 0)
            return i - 1;
    return NO_PLACE;
}

static size_t find_remounted(const struct expecting *work, size_t index, const struct mount_event *event,
                             const char *place)
{
    (void)index;
    return event ? id_map_find(&work->expectation.by_id, event->mount.id)
                 : find_place(&work->expectation, place);
}

/* A mount that came along with a bind is none of the expected: what is done to it is not known here. */
static int expect_remount(struct expecting *work, size_t index, const struct mount_event *event,
                          const char *place)
{
    const struct remount_operation *remount = &work->plan->operations[index].remount;
    size_t found = find_remounted(work, index, event, place);
    uint64_t tree_propagation = remount->propagation_tree ? remount->propagation : 0;
    int status;

    work->expectation.has_sharing |= remount->propagation == PROPAGATE_SHARED;
    if (found == NO_PLACE)
        return 0;
    status = change_tree(work, found, &remount->tree, tree_propagation);
    expect_change(&work->expectation.mounts[found], &remount->top);
    expect_propagate(work, &work->expectation.mounts[found], remount->propagation);
    return status;
}

static int expect_attributes(struct expecting *work, size_t index)
{
    const struct operation *operation = &work->plan->operations[index];
    const struct attributes_operation *attributes = &operation->attributes;
    size_t found = work->of_operation[operation->base];

    if (found == NO_PLACE)
        return 0;
    if (attributes->recursive)
        return change_tree(work, found, &attributes->change, attributes->change.propagation);
    expect_change(&work->expectation.mounts[found], &attributes->change);
    expect_propagate(work, &work->expectation.mounts[found], attributes->change.propagation);
    return 0;
}

/* ------------------------------------------------------------------ the plan */

static const struct mount_event *take_event(struct expecting *work, size_t index)
{
    const struct mount_journal *journal = work->build ? &work->build->mount_journal : NULL;

    if (!journal || work->next_event == journal->length ||
        journal->events[work->next_event].operation != index)
        return NULL;
    return &journal->events[work->next_event++];
}

/* Absolute: below the mount that the target is relative to. */
static const char *find_absolute(struct expecting *work, const struct operation *operation)
{
    size_t base = operation->base == OPERATION_ROOT ? NO_PLACE : work->of_operation[operation->base];
    struct arena *arena = &work->expectation.arena;
    const char *path = operation->target;

    if (base != NO_PLACE)
        path = arena_printf(arena, "%s/%s", work->expectation.mounts[base].place, operation->target);
    return path ? lexical_absolute(arena, NULL, path) : NULL;
}

static bool has_to_mount(const struct expecting *work, size_t index)
{
    const struct operation *operation = &work->plan->operations[index];

    if (operation->kind == OPERATION_MASK || operation->kind == OPERATION_READONLY)
        return false;
    return operation->kind != OPERATION_BIND || !work->build->slots[index].symlink;
}

static int add(struct expecting *work, size_t index, const struct mount_event *event, const char *place,
               struct error *error)
{
    struct expectation *expectation = &work->expectation;
    struct expected_mount *mount;

    if (work->build && !event) {
        if (!has_to_mount(work, index))
            return 0;
        error_set(error, EIO, "nothing was mounted at %s", place);
        plan_error_place(work->plan, index, error);
        return -EIO;
    }
    /* What is put onto the root is the root then, and the one below it goes. */
    for (size_t i = 0; strcmp(place, "/") == 0 && i < expectation->length; i++)
        if (strcmp(expectation->mounts[i].place, "/") == 0)
            expectation->mounts[i].may_be_missing = true;
    work->of_operation[index] = expectation->length;
    mount = &expectation->mounts[expectation->length];
    mount->origin = work->plan->operations[index].origin;
    mount->place = place;
    mount->before_hooks = !expectation->has_hooks;
    expect_kind[work->plan->operations[index].kind](work, index, mount, event);
    expectation->length++;
    if (!event)
        return 0;
    mount->id = event->mount.id;
    mount->parent_id = strcmp(place, "/") == 0 ? 0 : event->parent_id;
    mount->has_device = true;
    mount->device = event->mount.device;
    id_map_put(&work->expectation.by_id, mount->id, expectation->length - 1);
    return 0;
}

static int expect(struct expecting *work, size_t index, struct error *error)
{
    const struct operation *operation = &work->plan->operations[index];
    const struct mount_event *event = take_event(work, index);
    const char *place = find_absolute(work, operation);
    int status = 0;

    work->of_operation[index] = NO_PLACE;
    if (!place)
        return error_memory(error);
    if (operation->kind == OPERATION_HOOKS)
        work->expectation.has_hooks = true;
    if (expect_kind[operation->kind])
        return add(work, index, event, place, error);
    if (operation->kind == OPERATION_REMOUNT)
        status = expect_remount(work, index, event, place);
    else if (operation->kind == OPERATION_ATTRIBUTES)
        status = expect_attributes(work, index);
    return status < 0 ? error_memory(error) : 0;
}

static int note_before_hooks(struct expecting *work)
{
    const struct build *build = work->build;
    int status;

    if (!build || !build->before_hooks)
        return 0;
    status =
        id_map_init(&work->expectation.before_hooks, &work->expectation.arena, build->before_hooks_length);
    for (size_t i = 0; i < build->before_hooks_length && status == 0; i++)
        id_map_put(&work->expectation.before_hooks, build->before_hooks[i], i);
    return status;
}

static int allocate(struct expecting *work)
{
    struct arena *arena = &work->expectation.arena;
    size_t length = work->plan->length;

    work->expectation.mounts = arena_allocate(arena, length, sizeof(*work->expectation.mounts));
    work->of_operation = arena_allocate(arena, length, sizeof(*work->of_operation));
    if (note_before_hooks(work) < 0)
        return -ENOMEM;
    return work->expectation.mounts && work->of_operation
               ? id_map_init(&work->expectation.by_id, arena, length)
               : -ENOMEM;
}

int expectation_from_plan(struct expectation *ret_expectation, const struct plan *plan,
                          const struct build *build, struct error *error)
{
    struct expecting work = {.plan = plan, .build = build};
    int status = allocate(&work) < 0 ? error_memory(error) : 0;

    work.expectation.is_addition = plan->config->mounts_only;
    work.expectation.has_sharing = plan->config->rootfs_propagation == PROPAGATION_SHARED;
    for (size_t i = 0; i < plan->length && status == 0; i++)
        status = expect(&work, i, error);
    if (status < 0)
        expectation_clear(&work.expectation);
    else
        *ret_expectation = work.expectation;
    return status;
}

void expectation_clear(struct expectation *expectation)
{
    arena_clear(&expectation->arena);
    *expectation = (struct expectation){0};
}
