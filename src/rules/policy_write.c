/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as the JSON of a policy. */
#include "rules/policy.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *const faces[] = {"empty", "eacces", "enoent"};
static const char *const procs[] = {"fresh", "outer", "none"};

static int set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value);
}

static json_t *strings(const struct strings *texts)
{
    json_t *list = json_array();

    for (size_t i = 0; i < texts->length; i++)
        if (json_array_append_new(list, json_string(texts->values[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static int set_mode(json_t *object, uint32_t mode)
{
    char text[16];

    snprintf(text, sizeof(text), "%04o", mode);
    return set(object, "mode", json_string(text));
}

static int set_all(json_t *object, const struct rule *rule)
{
    int failed = set(object, "kind", json_string(rule_kind_name(rule->kind)));

    failed |= set(object, "path", json_string(rule->path));
    if (rule->source)
        failed |= set(object, "source", json_string(rule->source));
    if (rule->kind == RULE_DENY)
        failed |= set(object, "face", json_string(faces[rule->face]));
    if (rule->kind == RULE_PROC)
        failed |= set(object, "proc", json_string(procs[rule->proc]));
    if (rule->options.length > 0)
        failed |= set(object, "options", strings(&rule->options));
    if (rule->has_mode)
        failed |= set_mode(object, rule->mode);
    if (rule->kind == RULE_FILE && rule->data && memchr(rule->data, '\0', rule->data_length))
        failed = 1;
    else if (rule->kind == RULE_FILE)
        failed |= set(object, "data", json_stringn(rule->data ? rule->data : "", rule->data_length));
    if (rule->readonly)
        failed |= set(object, "readonly", json_true());
    if (rule->optional)
        failed |= set(object, "optional", json_true());
    return failed;
}

int policy_to_json(const struct rules *rules, struct json_t **ret_json, struct error *error)
{
    json_t *list = json_array();
    json_t *policy = json_object();
    int failed = set(policy, "version", json_integer(1));

    if (rules->without_system)
        failed |= set(policy, "system", json_false());
    for (size_t i = 0; i < rules->length && !failed; i++) {
        json_t *object = json_object();

        failed = set_all(object, &rules->values[i]);
        if (failed)
            json_decref(object);
        else
            failed = json_array_append_new(list, object);
    }
    if (failed) {
        json_decref(list);
        json_decref(policy);
        return error_set(error, EINVAL, "a rule has bytes that JSON can't have: they are not UTF-8, or NUL");
    }
    (void)set(policy, "rules", list);
    *ret_json = policy;
    return 0;
}
