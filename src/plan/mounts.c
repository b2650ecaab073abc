/* SPDX-License-Identifier: Apache-2.0 */
/* mounts[] of the configuration to operations. */
#include "plan/compile.h"
#include "plan/lexical.h"
#include "plan/mount_options.h"

#include <sched.h>
#include <string.h>

/* What holdfast knows of a file system type; a type that is not here is handed to the kernel as it is. */
struct filesystem_type {
    const char *name;
    bool real_directory; /* its target may not be a link: CVE-2019-19921, CVE-2023-28642 */
    bool no_context;     /* SELinux labels its root by xattr, or not at all */
    bool label_root;     /* … by xattr (runc does that for mqueue) */
    bool filled;         /* gets mount points or nodes of ours: read-only comes last */
    bool gives_root;     /* its root belongs to who made the ipc namespace (mq_overview(7)) */
    bool on_host;        /* made of paths of the host */
    bool whole_machine;  /* one superblock for all: what changes is the mount alone */
};

static const struct filesystem_type filesystem_types[] = {
    {.name = "proc", .real_directory = true, .no_context = true},
    {.name = "sysfs", .real_directory = true, .no_context = true},
    {.name = "mqueue", .no_context = true, .label_root = true, .gives_root = true},
    {.name = "tmpfs", .filled = true},
    {.name = "ramfs", .filled = true},
    {.name = "overlay", .on_host = true},
    {.name = "cgroup", .no_context = true, .whole_machine = true},
    {.name = "cgroup2", .no_context = true, .whole_machine = true},
};

static struct filesystem_type find_type(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(filesystem_types); i++)
        if (strcmp(filesystem_types[i].name, name) == 0)
            return filesystem_types[i];
    return (struct filesystem_type){.name = name};
}

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

static int add_parameter(struct compilation *compilation, struct filesystem_operation *filesystem,
                         const char *parameter, struct error *error)
{
    const char **place = arena_append(&compilation->plan->arena, (void **)&filesystem->parameters.values,
                                      &filesystem->parameters.length, sizeof(const char *));

    if (!place)
        return error_memory(error);
    *place = parameter;
    return 0;
}

/* devpts: a gid that the user namespace does not map can't be given; the files then belong to who opens them.
 */
static bool is_unmapped_gid(const struct compilation *compilation, const char *type, const char *parameter)
{
    const struct id_mappings *mappings = compilation->new_user_namespace ? &compilation->config->gid_mappings
                                                                         : compilation->environment->gid_mappings;
    uint32_t host;
    char *end;
    unsigned long gid;

    if (strcmp(type, "devpts") != 0 || strncmp(parameter, "gid=", 4) != 0 || !mappings)
        return false;
    gid = strtoul(parameter + 4, &end, 10);
    return !*end && !id_mappings_to_host(mappings, (uint32_t)gid, &host);
}

static bool has_parameter(const struct filesystem_operation *filesystem, const char *prefix)
{
    for (size_t i = 0; i < filesystem->parameters.length; i++)
        if (strncmp(filesystem->parameters.values[i], prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

static int add_label(struct compilation *compilation, const struct filesystem_type *type,
                     struct filesystem_operation *filesystem, struct error *error)
{
    const char *label = compilation->config->mount_label;
    char *parameter;

    if (!compilation->environment->selinux || !label)
        return 0;
    if (type->label_root)
        filesystem->label = label;
    if (type->no_context || has_parameter(filesystem, "context="))
        return 0;
    parameter = arena_printf(&compilation->plan->arena, "context=%s", label);
    return parameter ? add_parameter(compilation, filesystem, parameter, error) : error_memory(error);
}

static int add_parameters(struct compilation *compilation, const struct filesystem_type *type,
                          const struct mount_options *options, struct filesystem_operation *filesystem,
                          struct error *error)
{
    for (size_t i = 0; i < options->data.length; i++) {
        const char *parameter = options->data.values[i];

        if (is_unmapped_gid(compilation, type->name, parameter))
            continue;
        if (add_parameter(compilation, filesystem, parameter, error) < 0)
            return -ENOMEM;
    }
    for (size_t i = 0; i < options->superblock.length; i++)
        if (add_parameter(compilation, filesystem, options->superblock.values[i], error) < 0)
            return -ENOMEM;
    /* As with mount(2), a read-only mount of a new file system makes the file system itself read-only. */
    if ((filesystem->attributes.set & ATTRIBUTE_RDONLY) && !type->filled && !type->whole_machine &&
        add_parameter(compilation, filesystem, "ro", error) < 0)
        return -ENOMEM;
    return add_label(compilation, type, filesystem, error);
}

int compile_filesystem(struct compilation *compilation, const struct config_mount *mount, const char *origin,
                       const struct mount_options *options, struct error *error)
{
    struct filesystem_type type = find_type(mount->type);
    struct filesystem_operation filesystem = {
        .type = mount->type,
        .source = mount->source ? mount->source : mount->type,
        .attributes = {.set = (options->tree.set & ~options->top.clear) | options->top.set},
        .propagation = options->propagation,
        .on_host = type.on_host || (mount->source && *mount->source == '/'),
        .real_directory = type.real_directory,
        .gives_root = type.gives_root && compilation->new_user_namespace,
    };
    struct operation *operation;

    if (add_parameters(compilation, &type, options, &filesystem, error) < 0)
        return -error->code;
    filesystem.keeps_mode = strcmp(type.name, "tmpfs") == 0 && !has_parameter(&filesystem, "mode=");
    filesystem.copies_up = options->choices & CHOICE_COPY_UP;
    filesystem.keeps_uid = filesystem.copies_up && has_parameter(&filesystem, "uid=");
    filesystem.keeps_gid = filesystem.copies_up && has_parameter(&filesystem, "gid=");
    operation = plan_add(compilation->plan, OPERATION_FILESYSTEM, origin, mount->destination);
    if (!operation)
        return error_memory(error);
    operation->filesystem = filesystem;
    if (!type.filled || !(filesystem.attributes.set & ATTRIBUTE_RDONLY))
        return 0;
    operation->filesystem.attributes.set &= ~(uint64_t)ATTRIBUTE_RDONLY;
    return compile_seal_later(compilation, compilation->plan->length - 1, error);
}

/* sysfs belongs to a network namespace: who doesn't own it can't mount one, and gets the host's, read-only.
 */
static int add_host_sysfs(struct compilation *compilation, const char *origin, const char *destination,
                          const struct mount_options *options, struct error *error)
{
    struct operation *operation = plan_add(compilation->plan, OPERATION_BIND, origin, destination);

    if (!operation)
        return error_memory(error);
    operation->bind = (struct bind_operation){
        .source = "/sys",
        .recursive = true,
        .only_directory = true,
        .propagation = compile_incoming_propagation(compilation->config),
        .top = options->top,
        .tree = {.set = ATTRIBUTE_RDONLY},
    };
    operation->bind.top.clear &= ~(uint64_t)ATTRIBUTE_RDONLY;
    return 0;
}

static bool needs_host_sysfs(const struct compilation *compilation, const char *type)
{
    bool own_user = compilation->new_user_namespace || !compilation->environment->initial_user_namespace;

    return strcmp(type, "sysfs") == 0 && own_user && !config_namespace(compilation->config, CLONE_NEWNET);
}

static int check_new_filesystem(const struct config_mount *mount, const struct mount_options *options,
                                struct error *error)
{
    if (options->relabel != RELABEL_NONE)
        return error_set(error, EINVAL, "options \"z\" and \"Z\" are for bind mounts only");
    if (options->idmap || mount->uid_mappings.length)
        return error_set(error, EINVAL, "an idmap is for bind mounts only");
    if ((options->choices & CHOICE_COPY_UP) && strcmp(mount->type, "tmpfs") != 0)
        return error_set(error, EINVAL, OPTION_COPY_UP_REFUSED);
    return 0;
}

/* Remembers the mounts that others depend on. */
static void note_mount(struct compilation *compilation, const char *destination, const char *type, bool bind)
{
    size_t index = compilation->plan->length - 1;

    if (strcmp(destination, "/dev") == 0) {
        compilation->dev = index;
        compilation->dev_is_bound = bind;
        compilation->devpts = NO_OPERATION;
    } else if (strcmp(destination, "/dev/pts") == 0) {
        compilation->devpts = !bind && strcmp(type, "devpts") == 0 ? index : NO_OPERATION;
    }
}

/* mount(8) knows these words, and runc and crun take them; but a bind mount has its source's file system. */
static int warn_of_superblock(struct compilation *compilation, const char *origin,
                              const struct mount_options *options, struct error *error)
{
    const char *text;

    if (!options->bind || (options->choices & CHOICE_REMOUNT) || options->superblock.length == 0)
        return 0;
    text = arena_printf(&compilation->plan->arena, "option \"%s\" has no effect on a bind mount",
                        options->superblock.values[0]);
    return text ? plan_warn(compilation->plan, origin, text, error) : error_memory(error);
}

static int compile_mount(struct compilation *compilation, size_t index, const char *origin,
                         struct error *error)
{
    const struct config_mount *mount = &compilation->config->mounts[index];
    struct mount_options options;
    const char *destination;
    size_t first = compilation->plan->length;
    bool bind;
    int status;

    /* The specification wants the option; the type alone is what people write, and crun takes it. */
    bind = mount->type && strcmp(mount->type, "bind") == 0;
    status = mount_options_parse(&mount->options, bind, &compilation->plan->arena, &options, error);
    if (status < 0)
        return status;
    destination = lexical_absolute(&compilation->plan->arena, NULL, mount->destination);
    if (!destination)
        return error_memory(error);
    if (options.choices & CHOICE_REMOUNT)
        return compile_remount(compilation, mount, origin, destination, &options, error);
    if (strcmp(destination, "/") == 0) {
        error_set(error, EINVAL, "the destination \"%s\" is the root itself", mount->destination);
        error_hint(error, "what is to be the root goes into root.path");
        return -EINVAL;
    }
    if (!options.bind && !mount->type)
        return error_set(error, EINVAL, "needs a \"type\", or \"bind\" or \"rbind\" among its options");
    if (!options.bind && check_new_filesystem(mount, &options, error) < 0)
        return -error->code;
    if (options.bind)
        status = compile_bind(compilation, mount, origin, &options, error);
    else if (needs_host_sysfs(compilation, mount->type))
        status = add_host_sysfs(compilation, origin, mount->destination, &options, error);
    else if (compile_is_cgroup(mount->type))
        status = compile_cgroup(compilation, mount, origin, &options, error);
    else
        status = compile_filesystem(compilation, mount, origin, &options, error);
    if (status == 0)
        status = warn_of_superblock(compilation, origin, &options, error);
    if (status < 0)
        return status;
    compilation->plan->operations[first].nofollow = options.choices & CHOICE_TARGET_NOFOLLOW;
    note_mount(compilation, destination, mount->type, options.bind);
    return 0;
}

/* config.md, "mounts": "SHOULD be an absolute path"; deprecated otherwise, and meant from "/". */
static int warn_of_relative(struct compilation *compilation, size_t index, const char *origin,
                            struct error *error)
{
    if (*compilation->config->mounts[index].destination == '/')
        return 0;
    return plan_warn(compilation->plan, origin,
                     "the destination should be an absolute path: it is taken from /", error);
}

int compile_mounts(struct compilation *compilation, struct error *error)
{
    for (size_t i = 0; i < compilation->config->mounts_length; i++) {
        const char *given = compilation->config->mounts[i].origin;
        const char *origin = given ? given : arena_printf(&compilation->plan->arena, "mounts[%zu]", i);
        int status = origin ? compile_mount(compilation, i, origin, error) : error_memory(error);

        if (status == 0)
            status = warn_of_relative(compilation, i, origin, error);
        if (status < 0) {
            config_error_place(compilation->config, error, origin ? origin : "mounts");
            return status;
        }
    }
    return 0;
}
