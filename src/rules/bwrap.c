/* SPDX-License-Identifier: Apache-2.0 */
/* The options of bubblewrap, and the words of its command line. */
#include "rules/bwrap.h"
#include "rules/bwrap_reading.h"

#include <string.h>

#define ARGS_LIMIT 9000 /* as bubblewrap has it */

static int read_words(struct bwrap_reading *work, const char *const *words, size_t length,
                      struct error *error);

static int read_args(struct bwrap_reading *work, const struct bwrap_option *option, const char *const *words,
                     struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    struct strings list = {0};
    size_t length = 0;
    const char *copy;
    int status = bwrap_read_descriptor(words[0], &text, &length, error);

    (void)option;
    if (status < 0)
        return status;
    copy = arena_copy_range(&work->rules->arena, text, length);
    if (!copy)
        return error_memory(error);
    for (size_t at = 0; at < length; at += strlen(copy + at) + 1) {
        const char **place =
            arena_append(&work->rules->arena, (void **)&list.values, &list.length, sizeof(*list.values));

        if (!place)
            return error_memory(error);
        *place = copy + at;
    }
    return read_words(work, list.values, list.length, error);
}

#define BIND "rbind,rnosuid,rnodev"
#define DEV_BIND "rbind,rnosuid"
#define RO_BIND "rbind,rro,rnosuid,rnodev"

static const struct bwrap_option options[] = {
    {"args", 1, read_args, 0, NULL, NULL, false, false},
    {"bind", 2, bwrap_read_bind, 0, NULL, BIND, false, false},
    {"bind-try", 2, bwrap_read_bind, 0, NULL, BIND, true, false},
    {"dev-bind", 2, bwrap_read_bind, 0, NULL, DEV_BIND, false, false},
    {"dev-bind-try", 2, bwrap_read_bind, 0, NULL, DEV_BIND, true, false},
    {"ro-bind", 2, bwrap_read_bind, 0, NULL, RO_BIND, false, false},
    {"ro-bind-try", 2, bwrap_read_bind, 0, NULL, RO_BIND, true, false},
    {"bind-fd", 2, bwrap_read_bind_fd, 0, NULL, BIND, false, false},
    {"ro-bind-fd", 2, bwrap_read_bind_fd, 0, NULL, RO_BIND, false, false},
    {"remount-ro", 1, bwrap_read_remount, 0, NULL, NULL, false, false},
    {"proc", 1, bwrap_read_kernel, RULE_PROC, NULL, NULL, false, false},
    {"dev", 1, bwrap_read_dev, RULE_DEV, NULL, NULL, false, false},
    {"tmpfs", 1, bwrap_read_tmpfs, RULE_TMPFS, NULL, NULL, false, false},
    {"mqueue", 1, bwrap_read_kernel, RULE_MQUEUE, NULL, NULL, false, false},
    {"dir", 1, bwrap_read_directory, RULE_DIRECTORY, NULL, NULL, false, false},
    {"file", 2, bwrap_read_file, RULE_FILE, NULL, NULL, false, false},
    {"bind-data", 2, bwrap_read_file, RULE_FILE, NULL, NULL, false, false},
    {"ro-bind-data", 2, bwrap_read_file, RULE_FILE, NULL, NULL, false, true},
    {"symlink", 2, bwrap_read_symlink, RULE_SYMLINK, NULL, NULL, false, false},
    {"chmod", 2, bwrap_read_chmod, 0, NULL, NULL, false, false},
    {"perms", 1, bwrap_read_perms, 0, NULL, NULL, false, false},
    {"size", 1, bwrap_read_size, 0, NULL, NULL, false, false},
    {.name = "unshare-all", .hint = "a box has namespaces of its own of each kind"},
    {.name = "share-net", .hint = "box --net"},
    {.name = "unshare-user", .hint = "a box of an ordinary user has one"},
    {.name = "unshare-user-try", .hint = "a box of an ordinary user has one"},
    {.name = "unshare-ipc", .hint = "a box has one always"},
    {.name = "unshare-pid", .hint = "a box has one always"},
    {.name = "unshare-net", .hint = "a box has one, but with --net"},
    {.name = "unshare-uts", .hint = "a box has one always"},
    {.name = "unshare-cgroup", .hint = "a box has one always"},
    {.name = "unshare-cgroup-try", .hint = "a box has one always"},
    {.name = "userns", .words = 1},
    {.name = "userns2", .words = 1},
    {.name = "disable-userns"},
    {.name = "assert-userns-disabled"},
    {.name = "pidns", .words = 1},
    {.name = "uid", .words = 1},
    {.name = "gid", .words = 1},
    {.name = "hostname", .words = 1},
    {.name = "chdir", .words = 1, .hint = "box … -- sh -c 'cd … && exec …'"},
    {.name = "clearenv", .hint = "env -i holdfast box …"},
    {.name = "setenv", .words = 2, .hint = "env NAME=VALUE holdfast box …"},
    {.name = "unsetenv", .words = 1, .hint = "env -u NAME holdfast box …"},
    {.name = "lock-file", .words = 1},
    {.name = "sync-fd", .words = 1},
    {.name = "exec-label", .words = 1},
    {.name = "file-label", .words = 1},
    {.name = "seccomp", .words = 1},
    {.name = "add-seccomp-fd", .words = 1},
    {.name = "block-fd", .words = 1},
    {.name = "userns-block-fd", .words = 1},
    {.name = "info-fd", .words = 1},
    {.name = "json-status-fd", .words = 1},
    {.name = "new-session", .hint = "setsid"},
    {.name = "die-with-parent", .hint = "a box ends with holdfast always"},
    {.name = "as-pid-1"},
    {.name = "cap-add", .words = 1},
    {.name = "cap-drop", .words = 1},
};

static const struct bwrap_option *find_option(const char *word)
{
    for (size_t i = 0; i < ARRAY_LENGTH(options); i++)
        if (strcmp(options[i].name, word) == 0)
            return &options[i];
    return NULL;
}

static int warn(struct rules *rules, const char *text, struct error *error)
{
    const char **place = text ? arena_append(&rules->arena, (void **)&rules->warnings.values,
                                             &rules->warnings.length, sizeof(*place))
                              : NULL;

    if (!place)
        return error_memory(error);
    *place = text;
    return 0;
}

static bool is_for_next(const struct bwrap_option *option)
{
    return option->read == bwrap_read_perms || option->read == bwrap_read_size;
}

static int leave_out(struct bwrap_reading *work, const struct bwrap_option *option, struct error *error)
{
    return warn(work->rules,
                arena_printf(&work->rules->arena, "--%s: is not about mounts, and left out%s%s", option->name,
                             option->hint ? ": " : "", option->hint ? option->hint : ""),
                error);
}

static int read_option(struct bwrap_reading *work, const struct bwrap_option *option,
                       const char *const *words, struct error *error)
{
    int status;

    if (!option->read)
        return leave_out(work, option, error);
    work->option = arena_printf(&work->rules->arena, "--%s %s%s%s", option->name, words[0],
                                option->words > 1 ? " " : "", option->words > 1 ? words[1] : "");
    if (!work->option)
        return error_memory(error);
    status = option->read(work, option, words, error);
    if (status < 0 && option->read != read_args)
        error_place(error, "%s", work->option);
    if (is_for_next(option))
        return status;
    work->has_mode = false;
    work->size = NULL;
    return status;
}

static int read_words(struct bwrap_reading *work, const char *const *words, size_t length,
                      struct error *error)
{
    int status = 0;

    work->total += length;
    if (work->total > (size_t)ARGS_LIMIT * 100)
        return error_set(error, E2BIG, "too many arguments");
    for (size_t i = 0; i < length && status == 0;) {
        const struct bwrap_option *option =
            strncmp(words[i], "--", 2) == 0 ? find_option(words[i] + 2) : NULL;

        if (strncmp(words[i], "--", 2) != 0 || strcmp(words[i], "--") == 0)
            return 0; /* the command */
        if (!option)
            return error_set(error, EINVAL, "%s: is no option of bubblewrap that is known", words[i]);
        if (length - i - 1 < option->words)
            return error_set(error, EINVAL, "%s takes %zu arguments", words[i], option->words);
        status = read_option(work, option, words + i + 1, error);
        i += 1 + option->words;
    }
    return status;
}

int bwrap_read(struct rules *rules, const char *const *words, size_t length, struct error *error)
{
    struct bwrap_reading work = {.rules = rules, .option = "bubblewrap's root"};
    static const char *root[] = {"/"};
    static const struct bwrap_option empty = {.name = "tmpfs", .kind = RULE_TMPFS};
    int status = bwrap_read_tmpfs(&work, &empty, root, error);

    rules->without_system = true;
    return status == 0 ? read_words(&work, words, length, error) : status;
}
