/* SPDX-License-Identifier: Apache-2.0 */
/* A plan of the library as JSON, as a tree, as a picture, and compared with another one. */
#include "library_helpers.h"

/* The configuration is released before its plan. */
static hf_plan *make_plan(const char *destination)
{
    CLEANUP_HF_CONFIG hf_config *config = new_config("/r");
    const struct hf_mount mount = {
        .size = sizeof(mount), .type = "bind", .source = "/s", .destination = destination};
    hf_plan *plan = NULL;

    assert_int_equal(hf_config_add_mount(config, &mount, NULL), 0);
    assert_int_equal(hf_plan_new(config, &plan, NULL), 0);
    return plan;
}

static void test_json(void **state)
{
    static const struct {
        unsigned indentation;
        const char *begins;
    } cases[] = {{0, "{\"version\":1,\"digest\":\"sha256:"},
                 {1, "{\n \"version\": 1,\n \"digest\": \"sha256:"}};
    CLEANUP_HF_PLAN hf_plan *plan = make_plan("/data");
    struct hf_plan_json_options options = {.size = sizeof(options)};
    CLEANUP_HF_ERROR hf_error *error = NULL;
    char *text = NULL;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        options.indentation = cases[i].indentation;
        assert_int_equal(hf_plan_to_json(plan, &options, &text, NULL), 0);
        assert_int_equal(strncmp(text, cases[i].begins, strlen(cases[i].begins)), 0);
        hf_text_free(text);
    }
    options.indentation = 32;
    text = NULL;
    assert_int_equal(hf_plan_to_json(plan, &options, &text, &error), -EINVAL);
    assert_true(is_error(error, EINVAL, "the indentation is 32, but at most 31"));
    assert_null(text);
}

static void test_tree(void **state)
{
    CLEANUP_HF_PLAN hf_plan *plan = make_plan("/data");
    struct hf_tree_options options = {.size = sizeof(options)};
    CLEANUP_HF_ERROR hf_error *error = NULL;
    char *text = NULL;

    (void)state;
    assert_int_equal(hf_plan_tree(plan, NULL, &text, NULL), 0);
    assert_non_null(strstr(text, "\n├─ data        ro  from the host: /s and below  (mounts[0])\n"));
    assert_null(strchr(text, '\033'));
    hf_text_free(text);
    options.form = HF_TREE_TERMINAL;
    assert_int_equal(hf_plan_tree(plan, &options, &text, NULL), 0);
    assert_non_null(strchr(text, '\033'));
    hf_text_free(text);
    options.form = HF_TREE_SVG;
    options.title = "<title>";
    assert_int_equal(hf_plan_tree(plan, &options, &text, NULL), 0);
    assert_int_equal(strncmp(text, "<svg ", 5), 0);
    assert_non_null(strstr(text, ">&lt;title&gt;</text>"));
    hf_text_free(text);
    options.form = (enum hf_tree_form)3;
    text = NULL;
    assert_int_equal(hf_plan_tree(plan, &options, &text, &error), -EINVAL);
    assert_true(is_error(error, EINVAL, "unknown form of a tree"));
    assert_null(text);
}

static void test_diff(void **state)
{
    CLEANUP_HF_PLAN hf_plan *before = make_plan("/data");
    CLEANUP_HF_PLAN hf_plan *same = make_plan("/data");
    CLEANUP_HF_PLAN hf_plan *after = make_plan("/other");
    char *text = NULL;

    (void)state;
    assert_int_equal(hf_plan_diff(before, same, &text, NULL), 0);
    assert_string_equal(text, "");
    hf_text_free(text);
    assert_int_equal(hf_plan_diff(before, after, &text, NULL), 0);
    assert_string_equal(text, "- bind /data from /s recursive ro rprivate (mounts[0])\n"
                              "+ bind /other from /s recursive ro rprivate (mounts[0])\n");
    hf_text_free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_diff),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
