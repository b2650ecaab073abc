/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/device_exceptions.h"

#include <stdio.h>
#include <string.h>

/* In the order of devices.list. */
static const struct {
    char letter;
    unsigned right;
} rights_table[] = {
    {'r', BPF_DEVCG_ACC_READ},
    {'w', BPF_DEVCG_ACC_WRITE},
    {'m', BPF_DEVCG_ACC_MKNOD},
};

const char *device_rights_format(unsigned rights, char text[4])
{
    size_t length = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(rights_table); i++)
        if (rights & rights_table[i].right)
            text[length++] = rights_table[i].letter;
    text[length] = '\0';
    return text;
}

static const char *format_number(int64_t number, char text[16])
{
    if (number == DEVICE_ANY)
        return "*";
    snprintf(text, 16, "%u", (unsigned)number);
    return text;
}

const char *device_rule_format(const struct device_rule *rule, unsigned rights, char text[DEVICE_LINE_SIZE])
{
    char letters[4], major[16], minor[16];

    snprintf(text, DEVICE_LINE_SIZE, "%c %s:%s %s", rule->type, format_number(rule->major, major),
             format_number(rule->minor, minor), device_rights_format(rights, letters));
    return text;
}

static bool is_same_device(const struct device_rule *one, const struct device_rule *other)
{
    return one->type == other->type && one->major == other->major && one->minor == other->minor;
}

static bool covers_number(int64_t whole, int64_t part)
{
    return whole == DEVICE_ANY || whole == part;
}

/* Whether all that the part is about the whole is about, too. */
static bool covers(const struct device_rule *whole, const struct device_rule *part)
{
    return whole->type == part->type && covers_number(whole->major, part->major) &&
           covers_number(whole->minor, part->minor);
}

static bool numbers_meet(int64_t one, int64_t other)
{
    return one == DEVICE_ANY || other == DEVICE_ANY || one == other;
}

static bool meets(const struct device_rule *one, const struct device_rule *other)
{
    return one->type == other->type && numbers_meet(one->major, other->major) &&
           numbers_meet(one->minor, other->minor);
}

static struct device_rule *find(const struct device_exceptions *exceptions, const struct device_rule *rule)
{
    for (size_t i = 0; i < exceptions->length; i++)
        if (is_same_device(&exceptions->values[i], rule))
            return &exceptions->values[i];
    return NULL;
}

unsigned device_exceptions_find(const struct device_exceptions *exceptions, const struct device_rule *rule)
{
    const struct device_rule *exception = find(exceptions, rule);

    return exception ? exception->rights : 0;
}

static int add(struct device_exceptions *exceptions, const struct device_rule *rule, struct arena *arena,
               struct error *error)
{
    struct device_rule *exception = find(exceptions, rule);

    if (exception) {
        exception->rights |= rule->rights;
        return 0;
    }
    exception =
        arena_append(arena, (void **)&exceptions->values, &exceptions->length, sizeof(*exceptions->values));
    if (!exception)
        return error_memory(error);
    *exception = *rule;
    return 0;
}

static int refuse(const struct device_rule *rule, const struct device_rule *exception, struct error *error)
{
    char text[DEVICE_LINE_SIZE], other[DEVICE_LINE_SIZE];

    error_set(error, EOPNOTSUPP, "cannot %s devices %s, a part of %s", rule->allow ? "allow" : "deny",
              device_rule_format(rule, rule->rights, text),
              device_rule_format(exception, exception->rights, other));
    error_hint(error, "version 1 of cgroups cannot make an exception from an exception: name the devices of "
                      "the wider rule one by one");
    return -EOPNOTSUPP;
}

/* Takes the rule's rights from the exceptions for what it is about; one that has none left disappears. */
static int subtract(struct device_exceptions *exceptions, const struct device_rule *rule, struct error *error)
{
    size_t kept = 0;

    for (size_t i = 0; i < exceptions->length; i++) {
        struct device_rule exception = exceptions->values[i];

        if (covers(rule, &exception))
            exception.rights &= ~rule->rights;
        else if (meets(rule, &exception) && (rule->rights & exception.rights))
            return refuse(rule, &exception, error);
        if (exception.rights)
            exceptions->values[kept++] = exception;
    }
    exceptions->length = kept;
    return 0;
}

static int apply(struct device_exceptions *exceptions, const struct device_rule *rule, struct arena *arena,
                 struct error *error)
{
    if (rule->allow == exceptions->allow)
        return subtract(exceptions, rule, error);
    return add(exceptions, rule, arena, error);
}

/* A rule of the type 'a' is one for each type: what the kernel calls "a" resets everything. */
static int apply_to_types(struct device_exceptions *exceptions, const struct device_rule *rule,
                          struct arena *arena, struct error *error)
{
    struct device_rule characters = *rule, blocks = *rule;
    int status;

    if (rule->type != 'a')
        return apply(exceptions, rule, arena, error);
    characters.type = 'c';
    blocks.type = 'b';
    status = apply(exceptions, &characters, arena, error);
    return status < 0 ? status : apply(exceptions, &blocks, arena, error);
}

int device_exceptions_make(const struct device_policy *policy, struct arena *arena,
                           struct device_exceptions *ret_exceptions, struct error *error)
{
    struct device_exceptions exceptions = {.allow = policy->allow};
    int status = 0;

    for (size_t i = 0; status == 0 && i < policy->length; i++)
        status = apply_to_types(&exceptions, &policy->rules[i], arena, error);
    if (status == 0)
        *ret_exceptions = exceptions;
    return status;
}

static bool parse_number(const char *text, int64_t *ret_number)
{
    unsigned number;
    char rest;

    if (strcmp(text, "*") == 0)
        *ret_number = DEVICE_ANY;
    else if (sscanf(text, "%u%c", &number, &rest) == 1)
        *ret_number = number;
    else
        return false;
    return true;
}

static bool parse_line(const char *line, struct device_rule *rule)
{
    char major[16], minor[16], rights[4];

    if (sscanf(line, "%c %15[^:]:%15s %3s", &rule->type, major, minor, rights) != 4)
        return false;
    rule->rights = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(rights_table); i++)
        if (strchr(rights, rights_table[i].letter))
            rule->rights |= rights_table[i].right;
    return strchr("abc", rule->type) && rule->rights && parse_number(major, &rule->major) &&
           parse_number(minor, &rule->minor);
}

int device_exceptions_parse(const char *list, struct arena *arena, struct device_exceptions *ret_exceptions,
                            struct error *error)
{
    struct device_exceptions exceptions = {0};
    struct device_rule rule = {.allow = true};
    int status = 0;

    while (status == 0 && *list) {
        if (parse_line(list, &rule) && rule.type == 'a')
            exceptions.allow = true;
        else if (parse_line(list, &rule))
            status = add(&exceptions, &rule, arena, error);
        list += strcspn(list, "\n");
        list += *list == '\n';
    }
    if (status == 0)
        *ret_exceptions = exceptions;
    return status;
}
