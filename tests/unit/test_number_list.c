/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include "process/number_list.h"

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

        for (size_t j = 0; j < cases[i].length; j++)
            expected.words[cases[i].numbers[j] / NUMBER_LIST_WORD_BITS] |=
                1UL << cases[i].numbers[j] % NUMBER_LIST_WORD_BITS;
        assert_int_equal(number_list_parse(cases[i].text, &list, &error), 0);
        assert_memory_equal(&list, &expected, sizeof(list));
    }
}

static void test_number_list_errors(void **state)
{
    static const struct {
        const char *text;
        int code;
        const char *says;
    } cases[] = {
        {"", EINVAL, "names no number"},
        {" , ", EINVAL, "names no number"},
        {"a", EINVAL, "a number is missing before \"a\""},
        {"1-", EINVAL, "a number is missing before \"\""},
        {"-1", EINVAL, "a number is missing before \"-1\""},
        {"1--2", EINVAL, "a number is missing before \"-2\""},
        {"1 2", EINVAL, "\"2\" is not expected there"},
        {"0-3:2/4", EINVAL, "\":2/4\" is not expected there"},
        {"0x1", EINVAL, "\"x1\" is not expected there"},
        {"3-1", EINVAL, "end is below its begin: 3-1"},
        {"8192", ERANGE, "has a number above 8191"},
        {"0-99999999999999999999", ERANGE, "has a number above 8191"},
        {"4294967296", ERANGE, "has a number above 8191"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};
        struct number_list list = {{4711}};

        assert_int_equal(number_list_parse(cases[i].text, &list, &error), -cases[i].code);
        assert_true(error_says(&error, cases[i].says));
        assert_int_equal(list.words[0], 4711);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number_lists),
        cmocka_unit_test(test_number_list_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
