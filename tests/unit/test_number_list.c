/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include "config/number_list.h"

static void test_number_lists(void **state)
{
    static const struct {
        const char *text;
        unsigned numbers[8];
        size_t length;
    } cases[] = {
        {"0", {0}, 1},   {"0-3,7", {0, 1, 2, 3, 7}, 5}, {"63,64", {63, 64}, 2},       {"8191", {8191}, 1},
        {"2-2", {2}, 1}, {"1,1,0-1", {0, 1}, 2},        {" 1 ,\t3-4 ", {1, 3, 4}, 3}, {",,5,", {5}, 1},
        {"007", {7}, 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};
        struct number_list expected = {0}, list;

        expected.length = cases[i].numbers[cases[i].length - 1] + 1;
        for (size_t j = 0; j < cases[i].length; j++)
            expected.words[cases[i].numbers[j] / NUMBER_LIST_WORD_BITS] |=
                1UL << cases[i].numbers[j] % NUMBER_LIST_WORD_BITS;
        assert_int_equal(number_list_parse(cases[i].text, NUMBER_LIST_BITS - 1, &list, &error), 0);
        assert_memory_equal(&list, &expected, sizeof(list));
    }
}

static void test_number_list_errors(void **state)
{
    static const char *const texts[] = {
        "a",          "1-", "-1", "1--2", "1 2", "0-3:2/4", "0x1", "3-1", "8192", "0-99999999999999999999",
        "4294967296",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_FREE char *says = NULL;
        struct number_list list = {.words = {4711}};

        assert_true(asprintf(&says, "is \"%s\", but must be a list of numbers up to 8191, such as 0-3,7",
                             texts[i]) > 0);
        assert_int_equal(number_list_parse(texts[i], NUMBER_LIST_BITS - 1, &list, &error), -EINVAL);
        assert_true(error_says(&error, says));
        assert_int_equal(list.words[0], 4711);
    }
}

static void test_number_list_empty(void **state)
{
    static const char *const texts[] = {"", " , "};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        CLEANUP_ERROR struct error error = {0};
        struct number_list list;

        assert_int_equal(number_list_parse(texts[i], NUMBER_LIST_BITS - 1, &list, &error), -EINVAL);
        assert_true(error_says(&error, "which has no number"));
    }
}

static void test_number_list_maximum(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    struct number_list list;

    (void)state;
    assert_int_equal(number_list_parse("0-3", 3, &list, &error), 0);
    assert_int_equal(number_list_parse("0-4", 3, &list, &error), -EINVAL);
    assert_true(error_says(&error, "is \"0-4\", but must be a list of numbers up to 3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number_lists),
        cmocka_unit_test(test_number_list_errors),
        cmocka_unit_test(test_number_list_empty),
        cmocka_unit_test(test_number_list_maximum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
