/* SPDX-License-Identifier: Apache-2.0 */
#include "box/box.h"
#include "config/builder.h"
#include "kernel/environment.h"
#include "rules/arrange.h"
#include "rules/resolve.h"

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
    if (box->root || !getcwd(path, sizeof(path)) || *path != '/' || !rules_show_directory(box->rules, path))
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

/* "/" is what is in the directory then; that it is read-only, a rule of its own may say. */
static int add_given_root(const struct box *box, struct error *error)
{
    static const char *options[] = {"rbind", "rro"};
    struct rule rule = {.kind = RULE_BIND, .path = "/", .origin = box->root, .options = {options, 1}};
    struct rules *rules = box->rules;
    char path[PATH_MAX];
    int status = rules_settle(rules, error);

    if (status < 0)
        return status;
    if (!realpath(box->root, path)) {
        error_call(error, errno, "realpath", "cannot find the root %s", box->root);
        error_hint(error, "give a directory, or leave it out for this machine's own tree");
        return -error->code;
    }
    rule.source = path;
    if (rules->length > 0 && rules->values[0].kind == RULE_RO && strcmp(rules->values[0].path, "/") == 0) {
        rule.options.length = 2;
        rules->length--;
        memmove(rules->values, rules->values + 1, rules->length * sizeof(*rules->values));
    }
    return rules_add(rules, &rule, error);
}

static int set_root(const struct box *box, struct config *config, struct error *error)
{
    const struct arrangement arrangement = {.locked =
                                                !box->privileged || !environment_is_initial_user_namespace()};
    int status = box->root ? add_given_root(box, error) : 0;

    return status == 0 ? rules_arrange(box->rules, &arrangement, config, error) : status;
}

int box_configure(const struct box *box, struct config *ret_config, struct error *error)
{
    struct config config;
    int status;

    config_init_built(&config);
    status = set_root(box, &config, error);
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
