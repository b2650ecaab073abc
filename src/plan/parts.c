/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's own tree as the root of a box: copy-on-write where it can be, read-only where not. */
#include "plan/compile.h"

#include <string.h>

#define ORIGIN "the machine's tree"

static struct operation *add(struct compilation *compilation, enum operation_kind kind,
                             const struct config_part *part)
{
    return plan_add(compilation->plan, kind, ORIGIN, part->path);
}

/* What was added last becomes read-only in the end. */
static int seal(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    if (!compilation->config->rootfs_readonly && !part->readonly)
        return 0;
    return compile_seal_later(compilation, compilation->plan->length - 1, error);
}

static int add_copy_on_write(struct compilation *compilation, const struct config_part *part,
                             struct error *error)
{
    struct operation *operation = add(compilation, OPERATION_OVERLAY, part);

    if (!operation)
        return error_memory(error);
    operation->overlay = (struct overlay_operation){
        .lower = part->path,
        .layers = part->layers,
        .user_xattr = compilation->new_user_namespace || !compilation->environment->initial_user_namespace,
        .attributes = {.set = ATTRIBUTE_NODEV},
    };
    return seal(compilation, part, error);
}

static int add_readonly(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    struct operation *operation = add(compilation, OPERATION_BIND, part);

    if (!operation)
        return error_memory(error);
    operation->bind = (struct bind_operation){
        .source = part->path,
        .recursive = true,
        .propagation = PROPAGATE_PRIVATE,
        .tree = {.set = ATTRIBUTE_RDONLY | ATTRIBUTE_NODEV},
    };
    return 0;
}

/* The root itself is a tmpfs; the directories below are made in it. */
static int add_directory(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    static const char *const parameters[] = {"mode=755"};
    bool root = strcmp(part->path, "/") == 0;
    struct operation *operation = add(compilation, root ? OPERATION_FILESYSTEM : OPERATION_DIRECTORY, part);

    if (!operation)
        return error_memory(error);
    if (!root) {
        operation->directory.mode = part->mode;
        return 0;
    }
    operation->filesystem = (struct filesystem_operation){
        .type = "tmpfs",
        .source = "tmpfs",
        .attributes = {.set = ATTRIBUTE_NODEV},
    };
    operation->filesystem.parameters.values = arena_allocate(&compilation->plan->arena, 1, sizeof(char *));
    if (!operation->filesystem.parameters.values)
        return error_memory(error);
    operation->filesystem.parameters.values[0] = parameters[0];
    operation->filesystem.parameters.length = 1;
    return part->readonly ? seal(compilation, part, error) : 0;
}

static int add_symlink(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    struct operation *operation = add(compilation, OPERATION_SYMLINK, part);

    if (!operation)
        return error_memory(error);
    operation->symlink.text = part->text;
    return 0;
}

static int add_part(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    switch (part->kind) {
    case PART_COPY_ON_WRITE:
        return add_copy_on_write(compilation, part, error);
    case PART_READONLY:
        return add_readonly(compilation, part, error);
    case PART_DIRECTORY:
        return add_directory(compilation, part, error);
    case PART_SYMLINK:
        return add_symlink(compilation, part, error);
    }
    return error_set(error, EINVAL, "unknown part of the machine's tree");
}

int compile_parts(struct compilation *compilation, struct error *error)
{
    const struct config *config = compilation->config;
    int status = 0;

    for (size_t i = 0; i < config->parts_length && status == 0; i++)
        status = add_part(compilation, &config->parts[i], error);
    if (status == 0)
        compilation->plan->operations[OPERATION_ROOT].is_base = true;
    return status;
}
