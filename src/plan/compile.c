/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/compile.h"
#include "base/array.h"
#include "plan/lexical.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

void plan_clear(struct plan *plan)
{
    arena_clear(&plan->arena);
    free(plan->operations);
    *plan = (struct plan){0};
}

bool operation_is_filesystem(const struct operation *operation, const char *type)
{
    return operation->kind == OPERATION_FILESYSTEM && strcmp(operation->filesystem.type, type) == 0;
}

struct operation *plan_add(struct plan *plan, enum operation_kind kind, const char *origin,
                           const char *target)
{
    struct operation *operation;

    /* Of no arena, which would keep what it has outgrown: with thousands of mounts that is much. */
    if (array_make_room((void **)&plan->operations, plan->length, sizeof(*operation)) < 0)
        return NULL;
    operation = &plan->operations[plan->length++];
    *operation = (struct operation){.kind = kind, .origin = origin, .target = target, .base = OPERATION_ROOT};
    return operation;
}

void plan_error_place(const struct plan *plan, size_t index, struct error *error)
{
    config_error_place(plan->config, error, plan->operations[index].origin);
}

int plan_warn(struct plan *plan, const char *path, const char *text, struct error *error)
{
    CLEANUP_ERROR struct error warning = {0};
    CLEANUP_FREE char *line = NULL;
    const char **place = arena_append(&plan->arena, (void **)&plan->warnings.values, &plan->warnings.length,
                                      sizeof(*plan->warnings.values));

    error_set(&warning, 0, "%s", text);
    config_error_place(plan->config, &warning, path);
    line = error_format(&warning);
    if (!place || !line)
        return error_memory(error);
    *place = arena_copy(&plan->arena, line);
    return *place ? 0 : error_memory(error);
}

/* mount_namespaces(7): what comes from the host is cut off from it, unless the configuration wants to be
 * told of the host's later mounts. A shared root leaves the trees in the host's peer groups. */
uint64_t compile_incoming_propagation(const struct config *config)
{
    switch (config->rootfs_propagation) {
    case PROPAGATION_SLAVE:
        return PROPAGATE_SLAVE;
    case PROPAGATION_SHARED:
        return 0;
    default:
        return PROPAGATE_PRIVATE;
    }
}

static int compile_root(struct compilation *compilation, struct error *error)
{
    const struct config *config = compilation->config;
    struct operation *root = plan_add(compilation->plan, OPERATION_BIND, "root.path", "/");

    if (!root)
        return error_memory(error);
    root->is_base = true;
    root->bind = (struct bind_operation){
        .source = config->has_rootfs_fd ? "the given root" : config->rootfs,
        .has_fd = config->has_rootfs_fd,
        .fd = config->rootfs_fd,
        .recursive = true,
        .only_directory = true,
        .propagation = compile_incoming_propagation(config),
        /* pivot_root(2) takes no shared root; it is made shared at the end. */
        .own_propagation = config->rootfs_propagation == PROPAGATION_SHARED ? PROPAGATE_PRIVATE : 0,
        /* What covers it shows its entries, as they are then. */
        .top = {.set = config->no_traces && config->rootfs_readonly ? ATTRIBUTE_RDONLY : 0},
    };
    return 0;
}

int compile_seal_later(struct compilation *compilation, size_t index, struct error *error)
{
    size_t *place = arena_append(&compilation->plan->arena, (void **)&compilation->seals,
                                 &compilation->seals_length, sizeof(*place));

    if (!place)
        return error_memory(error);
    *place = index;
    return 0;
}

/* A new read-only tmpfs is filled first: what is mounted below it needs its targets. */
static int compile_seals(struct compilation *compilation, struct error *error)
{
    struct plan *plan = compilation->plan;

    for (size_t i = 0; i < compilation->seals_length; i++) {
        size_t sealed = compilation->seals[i];
        struct operation *seal = plan_add(plan, OPERATION_ATTRIBUTES, plan->operations[sealed].origin, "/");

        if (!seal)
            return error_memory(error);
        seal->base = sealed;
        seal->attributes.change.set = ATTRIBUTE_RDONLY;
        plan->operations[sealed].is_base = true;
    }
    return 0;
}

static int compile_paths(struct compilation *compilation, const struct strings *paths, const char *name,
                         enum operation_kind kind, struct error *error)
{
    struct plan *plan = compilation->plan;

    for (size_t i = 0; i < paths->length; i++) {
        const char *origin = arena_printf(&plan->arena, "linux.%s[%zu]", name, i);

        if (!origin || !plan_add(plan, kind, origin, paths->values[i]))
            return error_memory(error);
    }
    return 0;
}

static int compile_root_attributes(struct compilation *compilation, const char *origin, bool recursive,
                                   struct mount_attributes change, struct error *error)
{
    struct operation *operation = plan_add(compilation->plan, OPERATION_ATTRIBUTES, origin, "/");

    if (!operation)
        return error_memory(error);
    operation->attributes = (struct attributes_operation){recursive, change};
    return 0;
}

static int compile_switch(struct compilation *compilation, struct error *error)
{
    const struct config *config = compilation->config;
    struct operation *operation;

    if (config->rootfs_readonly &&
        compile_root_attributes(compilation, "root.readonly", false,
                                (struct mount_attributes){.set = ATTRIBUTE_RDONLY}, error) < 0)
        return -ENOMEM;
    operation = plan_add(compilation->plan, OPERATION_SWITCH_ROOT, "root.path", "/");
    if (!operation)
        return error_memory(error);
    operation->switch_root.pivot = !config->no_pivot_root;
    return 0;
}

/* Last, for pivot_root(2) refuses a shared root. */
static int compile_root_propagation(struct compilation *compilation, struct error *error)
{
    const struct config *config = compilation->config;
    struct mount_attributes change = {0};

    if (config->rootfs_propagation == PROPAGATION_SHARED)
        change.propagation = PROPAGATE_SHARED;
    else if (config->rootfs_propagation == PROPAGATION_UNBINDABLE)
        change.propagation = PROPAGATE_UNBINDABLE;
    else
        return 0;
    return compile_root_attributes(compilation, "linux.rootfsPropagation",
                                   config->rootfs_propagation_recursive, change, error);
}

/* As runc does; nobody gets to a working directory that is missing. */
static int compile_working_directory(struct compilation *compilation, struct error *error)
{
    const struct config *config = compilation->config;
    struct operation *operation;

    if (!config->has_process || strcmp(config->process.cwd, "/") == 0)
        return 0;
    operation = plan_add(compilation->plan, OPERATION_DIRECTORY, "process.cwd", config->process.cwd);
    if (!operation)
        return error_memory(error);
    operation->directory.mode = 0755;
    return 0;
}

static int compile_hook_kinds(struct compilation *compilation, const bool kinds[HOOK_KINDS],
                              struct error *error)
{
    const struct config *config = compilation->config;
    struct operation *operation;

    if (config->has_rootfs_fd || config->parts_length > 0) {
        error_set(error, ENOTSUP, "need a root with a path on the host");
        config_error_place(config, error, "hooks");
        return -ENOTSUP;
    }
    operation = plan_add(compilation->plan, OPERATION_HOOKS, "hooks", "/");
    if (!operation)
        return error_memory(error);
    memcpy(operation->hooks.kinds, kinds, sizeof(operation->hooks.kinds));
    return 0;
}

/* Where runc runs them: everything is mounted, and nothing is hidden or read-only yet that isn't from the beginning. */
static int compile_hooks(struct compilation *compilation, struct error *error)
{
    static const enum config_hook_kind before_switch[] = {HOOK_PRESTART, HOOK_CREATE_RUNTIME,
                                                          HOOK_CREATE_CONTAINER};
    bool kinds[HOOK_KINDS] = {false}, any = false;

    for (size_t i = 0; i < ARRAY_LENGTH(before_switch); i++) {
        kinds[before_switch[i]] = compilation->config->hooks[before_switch[i]].length > 0;
        any = any || kinds[before_switch[i]];
    }
    return any ? compile_hook_kinds(compilation, kinds, error) : 0;
}

/* Into a root that is there: the first operation stands for it, and finds it. */
static int compile_mounts_only(struct compilation *compilation, struct error *error)
{
    struct operation *root = plan_add(compilation->plan, OPERATION_DIRECTORY, "root.path", "/");
    int status = root ? compile_mounts(compilation, error) : error_memory(error);

    return status == 0 ? compile_seals(compilation, error) : status;
}

static int compile_all(struct compilation *compilation, struct error *error)
{
    const struct config *config = compilation->config;
    int status = config->parts_length ? compile_parts(compilation, error) : compile_root(compilation, error);

    if (status == 0)
        status = compile_mounts(compilation, error);
    if (status == 0 && !config->parts_have_mounts)
        status = compile_devices(compilation, error);
    if (status == 0)
        status = compile_working_directory(compilation, error);
    if (status == 0)
        status = compile_hooks(compilation, error);
    if (status == 0)
        status = compile_seals(compilation, error);
    if (status == 0)
        status =
            compile_paths(compilation, &config->readonly_paths, "readonlyPaths", OPERATION_READONLY, error);
    if (status == 0)
        status = compile_paths(compilation, &config->masked_paths, "maskedPaths", OPERATION_MASK, error);
    if (status == 0)
        status = compile_switch(compilation, error);
    if (status == 0)
        status = compile_root_propagation(compilation, error);
    return status;
}

int plan_compile(struct plan *plan, const struct config *config, const struct plan_environment *environment,
                 struct error *error)
{
    const struct config_namespace *user = config_namespace(config, CLONE_NEWUSER);
    struct compilation compilation = {
        .plan = plan,
        .config = config,
        .environment = environment,
        .new_user_namespace = user != NULL,
        .dev = NO_OPERATION,
        .devpts = NO_OPERATION,
    };
    int status = 0;

    *plan = (struct plan){.config = config};
    compilation.rootfs =
        lexical_absolute(&plan->arena, config->bundle, config->rootfs ? config->rootfs : "/");
    if (!compilation.rootfs)
        status = error_memory(error);
    if (status == 0)
        status = compile_machine(&compilation, error);
    if (status == 0)
        status =
            config->mounts_only ? compile_mounts_only(&compilation, error) : compile_all(&compilation, error);
    if (status < 0)
        plan_clear(plan);
    return status;
}
