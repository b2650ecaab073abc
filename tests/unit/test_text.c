/* SPDX-License-Identifier: Apache-2.0 */
/* src/base/text: what of a foreign text may be shown. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text, *shown;
    size_t columns;
} cases[] = {
    {"", "", 0},
    {"/srv/data", "/srv/data", 9},
    {"/mit Leerzeichen", "/mit Leerzeichen", 16},
    {"/daten/größe", "/daten/größe", 12},
    {"日本", "日本", 2},
    {"\360\237\230\200", "\360\237\230\200", 1},
    {"a\nb", "a\\012b", 6},
    {"\033[31m", "\\033[31m", 8},
    {"\177", "\\177", 4},
    {"\\033", "\\134033", 7},                    /* no text looks like another one's */
    {"\302\233", "\\302\\233", 8},               /* CSI of the C1 controls */
    {"a\342\200\256b", "a\\342\\200\\256b", 14}, /* U+202E, right-to-left override */
    {"\342\201\246", "\\342\\201\\246", 12},     /* U+2066 */
    {"\342\200\213", "\\342\\200\\213", 12},     /* U+200B, zero width */
    {"\377", "\\377", 4},                        /* not UTF-8 */
    {"\303", "\\303", 4},                        /* cut off */
    {"\303(", "\\303(", 5},
    {"\300\257", "\\300\\257", 8}, /* overlong "/" */
    {"\340\200\257", "\\340\\200\\257", 12},
    {"\355\240\200", "\\355\\240\\200", 12},          /* a surrogate */
    {"\364\220\200\200", "\\364\\220\\200\\200", 16}, /* above U+10FFFF */
};

static void test_escape(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_FREE char *escaped = text_escape(cases[i].text);

        assert_non_null(escaped);
        assert_string_equal(escaped, cases[i].shown);
    }
}

static void test_columns(void **state)
{
    FILE *out = fopen("/dev/null", "we");

    (void)state;
    assert_non_null(out);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_int_equal(text_print(out, cases[i].text), cases[i].columns);
    fclose(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
