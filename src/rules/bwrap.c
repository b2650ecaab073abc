/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/bwrap.h"
#include "base/fd.h"
#include "rules/order.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DATA_LIMIT ((size_t)16 << 20)
#define ARGS_LIMIT 9000 /* as bubblewrap has it */

struct reading {
    struct rules *rules;
    const char *option;
    bool has_mode;
    uint32_t mode;    /* --perms, for the next option */
    const char *size; /* --size */
    size_t total;     /* words so far */
};

struct option;
typedef int option_reader(struct reading *work, const struct option *option, const char *const *words,
                          struct error *error);

struct option {
    const char *name;
    size_t words;
    option_reader *read; /* NULL: it is not about mounts */
    enum rule_kind kind;
    const char *hint;          /* what does the same; NULL: nothing */
    const char *mount_options; /* of a bind */
    bool optional, readonly;
};

/* ------------------------------------------------------------------ the view so far */

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

/* Absolute, without doubled slashes and one at the end; bubblewrap takes a relative destination from "/". */
static const char *tidy(struct rules *rules, const char *path)
{
    char *copy = arena_printf(&rules->arena, "/%s/", path);
    char *write = copy;

    for (const char *read = copy; read && *read; read++)
        if (*read != '/' || write == copy || write[-1] != '/')
            *write++ = *read;
    if (copy && write > copy + 1)
        write--;
    if (copy)
        *write = '\0';
    return copy;
}

static struct rule *find(struct rules *rules, const char *path)
{
    for (size_t i = 0; i < rules->length; i++)
        if (strcmp(rules->values[i].path, path) == 0)
            return &rules->values[i];
    return NULL;
}

/* What was at the path, and below it, can't be seen any more. */
static void cover(struct rules *rules, const char *path)
{
    size_t kept = 0;

    for (size_t i = 0; i < rules->length; i++)
        if (!path_below(rules->values[i].path, path))
            rules->values[kept++] = rules->values[i];
    rules->length = kept;
}

/* The last rule that path lies in; of one that mounts nothing, what that lies in. */
static const struct rule *find_region(const struct rules *rules, const char *path)
{
    const struct rule *region = NULL;

    for (size_t i = 0; i < rules->length; i++) {
        const struct rule *rule = &rules->values[i];

        if (rule->kind != RULE_DIRECTORY && rule->kind != RULE_SYMLINK && path_below(path, rule->path) &&
            (!region || strlen(rule->path) > strlen(region->path)))
            region = rule;
    }
    return region;
}

/* What leads to a place in memory is made, and bubblewrap lets nobody into it whom the last permissions keep out. */
static int add_parents(struct reading *work, const char *path, uint32_t mode, struct error *error)
{
    struct rule parent = {.kind = RULE_DIRECTORY, .origin = work->option, .has_mode = true};

    parent.mode = 0755u & ~(mode & 0070 ? 0u : 0050u) & ~(mode & 0007 ? 0u : 0005u);
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        const struct rule *region;

        parent.path = arena_copy_range(&work->rules->arena, path, (size_t)(slash - path));
        if (!parent.path)
            return error_memory(error);
        region = find_region(work->rules, parent.path);
        if (!region || region->kind != RULE_TMPFS || find(work->rules, parent.path))
            continue;
        if (rules_add(work->rules, &parent, error) < 0)
            return -error->code;
    }
    return 0;
}

static int add(struct reading *work, struct rule *rule, uint32_t mode, struct error *error)
{
    cover(work->rules, rule->path);
    rule->origin = work->option;
    if (add_parents(work, rule->path, mode, error) < 0)
        return -error->code;
    return rules_add(work->rules, rule, error);
}

static int add_words(struct reading *work, const char *text, struct strings *list, struct error *error)
{
    struct arena *arena = &work->rules->arena;
    char *rest = arena_copy(arena, text);
    char *word;

    while (rest && (word = strsep(&rest, ","))) {
        const char **place =
            arena_append(arena, (void **)&list->values, &list->length, sizeof(*list->values));

        if (!place)
            return error_memory(error);
        *place = word;
    }
    return 0;
}

/* ------------------------------------------------------------------ descriptors */

static int read_number(const char *word, int base, long maximum, long *ret_number, struct error *error)
{
    char *end;
    long number = strtol(word, &end, base);

    if (!*word || *end || number < 0 || number > maximum)
        return error_set(error, EINVAL, "\"%s\" is not a number that it takes", word);
    *ret_number = number;
    return 0;
}

static int read_descriptor(const char *word, char **ret_text, size_t *ret_length, struct error *error)
{
    long fd;
    int status = read_number(word, 10, INT_MAX, &fd, error);

    if (status == 0)
        status = fd_read_all((int)fd, DATA_LIMIT, ret_text, ret_length);
    if (status < 0 && !error->code)
        error_call(error, status, "read", "cannot read descriptor %s", word);
    return status;
}

/* ------------------------------------------------------------------ the options */

static const char *make_absolute(struct rules *rules, const char *path)
{
    char found[PATH_MAX];

    if (realpath(path, found))
        return arena_copy(&rules->arena, found);
    if (*path == '/')
        return path;
    return getcwd(found, sizeof(found)) ? arena_printf(&rules->arena, "%s/%s", found, path) : NULL;
}

static int read_bind(struct reading *work, const struct option *option, const char *const *words,
                     struct error *error)
{
    struct rule rule = {.kind = RULE_BIND, .optional = option->optional};

    rule.source = make_absolute(work->rules, words[0]);
    rule.path = tidy(work->rules, words[1]);
    if (!rule.source || !rule.path)
        return error_memory(error);
    /* Without a source nothing is covered, either. */
    if (rule.optional && access(rule.source, F_OK) < 0)
        return 0;
    rule.optional = false;
    if (add_words(work, option->mount_options, &rule.options, error) < 0)
        return -error->code;
    return add(work, &rule, 0, error);
}

static int read_bind_fd(struct reading *work, const struct option *option, const char *const *words,
                        struct error *error)
{
    const char *source = arena_printf(&work->rules->arena, "/proc/self/fd/%s", words[0]);
    const char *given[2] = {source, words[1]};

    return source ? read_bind(work, option, given, error) : error_memory(error);
}

static int read_tmpfs(struct reading *work, const struct option *option, const char *const *words,
                      struct error *error)
{
    struct rule rule = {.kind = option->kind, .path = tidy(work->rules, words[0])};
    const char *text =
        arena_printf(&work->rules->arena, "nosuid,nodev,mode=%o%s%s", work->has_mode ? work->mode : 0755,
                     work->size ? ",size=" : "", work->size ? work->size : "");

    if (!text || !rule.path)
        return error_memory(error);
    if (add_words(work, text, &rule.options, error) < 0)
        return -error->code;
    return add(work, &rule, work->has_mode ? work->mode : 0755, error);
}

static int read_kernel(struct reading *work, const struct option *option, const char *const *words,
                       struct error *error)
{
    struct rule rule = {.kind = option->kind, .path = tidy(work->rules, words[0])};

    if (!rule.path)
        return error_memory(error);
    /* bubblewrap sets no flags there. */
    if (rule.kind == RULE_MQUEUE && add_words(work, "suid,dev,exec", &rule.options, error) < 0)
        return -error->code;
    return add(work, &rule, 0755, error);
}

static int read_dev(struct reading *work, const struct option *option, const char *const *words,
                    struct error *error)
{
    struct rule shm = {.kind = RULE_DIRECTORY, .path = "/dev/shm", .has_mode = true, .mode = 0755};
    const char *path = tidy(work->rules, words[0]);
    int status;

    if (!path)
        return error_memory(error);
    if (strcmp(path, "/dev") != 0)
        return error_set(error, ENOTSUP, "%s: devices can be at /dev only", path);
    status = read_kernel(work, option, words, error);
    return status == 0 ? add(work, &shm, 0755, error) : status;
}

/* A directory that is there stays as it is. */
static int read_directory(struct reading *work, const struct option *option, const char *const *words,
                          struct error *error)
{
    struct rule rule = {.kind = option->kind,
                        .path = tidy(work->rules, words[0]),
                        .has_mode = true,
                        .mode = work->has_mode ? work->mode : 0755};

    if (!rule.path)
        return error_memory(error);
    return find(work->rules, rule.path) ? 0 : add(work, &rule, rule.mode, error);
}

static int read_symlink(struct reading *work, const struct option *option, const char *const *words,
                        struct error *error)
{
    struct rule rule = {.kind = option->kind, .source = words[0], .path = tidy(work->rules, words[1])};

    return rule.path ? add(work, &rule, 0, error) : error_memory(error);
}

static int read_file(struct reading *work, const struct option *option, const char *const *words,
                     struct error *error)
{
    /* --file makes a new one, the others bind one that mkstemp(3) made. */
    const bool bound = strcmp(option->name, "file") != 0;
    CLEANUP_FREE char *data = NULL;
    struct rule rule = {.kind = option->kind,
                        .path = tidy(work->rules, words[1]),
                        .readonly = option->readonly,
                        .has_mode = true,
                        .mode = work->has_mode ? work->mode
                                : bound        ? 0600
                                               : 0666};
    int status = rule.path ? read_descriptor(words[0], &data, &rule.data_length, error) : error_memory(error);

    rule.data = data;
    return status == 0 ? add(work, &rule, rule.mode, error) : status;
}

static int read_remount(struct reading *work, const struct option *option, const char *const *words,
                        struct error *error)
{
    const char *path = tidy(work->rules, words[0]);
    struct rule *rule = path ? find(work->rules, path) : NULL;

    (void)option;
    if (rule && rule->kind == RULE_FILE) {
        rule->readonly = true;
        return 0;
    }
    if (!rule || rule->kind == RULE_DIRECTORY || rule->kind == RULE_SYMLINK)
        return error_set(error, EINVAL, "%s: nothing is mounted there by an option before it", words[0]);
    if (rule->kind == RULE_PROC && rule->options.length == 0)
        if (add_words(work, "nosuid,nodev,noexec", &rule->options, error) < 0)
            return -error->code;
    return add_words(work, "ro", &rule->options, error);
}

static int read_chmod(struct reading *work, const struct option *option, const char *const *words,
                      struct error *error)
{
    struct rule directory = {.kind = RULE_DIRECTORY, .path = tidy(work->rules, words[1]), .has_mode = true};
    struct rule *rule = directory.path ? find(work->rules, directory.path) : NULL;
    const struct rule *region;
    long mode = 0;

    (void)option;
    if (read_number(words[0], 8, 07777, &mode, error) < 0)
        return -error->code;
    directory.mode = (uint32_t)mode;
    if (rule && rule->kind == RULE_TMPFS)
        return add_words(work, arena_printf(&work->rules->arena, "mode=%o", (unsigned)mode), &rule->options,
                         error);
    if (rule && (rule->kind == RULE_DIRECTORY || rule->kind == RULE_FILE)) {
        rule->has_mode = true;
        rule->mode = (uint32_t)mode;
        return 0;
    }
    region = rule ? NULL : find_region(work->rules, directory.path);
    if (region && region->kind == RULE_TMPFS)
        return error_set(error, ENOENT, "%s: nothing is there", words[1]);
    error_set(error, ENOTSUP, "%s is the machine's own: its mode would be changed for good", words[1]);
    error_hint(error, "change it on the machine, or leave the option out");
    return -ENOTSUP;
}

static int read_perms(struct reading *work, const struct option *option, const char *const *words,
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

static int read_size(struct reading *work, const struct option *option, const char *const *words,
                     struct error *error)
{
    long size;

    (void)option;
    if (read_number(words[0], 10, LONG_MAX, &size, error) < 0)
        return -error->code;
    work->size = words[0];
    return 0;
}

static int read_words(struct reading *work, const char *const *words, size_t length, struct error *error);

static int read_args(struct reading *work, const struct option *option, const char *const *words,
                     struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    struct strings list = {0};
    size_t length = 0;
    const char *copy;
    int status = read_descriptor(words[0], &text, &length, error);

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

static const struct option options[] = {
    {"args", 1, read_args, 0, NULL, NULL, false, false},
    {"bind", 2, read_bind, 0, NULL, BIND, false, false},
    {"bind-try", 2, read_bind, 0, NULL, BIND, true, false},
    {"dev-bind", 2, read_bind, 0, NULL, DEV_BIND, false, false},
    {"dev-bind-try", 2, read_bind, 0, NULL, DEV_BIND, true, false},
    {"ro-bind", 2, read_bind, 0, NULL, RO_BIND, false, false},
    {"ro-bind-try", 2, read_bind, 0, NULL, RO_BIND, true, false},
    {"bind-fd", 2, read_bind_fd, 0, NULL, BIND, false, false},
    {"ro-bind-fd", 2, read_bind_fd, 0, NULL, RO_BIND, false, false},
    {"remount-ro", 1, read_remount, 0, NULL, NULL, false, false},
    {"proc", 1, read_kernel, RULE_PROC, NULL, NULL, false, false},
    {"dev", 1, read_dev, RULE_DEV, NULL, NULL, false, false},
    {"tmpfs", 1, read_tmpfs, RULE_TMPFS, NULL, NULL, false, false},
    {"mqueue", 1, read_kernel, RULE_MQUEUE, NULL, NULL, false, false},
    {"dir", 1, read_directory, RULE_DIRECTORY, NULL, NULL, false, false},
    {"file", 2, read_file, RULE_FILE, NULL, NULL, false, false},
    {"bind-data", 2, read_file, RULE_FILE, NULL, NULL, false, false},
    {"ro-bind-data", 2, read_file, RULE_FILE, NULL, NULL, false, true},
    {"symlink", 2, read_symlink, RULE_SYMLINK, NULL, NULL, false, false},
    {"chmod", 2, read_chmod, 0, NULL, NULL, false, false},
    {"perms", 1, read_perms, 0, NULL, NULL, false, false},
    {"size", 1, read_size, 0, NULL, NULL, false, false},
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

static const struct option *find_option(const char *word)
{
    for (size_t i = 0; i < ARRAY_LENGTH(options); i++)
        if (strcmp(options[i].name, word) == 0)
            return &options[i];
    return NULL;
}

static bool is_for_next(const struct option *option)
{
    return option->read == read_perms || option->read == read_size;
}

static int leave_out(struct reading *work, const struct option *option, struct error *error)
{
    return warn(work->rules,
                arena_printf(&work->rules->arena, "--%s: is not about mounts, and left out%s%s", option->name,
                             option->hint ? ": " : "", option->hint ? option->hint : ""),
                error);
}

static int read_option(struct reading *work, const struct option *option, const char *const *words,
                       struct error *error)
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

static int read_words(struct reading *work, const char *const *words, size_t length, struct error *error)
{
    int status = 0;

    work->total += length;
    if (work->total > ARGS_LIMIT * 100)
        return error_set(error, E2BIG, "too many arguments");
    for (size_t i = 0; i < length && status == 0;) {
        const struct option *option = strncmp(words[i], "--", 2) == 0 ? find_option(words[i] + 2) : NULL;

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
    struct reading work = {.rules = rules, .option = "bubblewrap's root"};
    static const char *root[] = {"/"};
    static const struct option empty = {.name = "tmpfs", .kind = RULE_TMPFS};
    int status = read_tmpfs(&work, &empty, root, error);

    rules->without_system = true;
    return status == 0 ? read_words(&work, words, length, error) : status;
}
