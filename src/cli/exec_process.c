/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/exec_process.h"

#include "base/fd.h"
#include "process/capabilities.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>

#define FILE_LIMIT ((size_t)16 << 20)
#define MAXIMUM_ID (UINT32_MAX - 1) /* UINT32_MAX stands for "no id" (chown(2)) */

static int read_process(const char *file, struct config *config, struct error *error)
{
    CLEANUP_FD int fd = open(file, O_RDONLY | O_CLOEXEC);
    CLEANUP_FREE char *text = NULL;
    size_t length;
    int result;

    if (fd < 0)
        return error_call(error, errno, "open", "cannot open the process %s", file);
    result = fd_read_all(fd, FILE_LIMIT, &text, &length);
    if (result < 0)
        return error_call(error, result, "read", "cannot read the process %s", file);
    return config_read_process_json(config, text, length, file, error);
}

/* A list of strings with more at its end. */
static int append(struct arena *arena, struct strings *list, const char *const *more, size_t length,
                  struct error *error)
{
    const char **values = arena_allocate(arena, list->length + length + 1, sizeof(*values));

    if (!values)
        return error_memory(error);
    if (list->length > 0)
        memcpy(values, list->values, list->length * sizeof(*values));
    if (length > 0)
        memcpy(values + list->length, more, length * sizeof(*values));
    list->values = values;
    list->length += length;
    return 0;
}

static int parse_id(const char *text, const char *option, uint32_t *ret_id, struct error *error)
{
    int64_t number;

    if (!cli_parse_number(text, false, 0, MAXIMUM_ID, &number))
        return error_set(error, EINVAL, "exec: --%s: \"%s\" is not a number that an id can be", option, text);
    *ret_id = (uint32_t)number;
    return 0;
}

/* UID or UID:GID. */
static int set_user(struct arena *arena, struct config_process *process, const char *user,
                    struct error *error)
{
    const char *colon = strchr(user, ':');
    const char *uid = colon ? arena_copy_range(arena, user, (size_t)(colon - user)) : user;

    if (!uid)
        return error_memory(error);
    if (colon && parse_id(colon + 1, "user", &process->gid, error) < 0)
        return -error->code;
    return parse_id(uid, "user", &process->uid, error);
}

static int add_gids(struct arena *arena, struct config_process *process, const struct cli_list *gids,
                    struct error *error)
{
    size_t before = process->additional_gids_length;
    uint32_t *values = arena_allocate(arena, before + gids->length + 1, sizeof(*values));

    if (!values)
        return error_memory(error);
    if (before > 0)
        memcpy(values, process->additional_gids, before * sizeof(*values));
    for (size_t i = 0; i < gids->length; i++)
        if (parse_id(gids->values[i], "additional-gids", &values[before + i], error) < 0)
            return -error->code;
    process->additional_gids = values;
    process->additional_gids_length = before + gids->length;
    return 0;
}

static int find_capability(const char *name, uint64_t *ret_bit, struct error *error)
{
    for (unsigned bit = 0; bit <= CAP_LAST_CAP; bit++)
        if (strcmp(capability_name(bit), name) == 0) {
            *ret_bit = UINT64_C(1) << bit;
            return 0;
        }
    error_set(error, EINVAL, "exec: --cap: \"%s\" is not a known capability", name);
    error_hint(error, "write it like CAP_NET_ADMIN; capabilities(7) lists them");
    return -EINVAL;
}

/* Not the inheritable set (CVE-2022-29162), and so the ambient one only where the container has it there. */
static int add_capabilities(struct config_capabilities *capabilities, const struct cli_list *names,
                            struct error *error)
{
    uint64_t added = 0, bit;

    for (size_t i = 0; i < names->length; i++) {
        if (find_capability(names->values[i], &bit, error) < 0)
            return -error->code;
        added |= bit;
    }
    capabilities->bounding |= added;
    capabilities->effective |= added;
    capabilities->permitted |= added;
    capabilities->ambient |= added & capabilities->inheritable;
    return 0;
}

static int check_cwd(const char *cwd, struct error *error)
{
    return *cwd == '/' ? 0 : error_set(error, EINVAL, "exec: --cwd: \"%s\" is not an absolute path", cwd);
}

static void set_plain(struct config_process *process, const struct exec_changes *changes)
{
    process->terminal = changes->terminal;
    process->has_console_size = process->has_console_size && changes->terminal;
    process->no_new_privileges |= changes->no_new_privileges;
    if (changes->cwd)
        process->cwd = changes->cwd;
    if (changes->selinux_label)
        process->selinux_label = changes->selinux_label;
    if (changes->apparmor_profile)
        process->apparmor_profile = changes->apparmor_profile;
}

static int change(struct arena *arena, struct config_process *process, const struct exec_changes *changes,
                  struct error *error)
{
    int result;

    process->args = (struct strings){0};
    result =
        append(arena, &process->args, (const char *const *)changes->command, changes->command_length, error);
    if (result == 0)
        result = append(arena, &process->env, changes->env->values, changes->env->length, error);
    if (result == 0 && changes->user)
        result = set_user(arena, process, changes->user, error);
    if (result == 0)
        result = add_gids(arena, process, changes->additional_gids, error);
    if (result == 0)
        result = add_capabilities(&process->capabilities, changes->capabilities, error);
    if (result == 0 && changes->cwd)
        result = check_cwd(changes->cwd, error);
    if (result == 0)
        set_plain(process, changes);
    return result;
}

int exec_make_process(const struct exec_changes *changes, struct config *config, struct config *from_file,
                      struct config_process *ret_process, struct error *error)
{
    struct config_process process = config->process;
    int result;

    if (changes->file) {
        result = read_process(changes->file, from_file, error);
        process = from_file->process;
    } else {
        result = change(&config->arena, &process, changes, error);
    }
    if (result == 0)
        *ret_process = process;
    return result;
}
