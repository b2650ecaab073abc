/* SPDX-License-Identifier: Apache-2.0 */
/* Rules before anything of the machine is looked at: reading, merging, order, contradictions. */
#include "child.h"

#include "rules/order.h"
#include "rules/policy.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void read_policy(struct rules *rules, const char *text)
{
    CLEANUP_ERROR struct error error = {0};

    if (policy_read_text(rules, text, strlen(text), "policy.json", &error) < 0)
        fail_msg("%s", error_format(&error));
}

static void assert_settled(struct rules *rules, const char *expected)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *text = NULL;
    size_t size;
    FILE *out;

    if (rules_settle(rules, &error) < 0)
        fail_msg("%s", error_format(&error));
    out = open_memstream(&text, &size);
    for (size_t i = 0; i < rules->length; i++)
        fprintf(out, "%s %s\n", rule_kind_name(rules->values[i].kind), rules->values[i].path);
    fclose(out);
    assert_string_equal(text, expected);
}

static void assert_error(int status, struct error *error, const char *expected)
{
    CLEANUP_FREE char *text = error_format(error);

    assert_true(status < 0);
    assert_string_equal(text, expected);
}

static void test_path_order(void **state)
{
    static const char *const sorted[] = {"/",    "/a",   "/a/b", "/a/b/c", "/a/c",
                                         "/a b", "/a-b", "/a0",  "/ab",    "/b"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(sorted); i++)
        for (size_t j = 0; j < ARRAY_LENGTH(sorted); j++) {
            int order = path_order(sorted[i], sorted[j]);

            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
}

static void test_path_below(void **state)
{
    static const struct {
        const char *path, *directory, *below;
    } cases[] = {
        {"/a/b", "/a", "/b"}, {"/a", "/a", "/"},    {"/ab", "/a", NULL}, {"/a", "/", "/a"},
        {"/", "/", "/"},      {"/a", "/a/b", NULL}, {"/b", "/a", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const char *below = path_below(cases[i].path, cases[i].directory);

        if (cases[i].below)
            assert_string_equal(below, cases[i].below);
        else
            assert_null(below);
    }
}

static void test_merged(void **state)
{
    CLEANUP_RULES struct rules rules = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    read_policy(&rules, "{\"version\": 1, \"rules\": [{\"kind\": \"ro\", \"path\": \"/usr//lib/./x/\"},"
                        "{\"kind\": \"tmpfs\", \"path\": \"/\"}]}");
    read_policy(&rules,
                "{\"version\": 1, \"rules\": [{\"kind\": \"deny\", \"path\": \"/usr\"},"
                "{\"kind\": \"ro\", \"path\": \"/usr/lib/x\"}, {\"kind\": \"dev\"}, {\"kind\": \"proc\"}]}");
    assert_int_equal(rules_add_words(&rules, RULE_DENY, "/usr-x:eacces", "--deny", &error), 0);
    assert_settled(&rules, "tmpfs /\ndev /dev\nproc /proc\ndeny /usr\nro /usr/lib/x\ndeny /usr-x\n");
    assert_int_equal(rules.values[5].face, FACE_EACCES);
    assert_string_equal(rules_find(&rules, "/usr/lib/x/y/z")->path, "/usr/lib/x");
    assert_string_equal(rules_find(&rules, "/usr/lib/xx")->path, "/usr");
    assert_string_equal(rules_find(&rules, "/usr")->path, "/usr");
    assert_string_equal(rules_find(&rules, "/srv")->path, "/");
    assert_false(rules.without_system);
}

static void test_home(void **state)
{
    CLEANUP_RULES struct rules rules = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    setenv("HOME", "/home/somebody", 1);
    assert_int_equal(rules_add_words(&rules, RULE_DENY, "~/.ssh", "--deny ~/.ssh", &error), 0);
    assert_int_equal(rules_add_words(&rules, RULE_BIND, "~/x:/y:ro", "--bind", &error), 0);
    assert_settled(&rules, "deny /home/somebody/.ssh\nbind /y\n");
    assert_string_equal(rules.values[1].source, "/home/somebody/x");
    assert_int_equal(rules_add_words(&rules, RULE_DENY, "~other/x", "--deny ~other/x", &error), 0);
    assert_error(
        rules_settle(&rules, &error), &error,
        "--deny ~other/x: ~other/x: only one's own home can be written so, \"~\" or \"~/…\"; write the "
        "path of the other one out");
}

/* What a policy's text may not have: the error names the rule and says what is wrong. */
static void test_bad_policies(void **state)
{
    static const struct {
        const char *rules, *expected;
    } cases[] = {
        {"{\"kind\": \"deny\"}", "policy.json:1: rules[0]: has no \"path\""},
        {"{\"path\": \"/x\"}", "policy.json:1: rules[0].kind: is missing"},
        {"{\"kind\": \"denied\", \"path\": \"/x\"}",
         "policy.json:1: rules[0].kind: is \"denied\", which is not known; known are ro, rw, overlay, bind, "
         "deny, tmpfs, "
         "proc, dev, mqueue, sysfs, directory, symlink, file"},
        {"{\"kind\": \"deny\", \"path\": \"/x\", \"faces\": 1}",
         "policy.json:1: rules[0].faces: is no known key; there are kind, path, source, face, proc, options, "
         "mode, "
         "data, readonly, optional"},
        {"{\"kind\": \"ro\", \"path\": \"/x\", \"face\": \"empty\"}",
         "policy.json:1: rules[0].face: says nothing about a rule of kind \"ro\""},
        {"{\"kind\": \"deny\", \"path\": \"/x\", \"face\": \"gone\"}",
         "policy.json:1: rules[0].face: is \"gone\", which is not known; known are empty, eacces, enoent"},
        {"{\"kind\": \"deny\", \"path\": \"/x\\ny\"}", "policy.json:1: rules[0].path: has a newline"},
        {"{\"kind\": \"deny\", \"path\": \"/x\\u0000y\"}", "policy.json:1:61: \\u0000 is not allowed"},
        {"{\"kind\": \"deny\", \"path\": 1}",
         "policy.json:1: rules[0].path: is a number, but must be a string"},
        {"{\"kind\": \"bind\", \"path\": \"/x\"}", "policy.json:1: rules[0]: has no \"source\""},
        {"{\"kind\": \"file\", \"path\": \"/x\", \"mode\": \"9\"}",
         "policy.json:1: rules[0].mode: is \"9\", but must be octal, from \"0\" to \"7777\""},
        {"1", "policy.json:1: rules[0]: is a number, but must be an object"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_RULES struct rules rules = {0};
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_FREE char *text = NULL;
        int length = asprintf(&text, "{\"version\": 1, \"rules\": [%s]}", cases[i].rules);

        assert_true(length > 0);
        assert_error(policy_read_text(&rules, text, (size_t)length, "policy.json", &error), &error,
                     cases[i].expected);
    }
}

static void test_bad_documents(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"{}", "policy.json:1: version: is missing"},
        {"{\"version\": 2, \"rules\": []}",
         "policy.json:1: version: is 2, but holdfast knows version 1 only"},
        {"{\"version\": 1}", "policy.json:1: rules: is missing"},
        {"{\"version\": 1, \"rules\": [], \"rule\": []}",
         "policy.json:1: rule: is no known key; there are version, system, rules"},
        {"{\"version\": 1,\n\"rules\": [], \"rules\": []}",
         "policy.json:2:20: duplicate object key near '\"rules\"'"},
        {"[]", "policy.json:1: is an array, but must be an object"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_RULES struct rules rules = {0};
        CLEANUP_ERROR struct error error = {0};

        assert_error(policy_read_text(&rules, cases[i].text, strlen(cases[i].text), "policy.json", &error),
                     &error, cases[i].expected);
    }
}

/* What can't be settled: the error names the rule, or both. */
static void test_unsettled(void **state)
{
    static const struct {
        const char *rules, *expected;
    } cases[] = {
        {"{\"kind\": \"ro\", \"path\": \"/x\"},\n{\"kind\": \"rw\", \"path\": \"/x/\"}",
         "policy.json:2: rules[1]: contradicts policy.json:1: rules[0]: both are about /x; leave one of the "
         "two out, "
         "or give them different paths: the longer one wins"},
        {"{\"kind\": \"deny\", \"path\": \"/x\"},{\"kind\": \"deny\", \"path\": \"/x\", \"face\": "
         "\"enoent\"}",
         "policy.json:1: rules[1]: contradicts policy.json:1: rules[0]: both are about /x; leave one of the "
         "two out, "
         "or give them different paths: the longer one wins"},
        {"{\"kind\": \"deny\", \"path\": \"/x/../y\"}",
         "policy.json:1: rules[0]: the path /x/../y has \"..\" in it; write where it leads to: a rule is "
         "about one "
         "place, whatever a link on the way says"},
        {"{\"kind\": \"deny\", \"path\": \"x\"}",
         "policy.json:1: rules[0]: the path is \"x\", but must be absolute, or begin with \"~\""},
        {"{\"kind\": \"deny\", \"path\": \"/\"}", "policy.json:1: rules[0]: / can't be denied: nothing could "
                                                  "run; begin with an empty root (\"tmpfs\" for /), "
                                                  "and show what is needed in it"},
        {"{\"kind\": \"proc\", \"path\": \"/\"}", "policy.json:1: rules[0]: / can't be a proc"},
        {"{\"kind\": \"bind\", \"path\": \"/x\", \"source\": \"a\"}",
         "policy.json:1: rules[0]: the source is \"a\", but must be absolute, or begin with \"~\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_RULES struct rules rules = {0};
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_FREE char *text = NULL;

        assert_true(asprintf(&text, "{\"version\": 1, \"rules\": [%s]}", cases[i].rules) > 0);
        read_policy(&rules, text);
        assert_error(rules_settle(&rules, &error), &error, cases[i].expected);
    }
}

static void test_bad_words(void **state)
{
    static const struct {
        enum rule_kind kind;
        const char *word, *expected;
    } cases[] = {
        {RULE_DENY, "", "X: is empty, but must be a path"},
        {RULE_DENY, ":eacces", "X: is empty, but must be a path"},
        {RULE_PROC, "old", "X: is \"old\", but must be fresh, outer or none"},
        {RULE_BIND, "/x",
         "X: is not SOURCE:DESTINATION[:OPTIONS]; a colon can't be part of a path here; a policy file has no "
         "such "
         "limit"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_RULES struct rules rules = {0};
        CLEANUP_ERROR struct error error = {0};

        assert_error(rules_add_words(&rules, cases[i].kind, cases[i].word, "X", &error), &error,
                     cases[i].expected);
    }
}

/* What is read, written and read again is the same. */
static void test_written(void **state)
{
    static const char text[] =
        "{\"version\":1,\"system\":false,\"rules\":["
        "{\"kind\":\"bind\",\"path\":\"/b\",\"source\":\"/"
        "s\",\"options\":[\"rbind\",\"ro\"],\"optional\":true},"
        "{\"kind\":\"deny\",\"path\":\"/d\",\"face\":\"enoent\"},"
        "{\"kind\":\"directory\",\"path\":\"/e\",\"mode\":\"0700\"},"
        "{\"kind\":\"file\",\"path\":\"/f\",\"mode\":\"0600\",\"data\":\"a\\nb\",\"readonly\":true},"
        "{\"kind\":\"symlink\",\"path\":\"/l\",\"source\":\"../x\"},"
        "{\"kind\":\"proc\",\"path\":\"/proc\",\"proc\":\"outer\"},"
        "{\"kind\":\"tmpfs\",\"path\":\"/t\",\"options\":[\"size=1m\"]}]}";
    CLEANUP_RULES struct rules rules = {0};
    CLEANUP_ERROR struct error error = {0};
    struct json_t *json = NULL;
    char *written;

    (void)state;
    read_policy(&rules, text);
    assert_int_equal(policy_to_json(&rules, &json, &error), 0);
    written = json_dumps(json, JSON_COMPACT);
    assert_string_equal(written, text);
    free(written);
    json_decref(json);
}

/* The options of each rule. */
static char *print_options(struct json_t *policy)
{
    json_t *list = json_array(), *rule;
    char *text;
    size_t i;

    json_array_foreach(json_object_get(policy, "rules"), i, rule)
    {
        json_array_append(list, json_object_get(rule, "options"));
    }
    text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    return text;
}

/* A bind shows the mounts below its source unless it says otherwise, in a policy as on the command line. */
static void test_bind_options(void **state)
{
    static const struct {
        const char *policy, *words, *expected;
    } cases[] = {
        {"", "", "[\"rbind\"]"},
        {",\"options\":[\"ro\"]", ":ro", "[\"rbind\",\"ro\"]"},
        {",\"options\":[\"ro\",\"bind\"]", ":ro,bind", "[\"ro\",\"bind\"]"},
        {",\"options\":[\"rro\",\"rbind\"]", ":rro,rbind", "[\"rro\",\"rbind\"]"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_RULES struct rules rules = {0};
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_FREE char *policy = NULL, *words = NULL, *expected = NULL, *written = NULL;
        struct json_t *json = NULL;

        assert_true(
            asprintf(&policy,
                     "{\"version\":1,\"rules\":[{\"kind\":\"bind\",\"path\":\"/b\",\"source\":\"/s\"%s}]}",
                     cases[i].policy) > 0);
        assert_true(asprintf(&words, "/s:/c%s", cases[i].words) > 0);
        assert_true(asprintf(&expected, "[%s,%s]", cases[i].expected, cases[i].expected) > 0);
        read_policy(&rules, policy);
        assert_int_equal(rules_add_words(&rules, RULE_BIND, words, "--bind", &error), 0);
        assert_int_equal(policy_to_json(&rules, &json, &error), 0);
        written = print_options(json);
        json_decref(json);
        assert_string_equal(written, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path_order),   cmocka_unit_test(test_path_below),
        cmocka_unit_test(test_merged),       cmocka_unit_test(test_home),
        cmocka_unit_test(test_bad_policies), cmocka_unit_test(test_bad_documents),
        cmocka_unit_test(test_unsettled),    cmocka_unit_test(test_bad_words),
        cmocka_unit_test(test_written),      cmocka_unit_test(test_bind_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
