/* SPDX-License-Identifier: Apache-2.0 */
/* mounts[] of the configuration to operations. */
#include "plan/compile.h"
#include "plan/lexical.h"
#include "plan/mount_options.h"

#include <string.h>

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

/* The same mount with the destination as a target: absolute, and without slashes at the end, which would ask for a
 * directory where a file may be bound; only a link that is not to be followed is told from what it leads to by them. The
 * plan's, which points into it. */
static const struct config_mount *take_mount(struct compilation *compilation,
                                             const struct config_mount *given, bool nofollow)
{
    struct arena *arena = &compilation->plan->arena;
    struct config_mount *mount = arena_allocate(arena, 1, sizeof(*mount));
    const char *path = given->destination;
    size_t length = strlen(path);

    while (!nofollow && length > 1 && path[length - 1] == '/')
        length--;
    path = arena_printf(arena, "%s%.*s", *path == '/' ? "" : "/", (int)length, path);
    if (!mount || !path)
        return NULL;
    *mount = *given;
    mount->destination = path;
    return mount;
}

/* Rules may mount at the root; mounts[] can't, for there root.path is. */
static int check_destination(const struct compilation *compilation, const struct config_mount *mount,
                             const char *destination, struct error *error)
{
    if (strcmp(destination, "/") != 0 || compilation->plan->length == 0)
        return 0;
    error_set(error, EINVAL, "the destination \"%s\" is the root itself", mount->destination);
    error_hint(error, "what is to be the root goes into root.path");
    return -EINVAL;
}

int compile_mount(struct compilation *compilation, const struct config_mount *given, const char *origin,
                  struct error *error)
{
    const struct config_mount *mount;
    struct mount_options options;
    const char *destination;
    size_t first = compilation->plan->length;
    bool bind;
    int status;

    /* The specification wants the option; the type alone is what people write, and crun takes it. */
    bind = given->type && strcmp(given->type, "bind") == 0;
    status = mount_options_parse(&given->options, bind, &compilation->plan->arena, &options, error);
    if (status < 0)
        return status;
    destination = lexical_absolute(&compilation->plan->arena, NULL, given->destination);
    mount = take_mount(compilation, given, options.choices & CHOICE_TARGET_NOFOLLOW);
    if (!destination || !mount)
        return error_memory(error);
    if (options.choices & CHOICE_REMOUNT)
        return compile_remount(compilation, mount, origin, destination, &options, error);
    if (check_destination(compilation, given, destination, error) < 0)
        return -error->code;
    if (!options.bind && !mount->type)
        return error_set(error, EINVAL, "needs a \"type\", or \"bind\" or \"rbind\" among its options");
    if (!options.bind && check_new_filesystem(mount, &options, error) < 0)
        return -error->code;
    if (options.bind)
        status = compile_bind(compilation, mount, origin, &options, error);
    else if (compile_needs_host_sysfs(compilation, mount->type))
        status = compile_host_sysfs(compilation, origin, mount->destination, &options, error);
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

static int compile_covers(struct compilation *compilation, size_t before, struct error *error)
{
    const struct config *config = compilation->config;
    int status = 0;

    for (size_t i = 0; i < config->covers_length && status == 0; i++) {
        if (config->covers[i].before != before)
            continue;
        if (!plan_add(compilation->plan, OPERATION_COVER, "no traces", config->covers[i].path))
            return error_memory(error);
        status = compile_seal_later(compilation, compilation->plan->length - 1, error);
        if (status == 0)
            status = plan_warn(compilation->plan, "", config->covers[i].warning, error);
    }
    return status;
}

int compile_mounts(struct compilation *compilation, struct error *error)
{
    for (size_t i = 0; i < compilation->config->mounts_length; i++) {
        const char *given = compilation->config->mounts[i].origin;
        const char *origin = given ? given : arena_printf(&compilation->plan->arena, "mounts[%zu]", i);
        int status = origin ? compile_covers(compilation, i, error) : error_memory(error);

        if (status == 0)
            status = compile_mount(compilation, &compilation->config->mounts[i], origin, error);

        if (status == 0)
            status = warn_of_relative(compilation, i, origin, error);
        if (status < 0) {
            config_error_place(compilation->config, error, origin ? origin : "mounts");
            return status;
        }
    }
    return compile_covers(compilation, compilation->config->mounts_length, error);
}
