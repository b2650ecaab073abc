/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as the command line has them. */
#include "rules/rules.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS_LIMIT 32

static const char *const faces[] = {"empty", "eacces", "enoent"};
static const char *const procs[] = {"fresh", "outer", "none"};

/* A relative path starts from the working directory. */
static int make_absolute(struct rules *rules, const char **path, struct error *error)
{
    char directory[PATH_MAX];

    if (**path == '/' || **path == '~' || !**path)
        return 0;
    if (!getcwd(directory, sizeof(directory)))
        return error_call(error, errno, "getcwd", "cannot tell where %s starts from", *path);
    *path = arena_printf(&rules->arena, "%s/%s", directory, *path);
    return *path ? 0 : error_memory(error);
}

/* Whoever types a source may begin with "..". */
static int find_source(struct rules *rules, const char **source, struct error *error)
{
    char found[PATH_MAX];

    if (**source == '~' || !realpath(*source, found))
        return make_absolute(rules, source, error);
    *source = arena_copy(&rules->arena, found);
    return *source ? 0 : error_memory(error);
}

/* "PATH:FACE"; another word behind the colon belongs to the path. */
static int read_face(struct rules *rules, struct rule *rule, struct error *error)
{
    const char *colon = strrchr(rule->path, ':');

    for (size_t i = 0; colon && i < ARRAY_LENGTH(faces); i++) {
        if (strcmp(colon + 1, faces[i]) != 0)
            continue;
        rule->face = (enum config_face)i;
        rule->path = arena_copy_range(&rules->arena, rule->path, (size_t)(colon - rule->path));
        return rule->path ? 0 : error_memory(error);
    }
    return 0;
}

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

/* "SOURCE:DESTINATION[:OPTION,…]" */
static int read_bind(struct rules *rules, struct rule *rule, const char **options, struct error *error)
{
    char *rest = arena_copy(&rules->arena, rule->path);
    char *source, *destination;

    if (!rest)
        return error_memory(error);
    source = strsep(&rest, ":");
    destination = strsep(&rest, ":");
    if (!*source || !destination || !*destination || (rest && strchr(rest, ':'))) {
        error_set(error, EINVAL, "is not SOURCE:DESTINATION[:OPTIONS]");
        error_hint(error, "a colon can't be part of a path here; a policy file has no such limit");
        return -EINVAL;
    }
    rule->source = source;
    rule->path = destination;
    rule->options.values = options;
    return rest ? split_options(rest, options, &rule->options.length, error) : 0;
}

static int read_proc(struct rule *rule, const char *word, struct error *error)
{
    rule->path = "/proc";
    for (size_t i = 0; i < ARRAY_LENGTH(procs); i++) {
        rule->proc = (enum rule_proc)i;
        if (strcmp(word, procs[i]) == 0)
            return 0;
    }
    return error_set(error, EINVAL, "is \"%s\", but must be fresh, outer or none", word);
}

static int read_words(struct rules *rules, struct rule *rule, const char **options, struct error *error)
{
    int status = 0;

    switch (rule->kind) {
    case RULE_PROC:
        return read_proc(rule, rule->path, error);
    case RULE_DEV:
        rule->path = "/dev";
        return 0;
    case RULE_BIND:
        status = read_bind(rules, rule, options, error);
        break;
    case RULE_DENY:
        status = read_face(rules, rule, error);
        break;
    default:
        break;
    }
    if (status == 0 && !*rule->path)
        status = error_set(error, EINVAL, "is empty, but must be a path");
    if (status == 0 && rule->source)
        status = find_source(rules, &rule->source, error);
    return status == 0 ? make_absolute(rules, &rule->path, error) : status;
}

int rules_add_words(struct rules *rules, enum rule_kind kind, const char *argument, const char *origin,
                    struct error *error)
{
    struct rule rule = {.kind = kind, .path = argument, .origin = origin};
    const char *options[OPTIONS_LIMIT];
    int status = read_words(rules, &rule, options, error);

    if (status < 0) {
        rule_error_place(&rule, error);
        return status;
    }
    return rules_add(rules, &rule, error);
}
