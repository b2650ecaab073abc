/* SPDX-License-Identifier: Apache-2.0 */
/* libseccomp: seccomp_init(3), seccomp_arch_add(3), seccomp_attr_set(3), seccomp_rule_add_array(3); then
 * seccomp_load(3). The action for an architecture that isn't listed stays libseccomp's, SCMP_ACT_KILL, as in
 * runc. */
#include "process/seccomp.h"

#include <string.h>

#define ARGUMENTS_LIMIT 6 /* a system call has no more */

void seccomp_cleanup(scmp_filter_ctx *filter)
{
    if (*filter)
        seccomp_release(*filter);
    *filter = NULL;
}

static int check_action(uint32_t action, const char *what, struct error *error)
{
    if (action == SCMP_ACT_NOTIFY)
        return error_set(error, ENOTSUP, "seccomp: SCMP_ACT_NOTIFY for %s is not supported", what);
    return 0;
}

static int add_architectures(scmp_filter_ctx filter, const struct config_seccomp *seccomp,
                             struct error *error)
{
    for (size_t i = 0; i < seccomp->architectures_length; i++) {
        int result = seccomp_arch_add(filter, seccomp->architectures[i]);

        /* EEXIST: listed twice, or the native one. */
        if (result < 0 && result != -EEXIST)
            return error_call(error, result, "seccomp_arch_add", "seccomp: cannot add architectures[%zu]", i);
    }
    return 0;
}

/* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: since libseccomp 2.6. */
static int set_wait_killable(scmp_filter_ctx filter, struct error *error)
{
#if SCMP_VER_MAJOR > 2 || (SCMP_VER_MAJOR == 2 && SCMP_VER_MINOR >= 6)
    int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_WAITKILL, 1);

    if (result < 0)
        return error_call(error, result, "seccomp_attr_set",
                          "seccomp: cannot set SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
    return 0;
#else
    (void)filter;
    return error_set(
        error, ENOTSUP,
        "seccomp: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs libseccomp 2.6, holdfast was built "
        "with %d.%d.%d",
        SCMP_VER_MAJOR, SCMP_VER_MINOR, SCMP_VER_MICRO);
#endif
}

static int set_attributes(scmp_filter_ctx filter, const struct config_seccomp *seccomp, struct error *error)
{
    const struct {
        enum scmp_filter_attr attribute;
        uint32_t value;
        const char *name;
    } attributes[] = {
        {SCMP_FLTATR_CTL_NNP, 0, "NO_NEW_PRIVS"},
        {SCMP_FLTATR_CTL_TSYNC, 1, "SECCOMP_FILTER_FLAG_TSYNC"},
        {SCMP_FLTATR_CTL_LOG, seccomp->log, "SECCOMP_FILTER_FLAG_LOG"},
        {SCMP_FLTATR_CTL_SSB, seccomp->spec_allow, "SECCOMP_FILTER_FLAG_SPEC_ALLOW"},
        {SCMP_FLTATR_API_SYSRAWRC, 1, "the kernel's error numbers"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(attributes); i++) {
        int result = seccomp_attr_set(filter, attributes[i].attribute, attributes[i].value);

        if (result < 0)
            return error_call(error, result, "seccomp_attr_set", "seccomp: cannot set %s",
                              attributes[i].name);
    }
    return seccomp->wait_killable ? set_wait_killable(filter, error) : 0;
}

static bool same_index_twice(const struct config_seccomp_rule *rule)
{
    unsigned int seen = 0;

    for (size_t i = 0; i < rule->arguments_length; i++) {
        unsigned int bit = 1U << rule->arguments[i].index;

        if (seen & bit)
            return true;
        seen |= bit;
    }
    return false;
}

static int check_arguments(const struct config_seccomp_rule *rule, struct error *error)
{
    for (size_t i = 0; i < rule->arguments_length; i++)
        if (rule->arguments[i].index >= ARGUMENTS_LIMIT)
            return error_set(error, EINVAL, "seccomp: args[%zu] has index %u, a system call has %d arguments",
                             i, rule->arguments[i].index, ARGUMENTS_LIMIT);
    return 0;
}

static int add_rule(scmp_filter_ctx filter, const struct config_seccomp_rule *rule, const char *name,
                    const struct scmp_arg_cmp *comparisons, size_t length, struct error *error)
{
    int number = seccomp_syscall_resolve_name(name);
    int result;

    if (number == __NR_SCMP_ERROR)
        return 0;
    result = seccomp_rule_add_array(filter, rule->action, number, (unsigned int)length, comparisons);
    /* EEXIST: another rule says the same already. */
    if (result < 0 && result != -EEXIST)
        return error_call(error, result, "seccomp_rule_add", "seccomp: cannot add a rule for %s", name);
    return 0;
}

/* Conditions on different arguments have to hold together. Where two are on the same one, each is a rule for
 * itself, as runc has always done it: profiles count on it. */
static int add_rules(scmp_filter_ctx filter, const struct config_seccomp_rule *rule, const char *name,
                     const struct scmp_arg_cmp *comparisons, struct error *error)
{
    int result = 0;

    if (!same_index_twice(rule))
        return add_rule(filter, rule, name, comparisons, rule->arguments_length, error);
    for (size_t i = 0; i < rule->arguments_length && result == 0; i++)
        result = add_rule(filter, rule, name, &comparisons[i], 1, error);
    return result;
}

static struct scmp_arg_cmp *copy_arguments(const struct config_seccomp_rule *rule)
{
    struct scmp_arg_cmp *comparisons = calloc(rule->arguments_length + 1, sizeof(*comparisons));

    for (size_t i = 0; comparisons && i < rule->arguments_length; i++)
        comparisons[i] = (struct scmp_arg_cmp){.arg = rule->arguments[i].index,
                                               .op = (enum scmp_compare)rule->arguments[i].compare,
                                               .datum_a = rule->arguments[i].value,
                                               .datum_b = rule->arguments[i].value_two};
    return comparisons;
}

static int add_names(scmp_filter_ctx filter, const struct config_seccomp *seccomp,
                     const struct config_seccomp_rule *rule, struct error *error)
{
    CLEANUP_FREE struct scmp_arg_cmp *comparisons = NULL;
    int result = check_action(rule->action, "a system call", error);

    if (result == 0)
        result = check_arguments(rule, error);
    if (result < 0 || rule->action == seccomp->default_action)
        return result;
    comparisons = copy_arguments(rule);
    if (!comparisons)
        return error_memory(error);
    for (size_t i = 0; i < rule->names.length && result == 0; i++)
        result = add_rules(filter, rule, rule->names.values[i], comparisons, error);
    return result;
}

int seccomp_build(const struct config_seccomp *seccomp, scmp_filter_ctx *ret_filter, struct error *error)
{
    CLEANUP_FILTER scmp_filter_ctx filter = NULL;
    int result = check_action(seccomp->default_action, "defaultAction", error);

    if (result < 0)
        return result;
    filter = seccomp_init(seccomp->default_action);
    if (!filter)
        return error_set(error, EINVAL, "seccomp: libseccomp does not accept the default action 0x%08x",
                         seccomp->default_action);
    result = add_architectures(filter, seccomp, error);
    if (result == 0)
        result = set_attributes(filter, seccomp, error);
    for (size_t i = 0; i < seccomp->rules_length && result == 0; i++) {
        result = add_names(filter, seccomp, &seccomp->rules[i], error);
        if (result < 0)
            error_place(error, "syscalls[%zu]", i);
    }
    if (result == 0)
        *ret_filter = pointer_take(&filter);
    return result;
}

int seccomp_install(scmp_filter_ctx filter, struct error *error)
{
    int result = seccomp_load(filter);

    if (result == 0)
        return 0;
    error_call(error, result, "seccomp_load", "cannot install the seccomp filter");
    if (result == -EACCES)
        error_hint(error, "without noNewPrivileges it needs CAP_SYS_ADMIN");
    return -error->code;
}
