/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of rules: what a box shows of this machine. */
#include "kernel/environment.h"
#include "library/edge.h"
#include "mount/namespace.h"
#include "rules/arrange.h"
#include "rules/policy.h"

#include <assert.h>

static_assert((int)HF_RULE_RO == (int)RULE_RO + 1 && (int)HF_RULE_FILE == (int)RULE_FILE + 1 &&
                  (int)HF_RULE_FILE == (int)RULE_KINDS,
              "the kinds of rules.h are those of holdfast.h");
static_assert((int)HF_FACE_EMPTY == (int)FACE_EMPTY && (int)HF_FACE_EACCES == (int)FACE_EACCES &&
                  (int)HF_FACE_ENOENT == (int)FACE_ENOENT,
              "the faces of config.h are those of holdfast.h");
static_assert((int)HF_PROC_FRESH == (int)PROC_FRESH && (int)HF_PROC_OUTER == (int)PROC_OUTER &&
                  (int)HF_PROC_NONE == (int)PROC_NONE,
              "the kinds of procfs of rules.h are those of holdfast.h");

int hf_config_new_rules(const struct hf_rules_options *options, hf_config **ret_config, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    struct hf_rules_options given;
    hf_config *config = NULL;
    int status = edge_copy_options(options, &given, sizeof(given), &error);

    if (status == 0)
        status = edge_new_config(&config, &error);
    if (status < 0)
        return edge_fail(&error, ret_error);
    config->has_rules = true;
    config->rules.without_system = given.without_system;
    *ret_config = config;
    return 0;
}

static int check_open(const hf_config *config, struct error *error)
{
    if (!config->has_rules)
        return error_set(error, EINVAL, "the configuration is not one of rules: see hf_config_new_rules()");
    if (config->rules_closed)
        return error_set(error, EINVAL, "a plan was made of the rules already: they can't change any more");
    return 0;
}

static int check_rule(const struct hf_rule *rule, struct error *error)
{
    if (rule->kind < HF_RULE_RO || rule->kind > HF_RULE_FILE)
        return error_set(error, EINVAL, "kind is none of enum hf_rule_kind");
    if (rule->face > HF_FACE_ENOENT || rule->proc > HF_PROC_NONE)
        return error_set(error, EINVAL, "face or proc is none of their enums");
    if (!rule->path)
        return error_set(error, EINVAL, "a rule needs a path");
    if ((rule->options_length && !rule->options) || (rule->data_length && !rule->data))
        return error_set(error, EINVAL, "options or data is NULL, but its length is not 0");
    for (size_t i = 0; i < rule->options_length; i++)
        if (!rule->options[i])
            return error_set(error, EINVAL, "a rule's options[%zu] is NULL", i);
    return 0;
}

/* What the rule is called: as on the command line. */
static const char *name_rule(struct rules *rules, const struct rule *rule)
{
    return arena_printf(&rules->arena, "%s %s", rule_kind_name(rule->kind), rule->path);
}

static int add_rule(hf_config *config, const struct hf_rule *rule, struct error *error)
{
    struct rules *rules = &config->rules;
    struct rule added = {
        .kind = (enum rule_kind)((int)rule->kind - 1),
        .path = rule->path,
        .source = rule->source,
        .has_fd = rule->kind == HF_RULE_BIND && !rule->source,
        .fd = rule->fd,
        .face = (enum config_face)rule->face,
        .proc = (enum rule_proc)rule->proc,
        .optional = rule->optional,
        .has_mode = rule->has_mode,
        .mode = rule->mode,
        .data = rule->data,
        .data_length = rule->data_length,
        .readonly = rule->readonly,
    };
    const char **words;

    words = arena_allocate(&rules->arena, rule->options_length + 1, sizeof(*words));
    added.origin = name_rule(rules, &added);
    if (!words || !added.origin)
        return error_memory(error);
    for (size_t i = 0; i < rule->options_length; i++)
        words[added.options.length++] = rule->options[i];
    added.options.values = words;
    return rules_add(rules, &added, error);
}

int hf_config_add_rule(hf_config *config, const struct hf_rule *rule, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    struct hf_rule given;
    int status = check_open(config, &error);

    if (status == 0)
        status = edge_copy_options(rule, &given, sizeof(given), &error);
    if (status == 0)
        status = check_rule(&given, &error);
    if (status == 0)
        status = add_rule(config, &given, &error);
    return status < 0 ? edge_fail(&error, ret_error) : 0;
}

int hf_config_add_policy(hf_config *config, const char *json, size_t length, const char *name,
                         hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    int status = check_open(config, &error);

    if (status == 0)
        status = policy_read_text(&config->rules, json, length, name ? name : "policy.json", &error);
    return status < 0 ? edge_fail(&error, ret_error) : 0;
}

int edge_arrange_rules(hf_config *config, struct error *error)
{
    struct arrangement arrangement = {0};
    bool privileged;
    int status;

    if (!config->has_rules || config->rules_arranged)
        return 0;
    if (config->rules_closed)
        return error_set(error, EINVAL, "the rules failed to become a plan before");
    config->rules_closed = true;
    status = mount_namespace_find_privilege(&privileged, error);
    if (status < 0)
        return status;
    arrangement.locked = !privileged || !environment_is_initial_user_namespace();
    status = rules_settle(&config->rules, error);
    if (status == 0)
        status = rules_arrange(&config->rules, &arrangement, &config->config, error);
    config->rules_arranged = status == 0;
    return status;
}
