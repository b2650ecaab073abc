/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts of type "cgroup" and "cgroup2" to operations, as runc does it:
 *
 *   version 2, own cgroup namespace   a new mount of cgroup2: the container's cgroup is its root
 *   version 2, no cgroup namespace    a bind of the host's mount. A new one would show the same, but mounting
 *                                     it in the first cgroup namespace sets the machine's options anew, so
 *                                     that nsdelegate is lost (cgroup_namespaces(7), kernel/cgroup/cgroup.c)
 *   version 1 and hybrid              "cgroup" is a tmpfs with a directory for each hierarchy: a new mount in
 *                                     an own cgroup namespace, a bind of the container's own cgroup without
 *                                     one; and a link for each controller of a joined one: cpu -> cpu,cpuacct
 *
 * In a user namespace without a cgroup namespace all of it is read-only (CVE-2023-25809).
 */
#include "kernel/cgroup_environment.h"
#include "plan/compile.h"

#include <sched.h>
#include <string.h>

#define DEFAULT_ATTRIBUTES (ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV | ATTRIBUTE_NOEXEC)

/* A mount that is being expanded. */
struct cgroup_mount {
    struct compilation *compilation;
    const struct config_mount *mount;
    const char *origin;
    struct mount_options options;
    bool own_namespace;
    size_t tmpfs; /* the operation that the hierarchies of version 1 are mounted in */
};

bool compile_is_cgroup(const char *type)
{
    return strcmp(type, "cgroup") == 0 || strcmp(type, "cgroup2") == 0;
}

bool plan_needs_cgroups(const struct config *config)
{
    for (size_t i = 0; i < config->mounts_length; i++)
        if (config->mounts[i].type && compile_is_cgroup(config->mounts[i].type))
            return true;
    return false;
}

static bool is_readonly(const struct cgroup_mount *cgroup)
{
    return (cgroup->options.top.set | cgroup->options.tree.set) & ATTRIBUTE_RDONLY;
}

static void protect_host(struct cgroup_mount *cgroup)
{
    const struct compilation *compilation = cgroup->compilation;
    bool own_user = compilation->new_user_namespace || !compilation->environment->initial_user_namespace;

    if (!own_user || cgroup->own_namespace)
        return;
    cgroup->options.top.clear &= ~(uint64_t)ATTRIBUTE_RDONLY;
    cgroup->options.tree.clear &= ~(uint64_t)ATTRIBUTE_RDONLY;
    cgroup->options.tree.set |= ATTRIBUTE_RDONLY;
}

/* What is mounted there already has its options; they are the same for everybody. */
static int refuse_parameters(const struct mount_options *options, struct error *error)
{
    const struct strings *words = options->data.length > 0 ? &options->data : &options->superblock;

    if (words->length == 0)
        return 0;
    error_set(error, EINVAL, "option \"%s\" can't be applied: the hierarchy is the whole machine's",
              words->values[0]);
    error_hint(error, "leave it out, or set it where the machine mounts its cgroups");
    return -EINVAL;
}

static int add_bind(const struct cgroup_mount *cgroup, const char *source, const char *destination,
                    struct error *error)
{
    const struct config_mount bind = {
        .source = arena_copy(&cgroup->compilation->plan->arena, source),
        .destination = destination,
    };
    struct mount_options options = cgroup->options;

    if (!bind.source)
        return error_memory(error);
    options.recursive = true;
    return compile_bind(cgroup->compilation, &bind, cgroup->origin, &options, error);
}

static int add_unified(const struct cgroup_mount *cgroup, struct error *error)
{
    const struct cgroup_environment *environment = cgroup->compilation->environment->cgroups;
    struct config_mount mount = *cgroup->mount;

    if (!cgroup->own_namespace && environment->unified) {
        if (refuse_parameters(&cgroup->options, error) < 0)
            return -error->code;
        return add_bind(cgroup, environment->unified, mount.destination, error);
    }
    mount.type = "cgroup2";
    /* A source is a name only; as a path it would stand for something of the host. */
    if (mount.source && *mount.source == '/')
        mount.source = NULL;
    return compile_filesystem(cgroup->compilation, &mount, cgroup->origin, &cgroup->options, error);
}

static int add_tmpfs(struct cgroup_mount *cgroup, struct error *error)
{
    const char *parameters[] = {"mode=755"};
    const struct config_mount tmpfs = {
        .type = "tmpfs",
        .source = "tmpfs",
        .destination = cgroup->mount->destination,
    };
    const struct mount_options options = {
        .top.set = DEFAULT_ATTRIBUTES | (is_readonly(cgroup) ? ATTRIBUTE_RDONLY : 0),
        .propagation = cgroup->options.propagation,
        .data = {parameters, ARRAY_LENGTH(parameters)},
    };
    struct plan *plan = cgroup->compilation->plan;
    int status = compile_filesystem(cgroup->compilation, &tmpfs, cgroup->origin, &options, error);

    if (status < 0)
        return status;
    cgroup->tmpfs = plan->length - 1;
    plan->operations[cgroup->tmpfs].is_base = true;
    return 0;
}

/* The parts of a text that has commas between them. */
static int split(struct arena *arena, const char *text, struct strings *ret_parts, struct error *error)
{
    struct strings parts = {0};

    for (;;) {
        size_t length = strcspn(text, ",");
        const char **place = arena_append(arena, (void **)&parts.values, &parts.length, sizeof(*place));

        if (place)
            *place = arena_copy_range(arena, text, length);
        if (!place || !*place)
            return error_memory(error);
        if (!text[length])
            break;
        text += length + 1;
    }
    *ret_parts = parts;
    return 0;
}

/* Mounts the hierarchy as the container's cgroup namespace shows it; a named one has no controller. */
static int add_new_hierarchy(const struct cgroup_mount *cgroup, const struct cgroup_hierarchy *hierarchy,
                             const char *destination, struct error *error)
{
    struct mount_options options = cgroup->options;
    struct config_mount mount = {.type = "cgroup", .source = "cgroup", .destination = destination};

    if (split(&cgroup->compilation->plan->arena, hierarchy->controllers, &options.data, error) < 0)
        return -ENOMEM;
    if (strncmp(options.data.values[0], "name=", 5) == 0)
        mount.source = options.data.values[0] + 5;
    options.top.set |= DEFAULT_ATTRIBUTES;
    return compile_filesystem(cgroup->compilation, &mount, cgroup->origin, &options, error);
}

static int bind_own_cgroup(const struct cgroup_mount *cgroup, const struct cgroup_hierarchy *hierarchy,
                           const char *destination, struct error *error)
{
    if (hierarchy->own)
        return add_bind(cgroup, hierarchy->own, destination, error);
    error_set(error, ENOENT, "the mount of the cgroup hierarchy %s does not show holdfast's own cgroup",
              hierarchy->name);
    error_hint(error, "add { \"type\": \"cgroup\" } to linux.namespaces");
    return -ENOENT;
}

static int add_hierarchy(const struct cgroup_mount *cgroup, const struct cgroup_hierarchy *hierarchy,
                         struct error *error)
{
    struct plan *plan = cgroup->compilation->plan;
    const char *destination = arena_printf(&plan->arena, "/%s", hierarchy->name);
    int status;

    if (!destination)
        return error_memory(error);
    if (cgroup->own_namespace)
        status = add_new_hierarchy(cgroup, hierarchy, destination, error);
    else
        status = bind_own_cgroup(cgroup, hierarchy, destination, error);
    if (status == 0)
        plan->operations[plan->length - 1].base = cgroup->tmpfs;
    return status;
}

/* Programs look for the directory cpu where the machine has cpu,cpuacct. */
static int add_links(const struct cgroup_mount *cgroup, const struct cgroup_hierarchy *hierarchy,
                     struct error *error)
{
    struct plan *plan = cgroup->compilation->plan;
    const char *text = arena_copy(&plan->arena, hierarchy->name);
    struct strings names;

    if (!text || split(&plan->arena, text, &names, error) < 0)
        return error_memory(error);
    for (size_t i = 0; names.length > 1 && i < names.length; i++) {
        const char *target = arena_printf(&plan->arena, "/%s", names.values[i]);
        struct operation *link = target ? plan_add(plan, OPERATION_SYMLINK, cgroup->origin, target) : NULL;

        if (!link)
            return error_memory(error);
        link->base = cgroup->tmpfs;
        link->symlink.text = text;
    }
    return 0;
}

static int add_hierarchies(struct cgroup_mount *cgroup, struct error *error)
{
    const struct cgroup_environment *environment = cgroup->compilation->environment->cgroups;
    int status = refuse_parameters(&cgroup->options, error);

    if (status == 0)
        status = add_tmpfs(cgroup, error);
    for (size_t i = 0; status == 0 && i < environment->length; i++)
        status = add_hierarchy(cgroup, &environment->hierarchies[i], error);
    for (size_t i = 0; status == 0 && i < environment->length; i++)
        status = add_links(cgroup, &environment->hierarchies[i], error);
    return status;
}

int compile_cgroup(struct compilation *compilation, const struct config_mount *mount, const char *origin,
                   const struct mount_options *options, struct error *error)
{
    struct cgroup_mount cgroup = {
        .compilation = compilation,
        .mount = mount,
        .origin = origin,
        .options = *options,
        .own_namespace = config_namespace(compilation->config, CLONE_NEWCGROUP) != NULL,
    };

    if (!compilation->environment->cgroups)
        return error_set(error, EINVAL, "the machine's cgroups are not known");
    protect_host(&cgroup);
    if (compilation->environment->cgroups->is_unified || strcmp(mount->type, "cgroup2") == 0)
        return add_unified(&cgroup, error);
    return add_hierarchies(&cgroup, error);
}
