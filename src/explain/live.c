/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   statx(place, STATX_MNT_ID) names its row of /proc/PID/mountinfo
 */
#include "explain/live.h"
#include "explain/world_build.h"
#include "kernel/words.h"
#include "plan/lexical.h"
#include "plan/target.h"

#include <fcntl.h>
#include <string.h>

int live_open(struct live *live, struct world *world, const struct mount_table *table, struct error *error)
{
    const struct plan *plan = world->plan;

    live->table = *table;
    live->targets = arena_allocate(&world->arena, plan->length, sizeof(*live->targets));
    if (!live->targets)
        return error_memory(error);
    for (size_t i = 0; i < plan->length; i++) {
        const struct world_walk walk = {.root = "/", .nofollow = plan->operations[i].nofollow};
        CLEANUP_PLACE struct place place = PLACE_NONE;
        const char *target = plan_target(plan, i, &world->arena);

        if (!target)
            return error_memory(error);
        if (plan->operations[i].kind == OPERATION_SYMLINK)
            live->targets[i] = target;
        else if (world_resolve(world, target, &walk, &place, error) == 0)
            live->targets[i] = place.path;
        else
            error_clear(error); /* something that the container changed meanwhile */
    }
    return 0;
}

static const struct mount_entry *find_entry(const struct live *live, const struct place *place)
{
    struct statx status;

    if (place->fd < 0 || statx(place->fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0)
        return NULL;
    for (size_t i = 0; i < live->table.length; i++)
        if (live->table.entries[i].id == status.stx_mnt_id)
            return &live->table.entries[i];
    return NULL;
}

/* The last operation that puts a mount there, or makes the file itself. A mask and a read-only path are
 * mounts, too. */
static size_t find_operation(const struct live *live, const struct world *world, const char *point,
                             const char *path)
{
    for (size_t i = world->plan->length; i > 0; i--) {
        const struct operation *operation = &world->plan->operations[i - 1];
        bool mounts = operation_is_mount(operation) || operation->kind == OPERATION_MASK ||
                      operation->kind == OPERATION_READONLY;
        bool makes = operation->kind == OPERATION_DEVICE || operation->kind == OPERATION_SYMLINK;
        const char *target = live->targets[i - 1];

        if (target && ((mounts && strcmp(target, point) == 0) || (makes && strcmp(target, path) == 0)))
            return i - 1;
    }
    return NO_OPERATION;
}

/* Who set the flag, as far as the plan says. */
static const char *find_setter(const struct live *live, const struct world *world, const char *point,
                               uint64_t attribute)
{
    for (size_t i = world->plan->length; i > 0; i--) {
        const struct operation *operation = &world->plan->operations[i - 1];
        uint64_t set = 0;

        if (!live->targets[i - 1] || strcmp(live->targets[i - 1], point) != 0)
            continue;
        if (operation->kind == OPERATION_BIND)
            set = operation->bind.top.set | operation->bind.tree.set;
        else if (operation->kind == OPERATION_FILESYSTEM)
            set = operation->filesystem.attributes.set;
        else if (operation->kind == OPERATION_ATTRIBUTES)
            set = operation->attributes.change.set;
        else if (operation->kind == OPERATION_REMOUNT)
            set = operation->remount.top.set | operation->remount.tree.set;
        else if (operation->kind == OPERATION_READONLY || operation->kind == OPERATION_MASK)
            set = ATTRIBUTE_RDONLY;
        if (set & attribute)
            return operation->origin;
    }
    return "the mount table";
}

static int fill_flags(const struct live *live, struct world *world, const struct mount_entry *entry,
                      struct explanation *explanation, struct error *error)
{
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct flag_description *flag = &flag_descriptions[i];
        bool whole = i == FLAG_RO && words_have(entry->super_options, flag->name);

        if (!whole && !words_have(entry->options, flag->name))
            continue;
        explanation->flags[i].set = true;
        explanation->flags[i].reason = arena_printf(
            &world->arena, "%s: %s", find_setter(live, world, entry->point, flag->attribute), flag->name);
        if (!explanation->flags[i].reason)
            return error_memory(error);
    }
    return 0;
}

/* The host's name, if the operation binds a path of the host. */
static const char *name_on_host(struct world *world, const struct mount_entry *entry,
                                const struct place *place, size_t operation)
{
    const struct bind_operation *bind;
    const char *source, *below = lexical_below(place->path, entry->point);

    if (operation == NO_OPERATION || world->plan->operations[operation].kind != OPERATION_BIND)
        return NULL;
    bind = &world->plan->operations[operation].bind;
    if (bind->from_root || bind->has_fd || !below)
        return NULL;
    source = lexical_absolute(&world->arena, world->plan->config->bundle, bind->source);
    return source ? world_join(world, source, below) : NULL;
}

static int fill_hidden(const struct live *live, struct world *world, const struct mount_entry *entry,
                       struct strings *hides, struct error *error)
{
    for (size_t i = 0; i < live->table.length; i++) {
        const struct mount_entry *other = &live->table.entries[i];
        const char **string;

        if (other == entry || other->id == entry->id || strcmp(other->point, entry->point) != 0)
            continue;
        string = arena_append(&world->arena, (void **)&hides->values, &hides->length, sizeof(*string));
        if (string)
            *string = arena_printf(&world->arena, "a mount of %s (%s) at %s", other->source, other->type,
                                   other->point);
        if (!string || !*string)
            return error_memory(error);
    }
    return 0;
}

int live_explain_origin(const struct live *live, struct world *world, const struct place *place,
                        struct explanation *explanation, struct error *error)
{
    const struct mount_entry *entry = find_entry(live, place);
    int status;

    explanation->operation = NO_OPERATION;
    explanation->origin = "";
    explanation->shows = "";
    if (!entry)
        return 0;
    explanation->operation = find_operation(live, world, entry->point, place->path);
    explanation->origin = explanation->operation == NO_OPERATION
                              ? "not the configuration: it was mounted since the start, or came from the host"
                              : world->plan->operations[explanation->operation].origin;
    explanation->host = name_on_host(world, entry, place, explanation->operation);
    explanation->shows = explanation->host ? arena_printf(&world->arena, "the host's %s", explanation->host)
                                           : arena_printf(&world->arena, "%s of the %s that is mounted at %s",
                                                          lexical_below(place->path, entry->point)
                                                              ? lexical_below(place->path, entry->point)
                                                              : "a file",
                                                          entry->type, entry->point);
    if (!explanation->shows)
        return error_memory(error);
    status = fill_flags(live, world, entry, explanation, error);
    return status == 0 ? fill_hidden(live, world, entry, &explanation->hides, error) : status;
}
