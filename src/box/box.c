/* SPDX-License-Identifier: Apache-2.0 */
#include "box/box.h"
#include "box/machine_tree.h"
#include "config/builder.h"
#include "kernel/environment.h"

#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What tells of the machine or acts on it; the lists that container engines share. */
static const char *masked_paths[] = {
    "/proc/acpi",       "/proc/asound",        "/proc/interrupts",  "/proc/kcore",
    "/proc/keys",       "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
    "/proc/timer_list", "/proc/timer_stats",   "/sys/firmware",
};

static const char *readonly_paths[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/* Enough to install software; nothing that reaches past the box (capabilities(7)). */
#define CAPABILITY(name) (UINT64_C(1) << (name))
#define BOX_CAPABILITIES                                                                                     \
    (CAPABILITY(CAP_AUDIT_WRITE) | CAPABILITY(CAP_CHOWN) | CAPABILITY(CAP_DAC_OVERRIDE) |                    \
     CAPABILITY(CAP_FOWNER) | CAPABILITY(CAP_FSETID) | CAPABILITY(CAP_KILL) |                                \
     CAPABILITY(CAP_NET_BIND_SERVICE) | CAPABILITY(CAP_SETFCAP) | CAPABILITY(CAP_SETGID) |                   \
     CAPABILITY(CAP_SETPCAP) | CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SYS_CHROOT))

#define OPTIONS_LIMIT 32

static int split_options(char *text, const char **options, size_t *count, struct error *error)
{
    char *option;

    while ((option = strsep(&text, ","))) {
        if (!*option)
            continue;
        if (*count == OPTIONS_LIMIT)
            return error_set(error, EINVAL, "too many options");
        options[(*count)++] = option;
    }
    return 0;
}

static int add_bind(struct config *config, const char *bind, struct error *error)
{
    char *rest = arena_copy(&config->arena, bind);
    const char *options[OPTIONS_LIMIT] = {"rbind"};
    size_t count = 1;
    char *source, *destination;

    if (!rest)
        return error_memory(error);
    source = strsep(&rest, ":");
    destination = strsep(&rest, ":");
    if (!*source || !destination || !*destination || (rest && strchr(rest, ':'))) {
        error_set(error, EINVAL, "--bind %s: is not SOURCE:DESTINATION[:OPTIONS]", bind);
        error_hint(error, "a colon can't be part of a path here; config.json has no such limit");
        return -EINVAL;
    }
    if (rest && split_options(rest, options, &count, error) < 0)
        return -error->code;
    if (config_add_mount(config, destination, NULL, source, options, count, error) < 0)
        return -error->code;
    config->mounts[config->mounts_length - 1].origin = arena_printf(&config->arena, "--bind %s", bind);
    return config->mounts[config->mounts_length - 1].origin ? 0 : error_memory(error);
}

static int add_binds(const struct box *box, struct config *config, struct error *error)
{
    int status = 0;

    for (size_t i = 0; i < box->binds_length && status == 0; i++)
        status = add_bind(config, box->binds[i], error);
    return status;
}

static int add_namespaces(const struct box *box, struct config *config, struct error *error)
{
    static const int always[] = {CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP};
    struct id_mapping uid = {geteuid(), geteuid(), 1}, gid = {getegid(), getegid(), 1};
    int status = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(always) && status == 0; i++)
        status = config_add_namespace(config, always[i], NULL, error);
    if (status == 0 && !box->host_network)
        status = config_add_namespace(config, CLONE_NEWNET, NULL, error);
    if (status < 0 || box->privileged)
        return status;
    status = config_add_namespace(config, CLONE_NEWUSER, NULL, error);
    if (status == 0)
        status = config_add_uid_mapping(config, &uid, error);
    return status == 0 ? config_add_gid_mapping(config, &gid, error) : status;
}

/* The list, which ends with NULL, with the strings left where they are. */
static int borrow_strings(struct config *config, char **list, struct strings *ret_strings,
                          struct error *error)
{
    struct strings strings = {0};

    while (list[strings.length])
        strings.length++;
    strings.values = arena_allocate(&config->arena, strings.length, sizeof(*strings.values));
    if (!strings.values)
        return error_memory(error);
    for (size_t i = 0; i < strings.length; i++)
        strings.values[i] = list[i];
    *ret_strings = strings;
    return 0;
}

/* Without a command: the caller's shell where it is sure to be there. */
static int set_command(const struct box *box, struct config *config, struct error *error)
{
    const char *shell = getenv("SHELL");
    const char **command;
    int status = borrow_strings(config, box->command, &config->process.args, error);

    if (status < 0 || config->process.args.length > 0)
        return status;
    command = arena_allocate(&config->arena, 1, sizeof(*command));
    if (!command)
        return error_memory(error);
    command[0] = !box->root && shell && *shell == '/' ? shell : "/bin/sh";
    config->process.args = (struct strings){command, 1};
    return 0;
}

static int set_directory(const struct box *box, struct config *config, struct error *error)
{
    char path[PATH_MAX];

    config->process.cwd = "/";
    if (box->root || !getcwd(path, sizeof(path)) || *path != '/')
        return 0;
    config->process.cwd = arena_copy(&config->arena, path);
    return config->process.cwd ? 0 : error_memory(error);
}

static int set_groups(const struct box *box, struct config *config, struct error *error)
{
    gid_t groups[NGROUPS_MAX];
    int count = getgroups(NGROUPS_MAX, groups);

    /* In a user namespace without privileges they can't be set; the ones that are there stay. */
    if (count <= 0 || !box->privileged)
        return 0;
    config->process.additional_gids = arena_allocate(&config->arena, (size_t)count, sizeof(uint32_t));
    if (!config->process.additional_gids)
        return error_memory(error);
    memcpy(config->process.additional_gids, groups, (size_t)count * sizeof(uint32_t));
    config->process.additional_gids_length = (size_t)count;
    return 0;
}

static int set_process(const struct box *box, struct config *config, struct error *error)
{
    uint64_t capabilities = box->privileged ? BOX_CAPABILITIES : 0;
    struct config_process *process = &config->process;
    int status = set_command(box, config, error);

    config->has_process = true;
    if (status == 0)
        status = borrow_strings(config, environ, &process->env, error);
    process->uid = geteuid();
    process->gid = getegid();
    process->terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    config->console = process->terminal;
    process->no_new_privileges = true;
    process->capabilities = (struct config_capabilities){
        .given = true, .bounding = capabilities, .effective = capabilities, .permitted = capabilities};
    if (status == 0)
        status = set_directory(box, config, error);
    return status == 0 ? set_groups(box, config, error) : status;
}

static int set_root(const struct box *box, struct config *config, struct error *error)
{
    char path[PATH_MAX];

    config->rootfs_readonly = box->readonly;
    if (!box->root)
        return machine_tree_add(config, !box->privileged || !environment_is_initial_user_namespace(), error);
    if (!realpath(box->root, path)) {
        error_call(error, errno, "realpath", "cannot find the root %s", box->root);
        error_hint(error, "give a directory, or leave it out for this machine's own tree");
        return -error->code;
    }
    return config_set_rootfs(config, path, error);
}

int box_configure(const struct box *box, struct config *ret_config, struct error *error)
{
    struct config config;
    int status;

    config_init_built(&config);
    status = set_root(box, &config, error);
    if (status == 0)
        status = config_add_system_mounts(&config, error);
    if (status == 0)
        status = add_binds(box, &config, error);
    if (status == 0)
        status = add_namespaces(box, &config, error);
    if (status == 0)
        status = set_process(box, &config, error);
    if (status < 0) {
        config_clear(&config);
        return status;
    }
    config.masked_paths = (struct strings){masked_paths, ARRAY_LENGTH(masked_paths)};
    config.readonly_paths = (struct strings){readonly_paths, ARRAY_LENGTH(readonly_paths)};
    *ret_config = config;
    return 0;
}
