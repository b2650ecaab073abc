/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/device_rules.h"

#include <string.h>

#define RW (BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)
#define M BPF_DEVCG_ACC_MKNOD

/* What every container has, after the configuration's rules: runc's list. */
static const struct device_rule every_container[] = {
    {true, 'c', DEVICE_ANY, DEVICE_ANY, M}, /* a node alone opens nothing */
    {true, 'b', DEVICE_ANY, DEVICE_ANY, M},
    {true, 'c', 1, 3, RW | M},            /* null */
    {true, 'c', 1, 5, RW | M},            /* zero */
    {true, 'c', 1, 7, RW | M},            /* full */
    {true, 'c', 1, 8, RW | M},            /* random */
    {true, 'c', 1, 9, RW | M},            /* urandom */
    {true, 'c', 5, 0, RW | M},            /* tty */
    {true, 'c', 5, 2, RW | M},            /* ptmx */
    {true, 'c', 10, 200, RW | M},         /* net/tun */
    {true, 'c', 136, DEVICE_ANY, RW | M}, /* ptys, the container's console among them */
};

static int read_number(const struct config_number *number, int64_t *ret_number, struct error *error)
{
    if (!number->given || number->value < 0) {
        *ret_number = DEVICE_ANY;
        return 0;
    }
    if (number->value > UINT32_MAX)
        return error_set(error, ERANGE, "%lld is no device number", (long long)number->value);
    *ret_number = number->value;
    return 0;
}

static int read_rule(const struct config_device_rule *config, struct device_rule *rule, struct error *error)
{
    int status;

    rule->allow = config->allow;
    rule->type = config->type;
    rule->rights = (config->read ? BPF_DEVCG_ACC_READ : 0U) | (config->write ? BPF_DEVCG_ACC_WRITE : 0U) |
                   (config->mknod ? BPF_DEVCG_ACC_MKNOD : 0U);
    if (rule->rights == 0)
        rule->rights = DEVICE_ALL_RIGHTS;
    if (!strchr("abc", rule->type) || rule->type == '\0')
        return error_set(error, EINVAL, "'%c' is no type of device", rule->type);
    status = read_number(&config->major, &rule->major, error);
    if (status == 0)
        status = read_number(&config->minor, &rule->minor, error);
    return status;
}

static bool is_about_everything(const struct device_rule *rule)
{
    return rule->type == 'a' && rule->major == DEVICE_ANY && rule->minor == DEVICE_ANY &&
           rule->rights == DEVICE_ALL_RIGHTS;
}

/* The last rule that is about everything overrides those before it, and says what holds without a rule. */
static void cut_overridden(struct device_policy *policy)
{
    for (size_t i = policy->length; i > 0; i--) {
        if (!is_about_everything(&policy->rules[i - 1]))
            continue;
        policy->allow = policy->rules[i - 1].allow;
        policy->rules += i;
        policy->length -= i;
        return;
    }
}

int device_policy_make(const struct config_device_rule *rules, size_t length, struct arena *arena,
                       struct device_policy *ret_policy, struct error *error)
{
    size_t total = length + ARRAY_LENGTH(every_container);
    struct device_policy policy = {.length = total};

    policy.rules = arena_allocate(arena, total, sizeof(*policy.rules));
    if (!policy.rules)
        return error_memory(error);
    for (size_t i = 0; i < length; i++) {
        int status = read_rule(&rules[i], &policy.rules[i], error);

        if (status < 0) {
            error_place(error, "linux.resources.devices[%zu]", i);
            return status;
        }
    }
    memcpy(policy.rules + length, every_container, sizeof(every_container));
    cut_overridden(&policy);
    *ret_policy = policy;
    return 0;
}

bool device_policy_allows_all(const struct device_policy *policy)
{
    if (!policy->allow)
        return false;
    for (size_t i = 0; i < policy->length; i++)
        if (!policy->rules[i].allow)
            return false;
    return true;
}
