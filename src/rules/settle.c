/* SPDX-License-Identifier: Apache-2.0 */
/* From rules as they were given to rules that can be looked up: paths are expanded and checked, the rules sorted. */
#include "rules/order.h"

#include <glob.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ------------------------------------------------------------------ one path */

static const char *find_home(void)
{
    const char *home = getenv("HOME");
    const struct passwd *user;

    if (home && *home == '/')
        return home;
    user = getpwuid(geteuid());
    return user ? user->pw_dir : NULL;
}

/* "~" and "~/x" are the caller's own; another one's home is not looked up. */
static int expand_home(struct rules *rules, const char **path, struct error *error)
{
    const char *home;

    if (**path != '~')
        return 0;
    if ((*path)[1] && (*path)[1] != '/') {
        error_set(error, EINVAL, "%s: only one's own home can be written so, \"~\" or \"~/…\"", *path);
        error_hint(error, "write the path of the other one out");
        return -EINVAL;
    }
    home = find_home();
    if (!home)
        return error_set(error, EINVAL, "%s: there is no home directory: HOME is not set", *path);
    *path = arena_printf(&rules->arena, "%s%s", home, *path + 1);
    return *path ? 0 : error_memory(error);
}

static bool has_component(const char *path, const char *component)
{
    size_t length = strlen(component);

    for (const char *at = path; *at; at += strcspn(at, "/")) {
        at += strspn(at, "/");
        if (strcspn(at, "/") == length && strncmp(at, component, length) == 0)
            return true;
    }
    return false;
}

static int check_path(const char *what, const char *path, struct error *error)
{
    if (!*path)
        return error_set(error, EINVAL, "the %s is empty", what);
    if (strchr(path, '\n'))
        return error_set(error, EINVAL, "the %s has a newline", what);
    if (*path != '/')
        return error_set(error, EINVAL, "the %s is \"%s\", but must be absolute, or begin with \"~\"", what,
                         path);
    if (!has_component(path, ".."))
        return 0;
    error_set(error, EINVAL, "the %s %s has \"..\" in it", what, path);
    error_hint(error, "write where it leads to: a rule is about one place, whatever a link on the way says");
    return -EINVAL;
}

/* Without ".", doubled slashes, and one at the end. */
static const char *tidy(struct rules *rules, const char *path)
{
    char *copy = arena_copy(&rules->arena, path);
    char *write = copy;

    while (copy && *path) {
        size_t length = strcspn(path, "/");

        if (length > 0 && !(length == 1 && *path == '.')) {
            *write++ = '/';
            memmove(write, path, length);
            write += length;
        }
        path += length + strspn(path + length, "/");
    }
    if (!copy)
        return NULL;
    if (write == copy)
        *write++ = '/';
    *write = '\0';
    return copy;
}

static int settle_path(struct rules *rules, const char *what, const char **path, struct error *error)
{
    int status = expand_home(rules, path, error);

    if (status == 0)
        status = check_path(what, *path, error);
    if (status < 0)
        return status;
    *path = tidy(rules, *path);
    return *path ? 0 : error_memory(error);
}

/* ------------------------------------------------------------------ globs */

/* What exists under that very name is meant itself. */
static bool is_glob(const struct rule *rule)
{
    struct stat status;

    return rule->kind <= RULE_DENY && rule->kind != RULE_BIND && strpbrk(rule->path, "*?[") &&
           lstat(rule->path, &status) < 0;
}

static int warn_of_nothing(struct rules *rules, const struct rule *rule, struct error *error)
{
    const char **place = arena_append(&rules->arena, (void **)&rules->warnings.values,
                                      &rules->warnings.length, sizeof(*place));

    if (!place)
        return error_memory(error);
    *place = arena_printf(&rules->arena,
                          "%s: matches nothing, so nothing is done; what appears later is not covered",
                          rule->origin);
    return *place ? 0 : error_memory(error);
}

static int add_matches(struct rules *expanded, const struct rule *rule, const glob_t *matches,
                       struct error *error)
{
    int status = 0;

    for (size_t i = 0; i < matches->gl_pathc && status == 0; i++) {
        struct rule match = *rule;

        match.path = matches->gl_pathv[i];
        status = rules_add(expanded, &match, error);
    }
    return status;
}

static int expand_glob(struct rules *expanded, const struct rule *rule, struct error *error)
{
    glob_t matches = {0};
    int status = glob(rule->path, GLOB_NOSORT, NULL, &matches);

    if (status == GLOB_NOMATCH)
        status = warn_of_nothing(expanded, rule, error);
    else if (status == GLOB_NOSPACE)
        status = error_memory(error);
    else if (status != 0)
        status = error_set(error, EIO, "cannot look for what %s matches", rule->path);
    else
        status = add_matches(expanded, rule, &matches, error);
    globfree(&matches);
    return status;
}

/* ------------------------------------------------------------------ one rule */

static int check_rule(const struct rule *rule, struct error *error)
{
    if (rule->kind == RULE_SYMLINK && (!rule->source || !*rule->source))
        return error_set(error, EINVAL, "a symbolic link needs a target");
    if (rule->kind == RULE_BIND && !rule->source && !rule->has_fd)
        return error_set(error, EINVAL, "a bind needs a source");
    if (strcmp(rule->path, "/") != 0)
        return 0;
    switch (rule->kind) {
    case RULE_RO:
    case RULE_RW:
    case RULE_OVERLAY:
    case RULE_BIND:
    case RULE_TMPFS:
    case RULE_DIRECTORY:
        return 0;
    case RULE_DENY:
        error_set(error, EINVAL, "/ can't be denied: nothing could run");
        error_hint(error, "begin with an empty root (\"tmpfs\" for /), and show what is needed in it");
        return -EINVAL;
    default:
        return error_set(error, EINVAL, "/ can't be a %s", rule_kind_name(rule->kind));
    }
}

static int settle_rule(struct rules *expanded, const struct rule *given, struct error *error)
{
    struct rule rule = *given;
    int status = settle_path(expanded, "path", &rule.path, error);

    if (status == 0 && rule.kind == RULE_BIND && rule.source)
        status = settle_path(expanded, "source", &rule.source, error);
    if (status == 0)
        status = check_rule(&rule, error);
    if (status == 0)
        status = is_glob(&rule) ? expand_glob(expanded, &rule, error) : rules_add(expanded, &rule, error);
    if (status < 0)
        rule_error_place(given, error);
    return status;
}

/* ------------------------------------------------------------------ all of them */

static int compare(const void *one, const void *other)
{
    return path_order(((const struct rule *)one)->path, ((const struct rule *)other)->path);
}

static bool same_text(const char *one, const char *other)
{
    return one == other || (one && other && strcmp(one, other) == 0);
}

static bool same_options(const struct strings *one, const struct strings *other)
{
    bool same = one->length == other->length;

    for (size_t i = 0; same && i < one->length; i++)
        same = strcmp(one->values[i], other->values[i]) == 0;
    return same;
}

static bool same_rule(const struct rule *one, const struct rule *other)
{
    return one->kind == other->kind && same_text(one->source, other->source) &&
           one->has_fd == other->has_fd && (!one->has_fd || one->fd == other->fd) &&
           one->face == other->face && one->proc == other->proc &&
           same_options(&one->options, &other->options) && one->has_mode == other->has_mode &&
           one->mode == other->mode && one->readonly == other->readonly &&
           one->data_length == other->data_length &&
           (one->data_length == 0 || memcmp(one->data, other->data, one->data_length) == 0);
}

int rules_merge_same(struct rules *rules, struct error *error)
{
    size_t kept = 0;

    if (rules->length > 1)
        qsort(rules->values, rules->length, sizeof(*rules->values), compare);
    for (size_t i = 0; i < rules->length; i++) {
        const struct rule *rule = &rules->values[i], *last = kept ? &rules->values[kept - 1] : NULL;

        if (!last || strcmp(last->path, rule->path) != 0) {
            rules->values[kept++] = *rule;
            continue;
        }
        if (same_rule(last, rule))
            continue;
        error_set(error, EINVAL, "contradicts %s: both are about %s", last->origin, rule->path);
        error_hint(error, "leave one of the two out, or give them different paths: the longer one wins");
        rule_error_place(rule, error);
        return -EINVAL;
    }
    rules->length = kept;
    rules->settled = true;
    return 0;
}

int rules_settle(struct rules *rules, struct error *error)
{
    struct rules expanded = {.without_system = rules->without_system};
    int status = 0;

    for (size_t i = 0; i < rules->length && status == 0; i++)
        status = settle_rule(&expanded, &rules->values[i], error);
    if (status == 0)
        status = rules_merge_same(&expanded, error);
    if (status < 0) {
        rules_clear(&expanded);
        return status;
    }
    rules_clear(rules);
    *rules = expanded;
    return 0;
}
