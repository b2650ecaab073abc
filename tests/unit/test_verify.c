/* SPDX-License-Identifier: Apache-2.0 */
/* src/verify: a mount table against a record of another one, and against a plan: a case a line, with the differences. */
#include "plan_helpers.h"

#include "base/fd.h"
#include "verify/attribute_words.h"
#include "verify/compare.h"
#include "verify/record.h"

#include <fcntl.h>

#define CLEANUP_ARENA CLEANUP(arena_clear)

/* ------------------------------------------------------------------ attributes */

static void test_attribute_words(void **state)
{
    static const struct {
        const char *words, *text;
    } cases[] = {
        {"rw,relatime", "rw,suid,dev,exec,diratime,symfollow,not idmapped,relatime"},
        {"ro,nosuid,nodev,noexec,nodiratime,nosymfollow,idmapped,noatime",
         "ro,nosuid,nodev,noexec,nodiratime,nosymfollow,idmapped,noatime"},
        {"rw", "rw,suid,dev,exec,diratime,symfollow,not idmapped,strictatime"},
        {"rw,roar,nosuidx", "rw,suid,dev,exec,diratime,symfollow,not idmapped,strictatime"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ARENA struct arena arena = {0};

        assert_string_equal(
            attribute_words_text(&arena, attribute_words_parse(cases[i].words), SHOWN_ATTRIBUTES),
            cases[i].text);
    }
}

/* ------------------------------------------------------------------ helpers */

static void assert_text(const struct expectation *expectation, const char *table_text, int root_fd,
                        const char *text)
{
    CLEANUP_ARENA struct arena arena = {0};
    CLEANUP_ERROR struct error error = {0};
    struct comparison comparison;
    struct mount_table table;

    assert_int_equal(mountinfo_parse_copy(table_text, &arena, &table, &error), 0);
    assert_int_equal(compare_mounts(expectation, &table, root_fd, &arena, &comparison, &error), 0);
    assert_string_equal(comparison_text(&comparison, &arena), text);
}

static void assert_differs_in(int root_fd, const char *record, const char *table, const char *text)
{
    CLEANUP_EXPECTATION struct expectation expectation = {0};
    CLEANUP_ERROR struct error error = {0};

    if (expectation_from_record(&expectation, record, &error) < 0)
        fail_msg("%s: %s", record, error.text);
    assert_text(&expectation, table, root_fd, text);
}

static void assert_differs(const char *record, const char *table, const char *text)
{
    assert_differs_in(-1, record, table, text);
}

/* ------------------------------------------------------------------ against a record */

#define SAME "holdfast mounts 1 same\n"
#define COPIED "holdfast mounts 1 copied\n"
#define ROOT "=root.path\t2 1 0:5 /r / rw,relatime - ext4 /dev/a rw\n"
#define DATA "=mounts[0]\t3 2 0:6 /d /data ro,nosuid,relatime master:4 - xfs /dev/b rw\n"
#define ROOT_LINE "2 1 0:5 /r / rw,relatime - ext4 /dev/a rw\n"

struct difference_case {
    const char *record, *table, *text;
};

static void check_cases(const struct difference_case *cases, size_t length)
{
    for (size_t i = 0; i < length; i++)
        assert_differs(cases[i].record, cases[i].table, cases[i].text);
}

static void test_same_numbers(void **state)
{
#define DATA_IS(line, text)                                                                                  \
    {                                                                                                        \
        SAME ROOT DATA, ROOT_LINE line "\n", text                                                            \
    }
    static const struct difference_case cases[] = {
        DATA_IS("3 2 0:6 /d /data ro,nosuid,relatime master:4 - xfs /dev/b rw", ""),
        DATA_IS("3 2 0:6 /d /data ro,nosuid,relatime master:4 propagate_from:9 - xfs /dev/b ro", ""),
        DATA_IS(
            "4 2 0:6 /d /data ro,nosuid,relatime master:4 - xfs /dev/b rw",
            "/data (mounts[0]): expected a mount, found none; /data: expected no mount, found xfs of /dev/b"),
        DATA_IS("3 2 0:6 /d /date ro,nosuid,relatime master:4 - xfs /dev/b rw",
                "/data (mounts[0]): expected /data, found /date"),
        /* A later mount has got the number, elsewhere. */
        DATA_IS("3 2 0:6 / /other rw,relatime - xfs /dev/c rw",
                "/data (mounts[0]): expected a mount, found none; /other: expected no mount, found xfs of "
                "/dev/c"),
        DATA_IS("3 9 0:6 /d /data ro,nosuid,relatime master:4 - xfs /dev/b rw",
                "/data (mounts[0]): expected a mount in the one at / (2), found a mount in no mount of the "
                "container (9)"),
        DATA_IS("3 2 0:6 /d /data ro,nosuid,relatime master:4 - ext4 /dev/b rw",
                "/data (mounts[0]): expected xfs, found ext4"),
        DATA_IS("3 2 1:6 /d /data ro,nosuid,relatime master:4 - xfs /dev/b rw",
                "/data (mounts[0]): expected device 0:6, found device 1:6"),
        DATA_IS("3 2 0:6 /d//deleted /data ro,nosuid,relatime master:4 - xfs /dev/b rw",
                "/data (mounts[0]): expected /d, found /d//deleted"),
        DATA_IS("3 2 0:6 /d /data ro,nosuid,relatime master:4 - xfs /dev/c rw",
                "/data (mounts[0]): expected /dev/b, found /dev/c"),
        DATA_IS("3 2 0:6 /d /data rw,noatime master:4 - xfs /dev/b rw",
                "/data (mounts[0]): expected ro,nosuid,relatime, found rw,suid,noatime"),
        DATA_IS("3 2 0:6 /d /data ro,nosuid,relatime - xfs /dev/b rw",
                "/data (mounts[0]): expected master:4, found private"),
    };

    (void)state;
    check_cases(cases, ARRAY_LENGTH(cases));
}

/* Mounts at one place are told apart by which lies on which, however old they are. */
static void test_copies(void **state)
{
#define LOWER "=mounts[0]\t9 2 0:8 / /s rw,relatime - tmpfs lower rw\n"
#define UPPER "=mounts[1]\t5 9 0:9 / /s rw,relatime - tmpfs upper rw\n"
    static const struct difference_case cases[] = {
        {COPIED ROOT UPPER LOWER,
         "20 1 0:5 /r / rw,relatime - ext4 /dev/a rw\n21 20 0:8 / /s rw,relatime - tmpfs lower rw\n"
         "22 21 0:9 / /s rw,relatime - tmpfs upper rw\n",
         ""},
        {COPIED ROOT UPPER LOWER,
         "20 1 0:5 /r / rw,relatime - ext4 /dev/a rw\n21 20 0:8 / /s rw,relatime - tmpfs lower rw\n",
         "/s (mounts[1]): expected a mount, found none"},
        {COPIED "=m\t2 1 0:5 / / rw,relatime shared:3 master:7 - ext4 a rw\n",
         "9 1 0:5 / / rw,relatime master:7 - ext4 a rw\n", ""},
        {COPIED "=m\t2 1 0:5 / / rw,relatime shared:3 - ext4 a rw\n",
         "9 1 0:5 / / rw,relatime master:3 - ext4 a rw\n", ""},
        {COPIED "=m\t2 1 0:5 / / rw,relatime shared:3 - ext4 a rw\n",
         "9 1 0:5 / / rw,relatime shared:3 - ext4 a rw\n",
         "/ (m): expected slave or private, found shared:3"},
        {COPIED "=m\t2 1 0:5 / / rw,relatime unbindable - ext4 a rw\n",
         "9 1 0:5 / / rw,relatime - ext4 a rw\n", ""},
    };

    (void)state;
    check_cases(cases, ARRAY_LENGTH(cases));
}

static void test_many_differences(void **state)
{
    (void)state;
    assert_differs(
        SAME ROOT,
        ROOT_LINE "3 2 0:6 / /a rw - t a rw\n4 2 0:6 / /b rw - t b rw\n5 2 0:6 / /c rw - t c rw\n"
                  "6 2 0:6 / /d rw - t d rw\n7 2 0:6 / /e rw - t e rw\n8 2 0:6 / /f rw - t  rw\n",
        "/a: expected no mount, found t of a; /b: expected no mount, found t of b; /c: expected no "
        "mount, found t of c; /d: expected no mount, found t of d; /e: expected no mount, found t "
        "of e; and 1 more");
}

static void test_corrupt_records(void **state)
{
    static const char *const records[] = {
        "",
        "holdfast mounts 1 same",
        "holdfast mounts 2 same\n",
        SAME "root.path\t2 1 0:5 /r / rw,relatime - ext4 /dev/a rw\n",
        SAME "=root.path 2 1 0:5 /r / rw,relatime - ext4 /dev/a rw\n",
        SAME "=root.path\t2 1 0:5 /r / rw,relatime\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(records); i++) {
        CLEANUP_ERROR struct error error = {0};
        struct expectation expectation;

        assert_int_equal(expectation_from_record(&expectation, records[i], &error), -EBADMSG);
        assert_string_equal(error.text, "the record of the container's mounts is corrupt");
    }
}

/* ------------------------------------------------------------------ against a plan alone */

#define TABLE_ROOT "2 1 0:5 /r / rw,relatime - ext4 /dev/a rw\n"

static void assert_plan_differs(const char *json, const char *table, const char *text)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_PLAN struct plan plan = {0};
    CLEANUP_EXPECTATION struct expectation expectation = {0};
    CLEANUP_ERROR struct error error = {0};

    read_config(&config, json);
    assert_int_equal(plan_compile(&plan, &config, &plain_machine, &error), 0);
    assert_int_equal(expectation_from_plan(&expectation, &plan, NULL, &error), 0);
    assert_text(&expectation, table, -1, text);
}

static void test_plan(void **state)
{
#define BIND(options) MOUNT("'destination':'/d','source':'/s','options':[" options "]")
#define TMPFS(options) MOUNT("'destination':'/d/../t','type':'tmpfs','options':[" options "]")
    static const struct difference_case cases[] = {
        {BIND("'bind','ro'"), TABLE_ROOT "3 2 0:6 / /d ro,relatime - x y rw\n", ""},
        {BIND("'bind','ro'"), TABLE_ROOT, "/d (mounts[0]): expected a mount, found none"},
        {BIND("'bind','ro','nosuid','dev'"), TABLE_ROOT "3 2 0:6 / /d rw,nosuid,nodev - x y rw\n",
         "/d (mounts[0]): expected ro,dev, found rw,nodev"},
        {BIND("'bind'"), TABLE_ROOT "3 2 0:6 / /d rw shared:3 - x y rw\n",
         "/d (mounts[0]): expected private, found shared:3"},
        {BIND("'bind','rslave'"), TABLE_ROOT "3 2 0:6 / /d rw master:3 - x y rw\n", ""},
        {BIND("'bind','rslave'"), TABLE_ROOT "3 2 0:6 / /d rw shared:3 - x y rw\n",
         "/d (mounts[0]): expected slave or private, found shared:3"},
        {BIND("'bind','shared'"), TABLE_ROOT "3 2 0:6 / /d rw - x y rw\n",
         "/d (mounts[0]): expected shared, found private"},
        {BIND("'bind','unbindable'"), TABLE_ROOT "3 2 0:6 / /d rw - x y rw\n",
         "/d (mounts[0]): expected unbindable, found private"},
        {BIND("'rbind','rro'"), TABLE_ROOT "3 2 0:6 / /d ro - x y rw\n4 3 0:7 / /d/e ro - x z rw\n", ""},
        {BIND("'rbind','rro'"), TABLE_ROOT "3 2 0:6 / /d ro - x y rw\n4 3 0:7 / /d/e rw - x z rw\n",
         "/d/e (mounts[0]): expected ro, found rw"},
        {BIND("'bind'"), TABLE_ROOT "3 2 0:6 / /d rw - x y rw\n4 3 0:7 / /d/e rw - x z rw\n",
         "/d/e: expected no mount, found x of z"},
        {BIND("'bind','rslave'"),
         TABLE_ROOT "3 2 0:6 / /d rw master:1 - x y rw\n4 3 0:7 / /d/e rw - x z rw\n", ""},
        {TMPFS("'noexec'"), TABLE_ROOT "3 2 0:6 / /t rw,noexec,relatime - tmpfs tmpfs rw\n", ""},
        {TMPFS("'noexec'"), TABLE_ROOT "3 2 0:6 / /t rw,noexec,nosuid,relatime - tmpfs tmpfs rw\n",
         "/t (mounts[0]): expected suid, found nosuid"},
        {TMPFS("'ro'"), TABLE_ROOT "3 2 0:6 / /t rw,relatime - tmpfs tmpfs rw\n",
         "/t (mounts[0]): expected ro, found rw"},
        {TMPFS(""), TABLE_ROOT "3 2 0:6 / /t rw,relatime - ramfs tmpfs rw\n",
         "/t (mounts[0]): expected tmpfs, found ramfs"},
        {TMPFS(""), TABLE_ROOT "3 2 0:6 /below /t rw,relatime - tmpfs tmpfs rw\n",
         "/t (mounts[0]): expected /, found /below"},
        {MOUNT("'destination':'/t','type':'tmpfs'},{'destination':'/t','options':['remount','ro','nodev']"),
         TABLE_ROOT "3 2 0:6 / /t ro,nodev,relatime - tmpfs tmpfs rw\n", ""},
        {MOUNT("'destination':'/t','type':'tmpfs'},{'destination':'/t','options':['remount','ro','nodev']"),
         TABLE_ROOT "3 2 0:6 / /t rw,relatime - tmpfs tmpfs rw\n",
         "/t (mounts[0]): expected ro,nodev, found rw,dev"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_plan_differs(cases[i].record, cases[i].table, cases[i].text);
}

/* ------------------------------------------------------------------ places behind links */

/* A mount at another path than was asked for, where a link may have led to: that is looked up, and can't be where
 * something hides it. What it lies on doesn't. */
static void test_hidden_places(void **state)
{
#define ASKED SAME ROOT "=a\t3 2 0:6 / /a rw - tmpfs t rw\n=b\t4 3 0:7 / /b/data rw - tmpfs t rw\n"
#define A_LINE "3 2 0:6 / /a rw - tmpfs t rw\n"
    static const struct difference_case cases[] = {
        {ASKED, ROOT_LINE A_LINE "4 3 0:7 / /a/data rw - tmpfs t rw\n",
         "/b/data (b): expected /b/data, found /a/data"},
        {ASKED, ROOT_LINE A_LINE "4 3 0:7 / /a/data rw - tmpfs t rw\n5 2 0:8 / /a rw - tmpfs t rw\n",
         "/a: expected no mount, found tmpfs of t"},
    };
    CLEANUP_FD int root_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

    (void)state;
    assert_true(root_fd >= 0);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_differs_in(root_fd, cases[i].record, cases[i].table, cases[i].text);
}

/* ------------------------------------------------------------------ numbers */

static void test_id_map(void **state)
{
    CLEANUP_ARENA struct arena arena = {0};
    struct id_map map;

    (void)state;
    assert_int_equal(id_map_init(&map, &arena, 1000), 0);
    for (uint64_t i = 0; i < 1000; i++)
        id_map_put(&map, i * UINT64_C(4294967296), (size_t)i);
    id_map_put(&map, 0, 1234);
    assert_int_equal(id_map_find(&map, 0), 1234);
    for (uint64_t i = 1; i < 1000; i++)
        assert_int_equal(id_map_find(&map, i * UINT64_C(4294967296)), i);
    assert_int_equal(id_map_find(&map, 1), NO_PLACE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attribute_words), cmocka_unit_test(test_same_numbers),
        cmocka_unit_test(test_copies),          cmocka_unit_test(test_many_differences),
        cmocka_unit_test(test_corrupt_records), cmocka_unit_test(test_plan),
        cmocka_unit_test(test_hidden_places),   cmocka_unit_test(test_id_map),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
