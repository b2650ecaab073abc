/* SPDX-License-Identifier: Apache-2.0 */
/* Bind mounts of the configuration to operations. */
#include "plan/compile.h"
#include "plan/lexical.h"
#include "plan/mount_options.h"

#include <string.h>

static const char *relabel_value(struct compilation *compilation, enum relabel relabel)
{
    const char *label = compilation->config->mount_label;
    const char *categories;

    if (relabel == RELABEL_PRIVATE)
        return label;
    /* user:role:type:level[:categories]: shared content keeps the level and drops the categories. */
    categories = label;
    for (int colons = 0; colons < 4 && categories; colons++)
        categories = strchr(categories + (colons > 0), ':');
    if (!categories)
        return label;
    return arena_copy_range(&compilation->plan->arena, label, (size_t)(categories - label));
}

static int set_relabel(struct compilation *compilation, enum relabel relabel, struct bind_operation *bind,
                       struct error *error)
{
    if (relabel == RELABEL_NONE)
        return 0;
    if (!compilation->config->mount_label) {
        error_set(error, EINVAL, "option \"%s\" asks for a label, but linux.mountLabel gives none",
                  relabel == RELABEL_SHARED ? "z" : "Z");
        error_hint(error, "set linux.mountLabel, or leave the option out");
        return -EINVAL;
    }
    bind->relabel = relabel_value(compilation, relabel);
    return bind->relabel ? 0 : error_memory(error);
}

/* config.md, "mounts": the mount's own mappings, else the container's, else there is nothing to map by. Mappings
 * without the option are meant all the same (as runc has it). */
static int set_idmap(struct compilation *compilation, const struct config_mount *mount,
                     const struct mount_options *options, struct idmap *ret_idmap, struct error *error)
{
    struct idmap idmap = {.tree = options->tree_idmap};

    if (mount->uid_mappings.length || mount->gid_mappings.length) {
        idmap.kind = IDMAP_GIVEN;
        idmap.uid_mappings = &mount->uid_mappings;
        idmap.gid_mappings = &mount->gid_mappings;
    } else if (options->idmap && !compilation->new_user_namespace) {
        error_set(error, EINVAL, "option \"%s\" without a mapping", options->tree_idmap ? "ridmap" : "idmap");
        error_hint(error, "give the mount uidMappings and gidMappings, or the container a user namespace");
        return -EINVAL;
    } else if (options->idmap) {
        idmap.kind = IDMAP_CONTAINER;
    }
    *ret_idmap = idmap;
    return 0;
}

/* What lies inside the rootfs is looked up in the container, where earlier mounts can be seen. */
static int find_in_rootfs(struct compilation *compilation, struct bind_operation *bind, struct error *error)
{
    const char *absolute, *inside;

    if (bind->has_fd || strcmp(compilation->rootfs, "/") == 0)
        return 0;
    absolute = lexical_absolute(&compilation->plan->arena, compilation->config->bundle, bind->source);
    if (!absolute)
        return error_memory(error);
    inside = lexical_below(absolute, compilation->rootfs);
    if (inside) {
        bind->from_root = true;
        bind->source = inside;
    }
    return 0;
}

int compile_bind(struct compilation *compilation, const struct config_mount *mount, const char *origin,
                 const struct mount_options *options, struct error *error)
{
    struct bind_operation bind = {
        .source = mount->has_source_fd ? "the given source" : mount->source,
        .has_fd = mount->has_source_fd,
        .fd = mount->source_fd,
        .recursive = options->recursive,
        .propagation = compile_incoming_propagation(compilation->config),
        .own_propagation = options->propagation,
        .own_propagation_tree = options->tree_propagation,
        .top = options->top,
        .tree = options->tree,
        .nofollow = options->choices & (CHOICE_SOURCE_NOFOLLOW | CHOICE_COPY_SYMLINK),
        .copies_symlink = options->choices & CHOICE_COPY_SYMLINK,
    };
    struct operation *operation;

    if (!bind.source || !*bind.source)
        return error_set(error, EINVAL, "a bind mount needs a \"source\"");
    /* A slave or shared mount is to hear of the host: made private first, it never would. */
    if (bind.propagation == PROPAGATE_PRIVATE &&
        (options->propagation == PROPAGATE_SLAVE || options->propagation == PROPAGATE_SHARED))
        bind.propagation = PROPAGATE_SLAVE;
    if (find_in_rootfs(compilation, &bind, error) < 0 ||
        set_idmap(compilation, mount, options, &bind.idmap, error) < 0)
        return -error->code;
    if (set_relabel(compilation, options->relabel, &bind, error) < 0)
        return -error->code;
    operation = plan_add(compilation->plan, OPERATION_BIND, origin, mount->destination);
    if (!operation)
        return error_memory(error);
    operation->bind = bind;
    return 0;
}
