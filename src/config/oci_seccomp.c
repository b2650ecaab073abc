/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: linux.seccomp, in the terms of libseccomp. */
#include "config/oci.h"

#include <ctype.h>
#include <jansson.h>
#include <seccomp.h>
#include <string.h>

const struct word oci_seccomp_actions[] = {
    {"SCMP_ACT_KILL", SCMP_ACT_KILL},
    {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
    {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
    {"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0)},
    {"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0)},
    {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
    {"SCMP_ACT_LOG", SCMP_ACT_LOG},
    {"SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY},
    {NULL, 0},
};

/* Reads an action together with its errno, a sibling, which only two of the actions have. */
static int read_action(const struct field *field, const char *errno_name, uint32_t *ret_action,
                       struct error *error)
{
    struct field errno_field = field_member(field->parent, errno_name);
    uint32_t value = EPERM; /* "errnoRet: … when absent the default is EPERM" (OCI config-linux.md) */
    const struct word *action;
    int result = field_word(field, oci_seccomp_actions, &action, error);

    if (result == 0 && errno_field.json)
        result = field_uint32(&errno_field, UINT16_MAX, &value, error);
    if (result < 0)
        return result;
    if (action->number == SCMP_ACT_ERRNO(0) || action->number == SCMP_ACT_TRACE(0)) {
        *ret_action = action->number | value;
    } else if (errno_field.json) {
        result = field_error(&errno_field, error, "is not for the action %s", action->word);
        error_hint(error, "only SCMP_ACT_ERRNO and SCMP_ACT_TRACE return one");
    } else {
        *ret_action = action->number;
    }
    return result;
}

static int read_default_action(const struct field *field, void *target, struct error *error)
{
    struct config_seccomp *seccomp = target;

    return read_action(field, "defaultErrnoRet", &seccomp->default_action, error);
}

static int read_rule_action(const struct field *field, void *target, struct error *error)
{
    struct config_seccomp_rule *rule = target;

    return read_action(field, "errnoRet", &rule->action, error);
}

const struct word oci_seccomp_comparisons[] = {
    {"SCMP_CMP_NE", SCMP_CMP_NE},
    {"SCMP_CMP_LT", SCMP_CMP_LT},
    {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ},
    {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
    {NULL, 0},
};

/* libseccomp's own names are "x86_64" and so on. */
uint32_t oci_seccomp_architecture(const char *name)
{
    static const char prefix[] = "SCMP_ARCH_";
    char own[32] = {0};

    if (strncmp(name, prefix, strlen(prefix)) != 0)
        return 0;
    name += strlen(prefix);
    for (size_t i = 0; name[i]; i++) {
        if (i == sizeof(own) - 1 || islower((unsigned char)name[i]))
            return 0;
        own[i] = (char)tolower((unsigned char)name[i]);
    }
    return seccomp_arch_resolve_name(own);
}

static int read_architectures(const struct field *field, void *target, struct error *error)
{
    struct config_seccomp *seccomp = target;
    void *room;
    int result = field_array(field, sizeof(uint32_t), &room, &seccomp->architectures_length, error);

    if (result < 0)
        return result;
    seccomp->architectures = room;
    for (size_t i = 0; i < seccomp->architectures_length && result == 0; i++) {
        struct field element = field_element(field, i);
        const char *name;

        result = field_string(&element, &name, error);
        if (result < 0)
            break;
        seccomp->architectures[i] = oci_seccomp_architecture(name);
        if (seccomp->architectures[i] == 0)
            return field_error(&element, error, "is \"%s\", which this libseccomp does not know", name);
    }
    return result;
}

enum flag { TSYNC, LOG, SPEC_ALLOW, WAIT_KILLABLE };

const struct word oci_seccomp_flags[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", TSYNC},
    {"SECCOMP_FILTER_FLAG_LOG", LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", WAIT_KILLABLE},
    {NULL, 0},
};

static int read_flags(const struct field *field, void *target, struct error *error)
{
    struct config_seccomp *seccomp = target;
    bool given[ARRAY_LENGTH(oci_seccomp_flags)] = {false};
    int result = field_expect(field, JSON_ARRAY, error);

    for (size_t i = 0; result == 0 && i < json_array_size(field->json); i++) {
        struct field element = field_element(field, i);
        const struct word *row;

        result = field_word(&element, oci_seccomp_flags, &row, error);
        if (result == 0)
            given[row->number] = true;
    }
    seccomp->log = given[LOG];
    seccomp->spec_allow = given[SPEC_ALLOW];
    seccomp->wait_killable = given[WAIT_KILLABLE];
    return result;
}

static const struct property argument_properties[] = {
    UINT32("index", struct config_seccomp_argument, index, 5, REQUIRED),
    UINT64("value", struct config_seccomp_argument, value, REQUIRED),
    UINT64("valueTwo", struct config_seccomp_argument, value_two),
    WORD("op", struct config_seccomp_argument, compare, oci_seccomp_comparisons, REQUIRED),
    {0},
};

static int read_rule_names(const struct field *field, void *place, struct error *error)
{
    int result = field_strings(field, place, error);

    if (result == 0 && json_array_size(field->json) == 0)
        return field_error(field, error, "is empty, but must name a system call");
    return result;
}

static const struct property rule_properties[] = {
    CUSTOM("names", read_rule_names,
           .offset = MEMBER_OFFSET(struct config_seccomp_rule, names, struct strings), REQUIRED),
    CUSTOM("action", read_rule_action, REQUIRED),
    IGNORED("errnoRet"), /* read with the action */
    LIST("args", struct config_seccomp_rule, arguments, arguments_length, argument_properties),
    {0},
};

const struct property oci_seccomp_properties[] = {
    TEXT("listenerPath", struct config_seccomp, listener_path),
    TEXT("listenerMetadata", struct config_seccomp, listener_metadata),
    CUSTOM("defaultAction", read_default_action, REQUIRED),
    IGNORED("defaultErrnoRet"), /* read with the action */
    CUSTOM("flags", read_flags),
    CUSTOM("architectures", read_architectures),
    LIST("syscalls", struct config_seccomp, rules, rules_length, rule_properties),
    {0},
};
