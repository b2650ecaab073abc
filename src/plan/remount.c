/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mount with the option "remount" changes what is mounted at its destination already. As in mount(8),
 * attributes and propagation are the mount's, words for the file system are the file system's, and type and
 * source say nothing. Only what is named changes; "ro" alone never reaches the file system itself, which may
 * be the host's.
 */
#include "plan/compile.h"

#include <string.h>

static int join_parameters(struct compilation *compilation, const struct mount_options *options,
                           struct strings *ret_parameters, struct error *error)
{
    size_t length = options->data.length + options->superblock.length;
    const char **values = arena_allocate(&compilation->plan->arena, length + 1, sizeof(*values));

    if (!values)
        return error_memory(error);
    for (size_t i = 0; i < length; i++)
        values[i] = i < options->data.length ? options->data.values[i]
                                             : options->superblock.values[i - options->data.length];
    *ret_parameters = (struct strings){values, length};
    return 0;
}

int compile_remount(struct compilation *compilation, const struct config_mount *mount, const char *origin,
                    const char *destination, const struct mount_options *options, struct error *error)
{
    bool fills_dev =
        strcmp(destination, "/dev") == 0 && compilation->dev != NO_OPERATION && !compilation->dev_is_bound;
    struct operation *operation = plan_add(compilation->plan, OPERATION_REMOUNT, origin, mount->destination);

    if (!operation)
        return error_memory(error);
    operation->nofollow = options->choices & CHOICE_TARGET_NOFOLLOW;
    operation->remount = (struct remount_operation){
        .top = options->top,
        .tree = options->tree,
        .propagation = options->propagation,
        .propagation_tree = options->tree_propagation,
    };
    if (join_parameters(compilation, options, &operation->remount.parameters, error) < 0)
        return -error->code;
    if (!fills_dev || !(options->top.set & ATTRIBUTE_RDONLY))
        return 0;
    /* Nodes and links are made in it yet. */
    operation->remount.top.set &= ~(uint64_t)ATTRIBUTE_RDONLY;
    return compile_seal_later(compilation, compilation->dev, error);
}
