/* SPDX-License-Identifier: Apache-2.0 */
/* A policy of `holdfast box --policy`; and each of its texts as an argument of the options for rules. */
#include "fuzz.h"

#include "rules/policy.h"

#include <jansson.h>

static char *policy_text(const struct rules *rules)
{
    CLEANUP_ERROR struct error error = {0};
    json_t *json;
    char *text;

    REQUIRE(policy_to_json(rules, &json, &error) == 0);
    text = json_dumps(json, JSON_SORT_KEYS);
    REQUIRE(text);
    json_decref(json);
    return text;
}

/* What is written of it is read as the same. */
static void check_again(const struct rules *rules)
{
    CLEANUP_FREE char *text = policy_text(rules), *repeated = NULL;
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_RULES struct rules again = {0};

    REQUIRE(policy_read_text(&again, text, strlen(text), "again.json", &error) == 0);
    REQUIRE(again.length == rules->length);
    repeated = policy_text(&again);
    REQUIRE(strcmp(text, repeated) == 0);
}

/* Sorted, no path twice, and each rule decides about its own path. */
static void check_settled(const struct rules *rules)
{
    for (size_t i = 0; i < rules->length; i++) {
        const char *path = rules->values[i].path;

        REQUIRE(*path == '/' && !strstr(path, "//") && !strstr(path, "/../") && !strstr(path, "/./"));
        REQUIRE(rules_find(rules, path) == &rules->values[i]);
    }
}

/* Globs would look at this machine's directories. */
static bool has_globs(const char *text)
{
    return strpbrk(text, "*?[~\\") != NULL;
}

static void settle(struct rules *rules)
{
    CLEANUP_ERROR struct error error = {0};
    int status;

    for (size_t i = 0; i < rules->length; i++)
        if (has_globs(rules->values[i].path))
            return;
    status = rules_settle(rules, &error);
    if (status < 0)
        fuzz_check_error(status, &error);
    else
        check_settled(rules);
}

static void check_words(const struct rules *rules)
{
    for (size_t i = 0; i < rules->length; i++)
        for (int kind = 0; kind < RULE_KINDS; kind++) {
            CLEANUP_RULES struct rules words = {0};
            CLEANUP_ERROR struct error error = {0};
            int status = rules_add_words(&words, (enum rule_kind)kind, rules->values[i].path, "--x", &error);

            if (status < 0)
                fuzz_check_error(status, &error);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_FREE char *text = fuzz_text(data, size);
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_RULES struct rules rules = {0};
    int status = policy_read_text(&rules, text, size, "policy.json", &error);

    if (status < 0) {
        fuzz_check_error(status, &error);
        return 0;
    }
    check_again(&rules);
    check_words(&rules);
    settle(&rules);
    return 0;
}
