/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a box to operations: the machine's own tree, and what rules say. */
#include "plan/compile.h"

#include <string.h>

#define ORIGIN "the machine's tree"

static const char *origin_of(const struct config_part *part)
{
    return part->origin ? part->origin : ORIGIN;
}

static struct operation *add(struct compilation *compilation, enum operation_kind kind,
                             const struct config_part *part)
{
    return plan_add(compilation->plan, kind, origin_of(part), part->path);
}

static int add_copy_on_write(struct compilation *compilation, const struct config_part *part,
                             struct error *error)
{
    struct operation *operation = add(compilation, OPERATION_OVERLAY, part);

    if (!operation)
        return error_memory(error);
    operation->overlay = (struct overlay_operation){
        .lower = part->source ? part->source : part->path,
        .user_xattr = compilation->new_user_namespace || !compilation->environment->initial_user_namespace,
        .attributes = {.set = ATTRIBUTE_NODEV},
        .layers = part->layers,
        .added = part->added,
        .hidden = part->hidden,
    };
    return part->readonly ? compile_seal_later(compilation, compilation->plan->length - 1, error) : 0;
}

static int add_readonly(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    struct operation *operation = add(compilation, OPERATION_BIND, part);

    if (!operation)
        return error_memory(error);
    operation->bind = (struct bind_operation){
        .source = part->source ? part->source : part->path,
        .recursive = true,
        .propagation = PROPAGATE_PRIVATE,
        .tree = {.set = ATTRIBUTE_RDONLY | ATTRIBUTE_NODEV},
    };
    return 0;
}

static int add_mount(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    int status = compile_mount(compilation, part->mount, origin_of(part), error);

    if (status < 0)
        error_place(error, "%s", origin_of(part));
    return status;
}

static int add_cover(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    struct operation *operation = add(compilation, OPERATION_COVER, part);

    if (!operation)
        return error_memory(error);
    operation->cover.hidden = part->hidden;
    return compile_seal_later(compilation, compilation->plan->length - 1, error);
}

/* Bound to itself, where it is in the box. */
static int add_pin(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    struct operation *operation = add(compilation, OPERATION_BIND, part);

    if (!operation)
        return error_memory(error);
    operation->bind = (struct bind_operation){
        .source = part->path,
        .from_root = true,
        .only_directory = true,
        .recursive = true,
        .propagation = PROPAGATE_PRIVATE,
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
    return part->readonly ? compile_seal_later(compilation, OPERATION_ROOT, error) : 0;
}

static int add_symlink(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    struct operation *operation = add(compilation, OPERATION_SYMLINK, part);

    if (!operation)
        return error_memory(error);
    operation->symlink.text = part->text;
    return 0;
}

static int add_file(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    struct operation *operation = add(compilation, OPERATION_FILE, part);

    if (!operation)
        return error_memory(error);
    operation->file = (struct file_operation){part->text, part->text_length, part->mode, part->readonly};
    return 0;
}

static int add_deny(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    struct operation *operation = add(compilation, OPERATION_DENY, part);

    if (!operation)
        return error_memory(error);
    operation->deny.face = part->face;
    operation->nofollow = true;
    return 0;
}

static int add_devices(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    (void)part;
    return compile_devices(compilation, error);
}

static int add_layers(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    return add(compilation, OPERATION_LAYERS, part) ? 0 : error_memory(error);
}

static int (*const kinds[])(struct compilation *compilation, const struct config_part *part,
                            struct error *error) = {
    [PART_COPY_ON_WRITE] = add_copy_on_write,
    [PART_READONLY] = add_readonly,
    [PART_MOUNT] = add_mount,
    [PART_COVER] = add_cover,
    [PART_PIN] = add_pin,
    [PART_DIRECTORY] = add_directory,
    [PART_SYMLINK] = add_symlink,
    [PART_FILE] = add_file,
    [PART_DENY] = add_deny,
    [PART_DEVICES] = add_devices,
    [PART_LAYERS] = add_layers,
};

static int add_part(struct compilation *compilation, const struct config_part *part, struct error *error)
{
    int status = kinds[part->kind](compilation, part, error);

    return status == 0 && part->warning ? plan_warn(compilation->plan, "", part->warning, error) : status;
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
