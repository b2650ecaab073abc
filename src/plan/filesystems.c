/* SPDX-License-Identifier: Apache-2.0 */
/* New file systems of the configuration to operations. */
#include "plan/compile.h"
#include "plan/mount_options.h"

#include <sched.h>
#include <string.h>

#define SHOWS_UNKNOWN (~0u) /* a type that may show anything */

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
    unsigned shows;      /* the namespaces of its opener that it shows */
};

static const struct filesystem_type filesystem_types[] = {
    {.name = "proc", .shows = CLONE_NEWPID, .real_directory = true, .no_context = true},
    {.name = "sysfs", .shows = CLONE_NEWNET, .real_directory = true, .no_context = true},
    {.name = "mqueue", .shows = CLONE_NEWIPC, .no_context = true, .label_root = true, .gives_root = true},
    {.name = "tmpfs", .filled = true},
    {.name = "ramfs", .filled = true},
    {.name = "devpts"},
    {.name = "overlay", .on_host = true},
    {.name = "cgroup", .shows = CLONE_NEWCGROUP, .no_context = true, .whole_machine = true},
    {.name = "cgroup2", .shows = CLONE_NEWCGROUP, .no_context = true, .whole_machine = true},
};

static struct filesystem_type find_type(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(filesystem_types); i++)
        if (strcmp(filesystem_types[i].name, name) == 0)
            return filesystem_types[i];
    return (struct filesystem_type){.name = name, .shows = SHOWS_UNKNOWN};
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
    const struct id_mappings *mappings = compilation->new_user_namespace
                                             ? &compilation->config->gid_mappings
                                             : compilation->environment->gid_mappings;
    uint32_t host;
    char *end;
    unsigned long gid;

    if (strcmp(type, "devpts") != 0 || strncmp(parameter, "gid=", 4) != 0 || !mappings)
        return false;
    gid = strtoul(parameter + 4, &end, 10);
    return !*end && gid < UINT32_MAX && !id_mappings_to_host(mappings, (uint32_t)gid, &host);
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

/* The source of a type that is known to be made of nothing is a name, "/proc" as well: opened on the host, such a mount would
 * show the host's processes, network or messages. */
static bool is_on_host(const struct filesystem_type *type, const struct config_mount *mount)
{
    return type->on_host || (type->shows == SHOWS_UNKNOWN && mount->source && *mount->source == '/');
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
        .on_host = is_on_host(&type, mount),
        .shows = type.shows,
        .real_directory = type.real_directory,
        .layers = mount->layers,
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

int compile_host_sysfs(struct compilation *compilation, const char *origin, const char *destination,
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

bool compile_needs_host_sysfs(const struct compilation *compilation, const char *type)
{
    bool own_user = compilation->new_user_namespace || !compilation->environment->initial_user_namespace;

    return strcmp(type, "sysfs") == 0 && own_user && !config_namespace(compilation->config, CLONE_NEWNET);
}
