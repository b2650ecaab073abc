/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of rules: by calls, and as a policy's text. */
#include "library_build_helpers.h"

static void free_text(char **text)
{
    hf_text_free(*text);
}

/* Builds; fails where the last argument is an error's beginning. */
static int build_rules(hf_config *config, hf_error **ret_error)
{
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    int namespace_fd = -1, status = hf_plan_new(config, &plan, ret_error);

    if (status == 0)
        status = hf_build(plan, NULL, &namespace_fd, ret_error);
    return status < 0 ? status : namespace_fd;
}

static hf_config *new_rules(const struct hf_rule *rules, size_t length)
{
    CLEANUP_HF_ERROR hf_error *error = NULL;
    hf_config *config = NULL;

    CHECK_WELL(hf_config_new_rules(NULL, &config, &error), error);
    for (size_t i = 0; i < length; i++) {
        struct hf_rule rule = rules[i];

        rule.size = sizeof(rule);
        CHECK_WELL(hf_config_add_rule(config, &rule, &error), error);
    }
    return config;
}

static void look_at_rules(void)
{
    struct stat status;

    CHECK(holds("/mnt/source/name", "source\n"));
    CHECK(open("/mnt/source/name", O_WRONLY | O_CLOEXEC) < 0 && errno == EROFS);
    CHECK(holds("/mnt/kept/name", "kept\n"));
    write_file("/mnt/kept/name", "changed\n");
    CHECK(open("/mnt/denied", O_RDONLY | O_CLOEXEC) < 0 && errno == ENOENT);
    CHECK(open("/mnt/secret/key", O_RDONLY | O_CLOEXEC) < 0 && errno == ENOENT);
    CHECK(holds("/mnt/given", "source\n"));
    CHECK(holds("/mnt/file", "content\n"));
    CHECK(stat("/mnt/file", &status) == 0 && (status.st_mode & 07777) == 0640);
    CHECK(stat("/mnt/empty", &status) == 0 && S_ISDIR(status.st_mode));
    CHECK(access("/bin/sh", X_OK) == 0); /* of this machine */
    write_file("/mnt/scratch", "gone with the box\n");
}

static void prepare_places(void)
{
    begin();
    CHECK(mkdir("/mnt/kept", 0755) == 0 && mkdir("/mnt/secret", 0755) == 0);
    write_file("/mnt/kept/name", "kept\n");
    write_file("/mnt/denied", "denied\n");
    write_file("/mnt/secret/key", "key\n");
}

static void check_rules(const void *argument)
{
    struct hf_rule rules[] = {
        {.kind = HF_RULE_RO, .path = "/mnt/source"},
        {.kind = HF_RULE_RW, .path = "/mnt/kept"},
        {.kind = HF_RULE_DENY, .path = "/mnt/denied", .face = HF_FACE_ENOENT},
        {.kind = HF_RULE_DENY, .path = "/mnt/secret", .face = HF_FACE_EMPTY},
        {.kind = HF_RULE_BIND, .path = "/mnt/given"},
        {.kind = HF_RULE_FILE,
         .path = "/mnt/file",
         .data = "content\n",
         .data_length = 8,
         .has_mode = true,
         .mode = 0640},
        {.kind = HF_RULE_DIRECTORY, .path = "/mnt/empty"},
        {.kind = HF_RULE_RO, .path = "/mnt/none", .optional = true},
    };
    CLEANUP_HF_CONFIG hf_config *config = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;
    int namespace_fd;

    (void)argument;
    prepare_places();
    rules[4].fd = open("/mnt/source/name", O_PATH | O_CLOEXEC);
    config = new_rules(rules, ARRAY_LENGTH(rules));
    namespace_fd = build_rules(config, &error);
    if (namespace_fd < 0)
        fprintf(stderr, "%s\n", hf_error_message(error));
    CHECK(namespace_fd >= 0);
    inspect(namespace_fd, look_at_rules);
    CHECK(holds("/mnt/kept/name", "changed\n"));
    CHECK(access("/mnt/scratch", F_OK) < 0 && access("/mnt/given", F_OK) < 0 &&
          access("/mnt/empty", F_OK) < 0);
}

static const char *merged = "{\"version\": 1, \"rules\": [{\"kind\": \"ro\", \"path\": \"/mnt/source\"},"
                            " {\"kind\": \"deny\", \"path\": \"/mnt/denied\"}]}";

static void look_at_policy(void)
{
    CHECK(open("/mnt/source/name", O_WRONLY | O_CLOEXEC) < 0 && errno == EROFS);
    CHECK(!holds("/mnt/denied", "denied\n"));
}

static void check_policy(const void *argument)
{
    CLEANUP_HF_CONFIG hf_config *config = new_rules(NULL, 0);
    CLEANUP_HF_ERROR hf_error *error = NULL;
    int namespace_fd;

    (void)argument;
    prepare_places();
    CHECK_WELL(hf_config_add_policy(config, merged, strlen(merged), NULL, &error), error);
    namespace_fd = build_rules(config, &error);
    if (namespace_fd < 0)
        fprintf(stderr, "%s\n", hf_error_message(error));
    CHECK(namespace_fd >= 0);
    inspect(namespace_fd, look_at_policy);
}

static const struct rule_failure {
    struct hf_rule rule;
    int code;
    const char *begins;
} rule_failures[] = {
    {{.kind = 0, .path = "/x"}, EINVAL, "kind is none of enum hf_rule_kind"},
    {{.kind = 99, .path = "/x"}, EINVAL, "kind is none of enum hf_rule_kind"},
    {{.kind = HF_RULE_RO}, EINVAL, "a rule needs a path"},
    {{.kind = HF_RULE_DENY, .path = "/x", .face = 7}, EINVAL, "face or proc is none of their enums"},
    {{.kind = HF_RULE_FILE, .path = "/x", .data_length = 1}, EINVAL, "options or data is NULL"},
    {{.kind = HF_RULE_BIND, .source = "/mnt/none", .path = "/mnt/x"}, ENOENT, "bind /mnt/x: "},
    {{.kind = HF_RULE_RW, .path = "/mnt/source"}, EINVAL, "rw /mnt/source"},
};

/* At once, or with the plan. */
static void check_rule_failure(const void *argument)
{
    const struct rule_failure *failure = argument;
    static const struct hf_rule first = {.kind = HF_RULE_RO, .path = "/mnt/source"};
    CLEANUP_HF_CONFIG hf_config *config = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;
    struct hf_rule rule = failure->rule;
    int status;

    prepare_places();
    config = new_rules(&first, 1);
    rule.size = sizeof(rule);
    status = hf_config_add_rule(config, &rule, &error);
    if (status == 0)
        status = build_rules(config, &error);
    CHECK(is_error(error, failure->code, failure->begins));
    CHECK(status == -failure->code);
}

static void check_misuse(const void *argument)
{
    const struct hf_rule rule = {.size = sizeof(rule), .kind = HF_RULE_RO, .path = "/usr"};
    const struct hf_rule missing = {.kind = HF_RULE_BIND, .source = "/nonexistent", .path = "/x"};
    CLEANUP_HF_CONFIG hf_config *rooted = new_config("/srv"), *config = new_rules(NULL, 0);
    CLEANUP_HF_CONFIG hf_config *broken = new_rules(&missing, 1);
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    hf_error *error = NULL;

    (void)argument;
    CHECK(hf_config_add_rule(rooted, &rule, &error) == -EINVAL);
    CHECK(is_error(error, EINVAL, "the configuration is not one of rules: see hf_config_new_rules()"));
    hf_error_free(error);
    CHECK_WELL(hf_plan_new(config, &plan, &error), error);
    CHECK(hf_config_add_rule(config, &rule, &error) == -EINVAL);
    CHECK(is_error(error, EINVAL, "a plan was made of the rules already: they can't change any more"));
    hf_error_free(error);
    CHECK(hf_config_add_policy(config, "{", 1, NULL, &error) == -EINVAL);
    hf_error_free(error);
    for (int i = 0; i < 2; i++) { /* never a plan without the rule */
        CHECK(hf_plan_new(broken, &plan, &error) < 0);
        hf_error_free(error);
    }
    CHECK(hf_config_add_policy(new_rules(NULL, 0), "{\"unknown\": 1}", 14, "mine.json", &error) == -EINVAL);
    CHECK(is_error(error, EINVAL, "mine.json:1: "));
    hf_error_free(error);
}

static void check_lines(const void *argument)
{
    const struct hf_rule rule = {.kind = HF_RULE_RO, .path = "/mnt/source"};
    CLEANUP_HF_CONFIG hf_config *config = NULL;
    CLEANUP_HF_PLAN hf_plan *plan = NULL;
    CLEANUP_HF_ERROR hf_error *error = NULL;
    CLEANUP(free_text) char *json = NULL;

    (void)argument;
    prepare_places();
    config = new_rules(&rule, 1);
    CHECK_WELL(hf_plan_new(config, &plan, &error), error);
    CHECK_WELL(hf_plan_to_json(plan, NULL, &json, &error), error);
    CHECK(strstr(json, "\"origin\":\"ro /mnt/source\""));
}

IN_CHILD(rules)
IN_CHILD(policy)
IN_CHILD(misuse)
IN_CHILD(lines)

static void test_rule_failures(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rule_failures); i++)
        in_child(check_rule_failure, &rule_failures[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),  cmocka_unit_test(test_policy), cmocka_unit_test(test_rule_failures),
        cmocka_unit_test(test_misuse), cmocka_unit_test(test_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
