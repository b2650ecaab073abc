/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a policy: docs/policy.md, docs/policy.schema.json. */
#include "rules/policy.h"
#include "base/fd.h"
#include "config/document.h"
#include "config/position.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#define FILE_LIMIT ((size_t)64 << 20)
#define POLICY_VERSION 1

static const struct word kinds[] = {
    {"ro", RULE_RO},
    {"rw", RULE_RW},
    {"overlay", RULE_OVERLAY},
    {"bind", RULE_BIND},
    {"deny", RULE_DENY},
    {"tmpfs", RULE_TMPFS},
    {"proc", RULE_PROC},
    {"dev", RULE_DEV},
    {"mqueue", RULE_MQUEUE},
    {"sysfs", RULE_SYSFS},
    {"directory", RULE_DIRECTORY},
    {"symlink", RULE_SYMLINK},
    {"file", RULE_FILE},
    {0},
};

static const struct word faces[] = {
    {"empty", FACE_EMPTY}, {"eacces", FACE_EACCES}, {"enoent", FACE_ENOENT}, {0}};

static const struct word procs[] = {{"fresh", PROC_FRESH}, {"outer", PROC_OUTER}, {"none", PROC_NONE}, {0}};

static int read_mode(const struct field *field, void *place, struct error *error)
{
    const char *text;
    char *end;
    unsigned long mode;
    int status = field_string(field, &text, error);

    if (status < 0)
        return status;
    mode = strtoul(text, &end, 8);
    if (!*text || *end || strspn(text, "01234567") != strlen(text) || mode > 07777)
        return field_error(field, error, "is \"%s\", but must be octal, from \"0\" to \"7777\"", text);
    *(uint32_t *)place = (uint32_t)mode;
    return 0;
}

static int read_data(const struct field *field, void *place, struct error *error)
{
    const char *text;
    int status = field_string(field, &text, error);

    if (status == 0)
        *(const char **)place = text;
    return status;
}

static const struct property rule_properties[] = {
    WORD("kind", struct rule, kind, kinds, REQUIRED),
    TEXT("path", struct rule, path),
    TEXT("source", struct rule, source),
    WORD("face", struct rule, face, faces),
    WORD("proc", struct rule, proc, procs),
    STRINGS("options", struct rule, options),
    CUSTOM("mode", read_mode, .offset = MEMBER_OFFSET(struct rule, mode, uint32_t)),
    CUSTOM("data", read_data, .offset = MEMBER_OFFSET(struct rule, data, const char *)),
    BOOLEAN("readonly", struct rule, readonly),
    BOOLEAN("optional", struct rule, optional),
    {0},
};

#define KIND(kind) (1u << (kind))

/* Which kinds of rules take which keys; all take "kind" and "path". */
static const struct {
    const char *key;
    unsigned kinds;
} scopes[] = {
    {"source", KIND(RULE_BIND) | KIND(RULE_SYMLINK)},
    {"face", KIND(RULE_DENY)},
    {"proc", KIND(RULE_PROC)},
    {"options", KIND(RULE_BIND) | KIND(RULE_TMPFS) | KIND(RULE_DEV) | KIND(RULE_MQUEUE) | KIND(RULE_SYSFS) |
                    KIND(RULE_PROC)},
    {"mode", KIND(RULE_DIRECTORY) | KIND(RULE_FILE)},
    {"data", KIND(RULE_FILE)},
    {"readonly", KIND(RULE_FILE)},
    {"optional", KIND(RULE_RO) | KIND(RULE_RW) | KIND(RULE_OVERLAY) | KIND(RULE_BIND)},
};

static int check_scopes(const struct field *field, const struct rule *rule, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(scopes); i++) {
        struct field member = field_member(field, scopes[i].key);

        if (member.json && !(scopes[i].kinds & KIND(rule->kind)))
            return field_error(&member, error, "says nothing about a rule of kind \"%s\"",
                               rule_kind_name(rule->kind));
    }
    return 0;
}

/* Where a rule without a path is about. */
static const char *default_path(enum rule_kind kind)
{
    switch (kind) {
    case RULE_PROC:
        return "/proc";
    case RULE_DEV:
        return "/dev";
    case RULE_SYSFS:
        return "/sys";
    case RULE_MQUEUE:
        return "/dev/mqueue";
    default:
        return NULL;
    }
}

static int check_text(const struct field *field, const char *key, const char *text, struct error *error)
{
    struct field member = field_member(field, key);

    if (!text)
        return field_error(field, error, "has no \"%s\"", key);
    return strchr(text, '\n') ? field_error(&member, error, "has a newline") : 0;
}

static int read_rule(const struct field *field, struct rule *rule, struct error *error)
{
    int status = properties_only(field, rule_properties, error);

    if (status == 0)
        status = properties_read(field, rule_properties, rule, error);
    if (status == 0)
        status = check_scopes(field, rule, error);
    if (status < 0)
        return status;
    rule->has_mode = field_member(field, "mode").json != NULL;
    rule->data_length = rule->data ? strlen(rule->data) : 0;
    if (!rule->path)
        rule->path = default_path(rule->kind);
    status = check_text(field, "path", rule->path, error);
    if (status == 0 && (rule->kind == RULE_BIND || rule->kind == RULE_SYMLINK))
        status = check_text(field, "source", rule->source, error);
    return status;
}

/* The text's origins need the lines of its rules, which one pass over it finds. */
static int find_lines(const struct field *list, size_t **ret_lines, struct error *error)
{
    size_t length = json_array_size(list->json);
    size_t *lines = arena_allocate(&list->config->arena, length + 1, sizeof(*lines));

    if (!lines)
        return error_memory(error);
    (void)position_element_lines(list->config->text, "rules", lines, length);
    *ret_lines = lines;
    return 0;
}

static int read_rules(const struct field *field, void *place, struct error *error)
{
    struct rules *rules = place;
    size_t *lines = NULL;
    int status = field_expect(field, JSON_ARRAY, error);

    if (status == 0)
        status = find_lines(field, &lines, error);
    for (size_t i = 0; status == 0 && i < json_array_size(field->json); i++) {
        struct field element = field_element(field, i);
        struct rule rule = {0};

        status = read_rule(&element, &rule, error);
        if (status < 0)
            return status;
        rule.origin = arena_printf(&rules->arena, "%s:%zu: rules[%zu]", field->config->file, lines[i], i);
        status = rule.origin ? rules_add(rules, &rule, error) : error_memory(error);
    }
    return status;
}

static int read_version(const struct field *field, void *place, struct error *error)
{
    int64_t version;

    (void)place;
    if (field_int64(field, INT64_MIN, INT64_MAX, &version, error) < 0)
        return -error->code;
    return version == POLICY_VERSION
               ? 0
               : field_error(field, error, "is %lld, but holdfast knows version 1 only", (long long)version);
}

static int read_system(const struct field *field, void *place, struct error *error)
{
    int status = field_expect(field, JSON_TRUE, error);

    if (status == 0 && json_is_false(field->json))
        *(bool *)place = true;
    return status;
}

static const struct property policy_properties[] = {
    CUSTOM("version", read_version, REQUIRED),
    CUSTOM("system", read_system, .offset = MEMBER_OFFSET(struct rules, without_system, bool)),
    CUSTOM("rules", read_rules, REQUIRED),
    {0},
};

static int read_policy(const struct field *field, void *rules, struct error *error)
{
    int status = properties_only(field, policy_properties, error);

    return status == 0 ? properties_read(field, policy_properties, rules, error) : status;
}

int policy_read_text(struct rules *rules, const char *text, size_t length, const char *file,
                     struct error *error)
{
    static const struct document policy = {NULL, read_policy, NULL};
    struct config holder;
    int status = document_read(&holder, &policy, rules, text, length, file, error);

    if (status == 0)
        config_clear(&holder);
    return status;
}

int policy_read_file(struct rules *rules, const char *path, struct error *error)
{
    bool standard = strcmp(path, "-") == 0;
    CLEANUP_FD int file =
        standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    CLEANUP_FREE char *text = NULL;
    size_t length;
    int status;

    if (file < 0)
        return error_call(error, errno, "open", "cannot open the policy %s", path);
    status = fd_read_all(file, FILE_LIMIT, &text, &length);
    if (status == -EFBIG)
        return error_set(error, EFBIG, "the policy %s is larger than 64 MiB", path);
    if (status < 0)
        return error_call(error, status, "read", "cannot read the policy %s", path);
    return policy_read_text(rules, text, length, standard ? "standard input" : path, error);
}
