/* SPDX-License-Identifier: Apache-2.0 */
/* What each option of bubblewrap that is about mounts does. */
#include "base/fd.h"
#include "rules/bwrap_reading.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DATA_LIMIT ((size_t)16 << 20)

static int read_number(const char *word, int base, long maximum, long *ret_number, struct error *error)
{
    char *end;
    long number = strtol(word, &end, base);

    if (!*word || *end || number < 0 || number > maximum)
        return error_set(error, EINVAL, "\"%s\" is not a number that it takes", word);
    *ret_number = number;
    return 0;
}

int bwrap_read_descriptor(const char *word, char **ret_text, size_t *ret_length, struct error *error)
{
    long fd;
    int status = read_number(word, 10, INT_MAX, &fd, error);

    if (status == 0)
        status = fd_read_all((int)fd, DATA_LIMIT, ret_text, ret_length);
    if (status < 0 && !error->code)
        error_call(error, status, "read", "cannot read descriptor %s", word);
    return status;
}

static const char *make_absolute(struct rules *rules, const char *path)
{
    char found[PATH_MAX];

    if (realpath(path, found))
        return arena_copy(&rules->arena, found);
    if (*path == '/')
        return path;
    return getcwd(found, sizeof(found)) ? arena_printf(&rules->arena, "%s/%s", found, path) : NULL;
}

int bwrap_read_bind(struct bwrap_reading *work, const struct bwrap_option *option, const char *const *words,
                    struct error *error)
{
    struct rule rule = {.kind = RULE_BIND, .optional = option->optional};

    rule.source = make_absolute(work->rules, words[0]);
    rule.path = bwrap_tidy(work->rules, words[1]);
    if (!rule.source || !rule.path)
        return error_memory(error);
    /* Without a source nothing is covered, either. */
    if (rule.optional && access(rule.source, F_OK) < 0)
        return 0;
    rule.optional = false;
    if (bwrap_add_words(work, option->mount_options, &rule.options, error) < 0)
        return -error->code;
    return bwrap_add(work, &rule, 0, error);
}

int bwrap_read_bind_fd(struct bwrap_reading *work, const struct bwrap_option *option,
                       const char *const *words, struct error *error)
{
    const char *source = arena_printf(&work->rules->arena, "/proc/self/fd/%s", words[0]);
    const char *given[2] = {source, words[1]};

    return source ? bwrap_read_bind(work, option, given, error) : error_memory(error);
}

int bwrap_read_tmpfs(struct bwrap_reading *work, const struct bwrap_option *option, const char *const *words,
                     struct error *error)
{
    struct rule rule = {.kind = option->kind, .path = bwrap_tidy(work->rules, words[0])};
    const char *text =
        arena_printf(&work->rules->arena, "nosuid,nodev,mode=%o%s%s", work->has_mode ? work->mode : 0755,
                     work->size ? ",size=" : "", work->size ? work->size : "");

    if (!text || !rule.path)
        return error_memory(error);
    if (bwrap_add_words(work, text, &rule.options, error) < 0)
        return -error->code;
    return bwrap_add(work, &rule, work->has_mode ? work->mode : 0755, error);
}

int bwrap_read_kernel(struct bwrap_reading *work, const struct bwrap_option *option, const char *const *words,
                      struct error *error)
{
    struct rule rule = {.kind = option->kind, .path = bwrap_tidy(work->rules, words[0])};

    if (!rule.path)
        return error_memory(error);
    /* bubblewrap sets no flags there. */
    if (rule.kind == RULE_MQUEUE && bwrap_add_words(work, "suid,dev,exec", &rule.options, error) < 0)
        return -error->code;
    return bwrap_add(work, &rule, 0755, error);
}

int bwrap_read_dev(struct bwrap_reading *work, const struct bwrap_option *option, const char *const *words,
                   struct error *error)
{
    struct rule shm = {.kind = RULE_DIRECTORY, .path = "/dev/shm", .has_mode = true, .mode = 0755};
    const char *path = bwrap_tidy(work->rules, words[0]);
    int status;

    if (!path)
        return error_memory(error);
    if (strcmp(path, "/dev") != 0)
        return error_set(error, ENOTSUP, "%s: devices can be at /dev only", path);
    status = bwrap_read_kernel(work, option, words, error);
    return status == 0 ? bwrap_add(work, &shm, 0755, error) : status;
}

/* A directory that is there stays as it is. */
int bwrap_read_directory(struct bwrap_reading *work, const struct bwrap_option *option,
                         const char *const *words, struct error *error)
{
    struct rule rule = {.kind = option->kind,
                        .path = bwrap_tidy(work->rules, words[0]),
                        .has_mode = true,
                        .mode = work->has_mode ? work->mode : 0755};

    if (!rule.path)
        return error_memory(error);
    return bwrap_find(work->rules, rule.path) ? 0 : bwrap_add(work, &rule, rule.mode, error);
}

int bwrap_read_symlink(struct bwrap_reading *work, const struct bwrap_option *option,
                       const char *const *words, struct error *error)
{
    struct rule rule = {.kind = option->kind, .source = words[0], .path = bwrap_tidy(work->rules, words[1])};

    return rule.path ? bwrap_add(work, &rule, 0, error) : error_memory(error);
}

int bwrap_read_file(struct bwrap_reading *work, const struct bwrap_option *option, const char *const *words,
                    struct error *error)
{
    /* --file makes a new one, the others bind one that mkstemp(3) made. */
    const bool bound = strcmp(option->name, "file") != 0;
    CLEANUP_FREE char *data = NULL;
    struct rule rule = {.kind = option->kind,
                        .path = bwrap_tidy(work->rules, words[1]),
                        .readonly = option->readonly,
                        .has_mode = true,
                        .mode = work->has_mode ? work->mode
                                : bound        ? 0600
                                               : 0666};
    int status =
        rule.path ? bwrap_read_descriptor(words[0], &data, &rule.data_length, error) : error_memory(error);

    rule.data = data;
    return status == 0 ? bwrap_add(work, &rule, rule.mode, error) : status;
}

int bwrap_read_remount(struct bwrap_reading *work, const struct bwrap_option *option,
                       const char *const *words, struct error *error)
{
    const char *path = bwrap_tidy(work->rules, words[0]);
    struct rule *rule = path ? bwrap_find(work->rules, path) : NULL;

    (void)option;
    if (rule && rule->kind == RULE_FILE) {
        rule->readonly = true;
        return 0;
    }
    if (!rule || rule->kind == RULE_DIRECTORY || rule->kind == RULE_SYMLINK)
        return error_set(error, EINVAL, "%s: nothing is mounted there by an option before it", words[0]);
    if (rule->kind == RULE_PROC && rule->options.length == 0)
        if (bwrap_add_words(work, "nosuid,nodev,noexec", &rule->options, error) < 0)
            return -error->code;
    return bwrap_add_words(work, "ro", &rule->options, error);
}

int bwrap_read_chmod(struct bwrap_reading *work, const struct bwrap_option *option, const char *const *words,
                     struct error *error)
{
    struct rule directory = {
        .kind = RULE_DIRECTORY, .path = bwrap_tidy(work->rules, words[1]), .has_mode = true};
    struct rule *rule = directory.path ? bwrap_find(work->rules, directory.path) : NULL;
    const struct rule *region;
    long mode = 0;

    (void)option;
    if (read_number(words[0], 8, 07777, &mode, error) < 0)
        return -error->code;
    directory.mode = (uint32_t)mode;
    if (rule && rule->kind == RULE_TMPFS)
        return bwrap_add_words(work, arena_printf(&work->rules->arena, "mode=%o", (unsigned)mode),
                               &rule->options, error);
    if (rule && (rule->kind == RULE_DIRECTORY || rule->kind == RULE_FILE)) {
        rule->has_mode = true;
        rule->mode = (uint32_t)mode;
        return 0;
    }
    region = rule ? NULL : bwrap_find_region(work->rules, directory.path);
    if (region && region->kind == RULE_TMPFS)
        return error_set(error, ENOENT, "%s: nothing is there", words[1]);
    error_set(error, ENOTSUP, "%s is the machine's own: its mode would be changed for good", words[1]);
    error_hint(error, "change it on the machine, or leave the option out");
    return -ENOTSUP;
}

int bwrap_read_perms(struct bwrap_reading *work, const struct bwrap_option *option, const char *const *words,
                     struct error *error)
{
    long mode = 0;

    (void)option;
    if (read_number(words[0], 8, 07777, &mode, error) < 0)
        return -error->code;
    work->has_mode = true;
    work->mode = (uint32_t)mode;
    return 0;
}

int bwrap_read_size(struct bwrap_reading *work, const struct bwrap_option *option, const char *const *words,
                    struct error *error)
{
    long size;

    (void)option;
    if (read_number(words[0], 10, LONG_MAX, &size, error) < 0)
        return -error->code;
    work->size = words[0];
    return 0;
}
