/* SPDX-License-Identifier: Apache-2.0 */
/* src/plan: what kind of mount it becomes, and where: bind mounts, remount, tmpcopyup, destinations. */
#include "plan_helpers.h"

/* Without a type, the word alone makes it a bind mount. */
static void test_word_makes_bind_mount(void **state)
{
    static const struct plan_case cases[] = {
        {MOUNT("'destination':'/d','source':'s','options':['bind']"), "mounts",
         "bind /d from s rprivate (mounts[0])\n"},
        {MOUNT("'destination':'/d','source':'s','type':'none','options':['rbind']"), "mounts",
         "bind /d from s recursive rprivate (mounts[0])\n"},
        {MOUNT("'destination':'/d','source':'s','type':'tmpfs','options':['bind','ro']"), "mounts",
         "bind /d from s ro rprivate (mounts[0])\n"},
    };

    (void)state;
    check_plan_cases(cases, ARRAY_LENGTH(cases), &plain_machine);
}

/* What is mounted already is changed: type and source say nothing. */
static void test_remount(void **state)
{
    static const struct plan_case cases[] = {
        {MOUNT(
             "'destination':'/d','type':'bind','source':'s','options':['remount','ro','rnosuid','noatime']"),
         "mounts", "remount /d ro noatime rnosuid (mounts[0])\n"},
        {MOUNT("'destination':'/d','options':['remount','rw','size=1k','sync','rshared','dest-nofollow']"),
         "mounts", "remount /d rw rshared with size=1k,sync target nofollow (mounts[0])\n"},
        {MOUNT("'destination':'/','type':'none','options':['remount','nosuid']"), "mounts",
         "remount / nosuid (mounts[0])\n"},
        {MOUNT("'destination':'/dev','type':'tmpfs'},{'destination':'/"
               "dev','options':['remount','ro','noexec']"),
         "mounts[",
         "mount /dev type tmpfs source tmpfs (mounts[0])\nremount /dev noexec (mounts[1])\nchange /dev ro "
         "(mounts[0])\n"},
    };

    (void)state;
    check_plan_cases(cases, ARRAY_LENGTH(cases), &plain_machine);
}

static void test_copy_up(void **state)
{
    static const struct plan_case cases[] = {
        {MOUNT("'destination':'/d','type':'tmpfs','options':['tmpcopyup','size=1k']"), "mounts",
         "mount /d type tmpfs source tmpfs with size=1k copy of what it covers (mounts[0])\n"},
        {MOUNT("'destination':'/d','type':'tmpfs','options':['ro','tmpcopyup']"), "mounts",
         "mount /d type tmpfs source tmpfs copy of what it covers (mounts[0])\nchange /d ro (mounts[0])\n"},
    };
    static const char *const types[] = {"ramfs", "proc", "sysfs", "cgroup", "ext4"};

    (void)state;
    check_plan_cases(cases, ARRAY_LENGTH(cases), &plain_machine);
    for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
        CLEANUP_FREE char *json = NULL;

        assert_true(asprintf(&json,
                             MOUNT("'destination':'/d','source':'s','type':'%s','options':['tmpcopyup']"),
                             types[i]) > 0);
        assert_plan_refused(json,
                            "config.json:1: mounts[0] (/d): option \"tmpcopyup\" is for a new tmpfs only");
    }
}

static void expect_warnings(const char *json, const char *line)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_PLAN struct plan plan = {0};

    read_config(&config, json);
    assert_int_equal(plan_compile(&plan, &config, &plain_machine, &error), 0);
    assert_int_equal(plan.warnings.length, line != NULL);
    if (line)
        assert_string_equal(plan.warnings.values[0], line);
}

/* config.md, "mounts": deprecated, but taken. */
static void test_relative_destination(void **state)
{
    (void)state;
    expect_warnings(MOUNT("'destination':'/d','type':'tmpfs'"), NULL);
    expect_warnings(MOUNT("'destination':'d/e','type':'tmpfs'"),
                    "config.json:1: mounts[0] (d/e): the destination should be an absolute path: it is taken "
                    "from /");
    expect_warnings(
        MOUNT("'destination':'../d','type':'tmpfs'"),
        "config.json:1: mounts[0] (../d): the destination should be an absolute path: it is taken "
        "from /");
}

/* A file can be bound at "/d/", as at "/d"; but what is not to be followed would be another place. */
static void test_destination_becomes_target(void **state)
{
    static const struct plan_case cases[] = {
        {MOUNT("'destination':'d/e','source':'s','type':'bind'"), "mounts",
         "bind /d/e from s rprivate (mounts[0])\n"},
        {MOUNT("'destination':'/d///','source':'s','type':'bind'"), "mounts",
         "bind /d from s rprivate (mounts[0])\n"},
        {MOUNT("'destination':'/d/','type':'tmpfs'"), "mounts",
         "mount /d type tmpfs source tmpfs (mounts[0])\n"},
        {MOUNT("'destination':'/a//../d/.','type':'tmpfs'"), "mounts",
         "mount /a//../d/. type tmpfs source tmpfs (mounts[0])\n"},
        {MOUNT("'destination':'/d/','source':'s','type':'bind','options':['dest-nofollow']"), "mounts",
         "bind /d/ from s rprivate target nofollow (mounts[0])\n"},
    };

    (void)state;
    check_plan_cases(cases, ARRAY_LENGTH(cases), &plain_machine);
}

/* As text, whatever links the image may have. */
static void test_root_as_destination(void **state)
{
    static const char *const destinations[] = {"/", "//", "/.", "/data/..", "/a/b/../..", "../a/.."};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(destinations); i++) {
        CLEANUP_FREE char *json = NULL, *line = NULL;
        const char *to = destinations[i];

        assert_true(asprintf(&json, MOUNT("'destination':'%s','type':'tmpfs'"), to) > 0);
        assert_true(
            asprintf(&line,
                     "config.json:1: mounts[0] (%s): the destination \"%s\" is the root itself; what is "
                     "to be the root goes into root.path",
                     to, to) > 0);
        assert_plan_refused(json, line);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_word_makes_bind_mount),
        cmocka_unit_test(test_remount),
        cmocka_unit_test(test_copy_up),
        cmocka_unit_test(test_relative_destination),
        cmocka_unit_test(test_destination_becomes_target),
        cmocka_unit_test(test_root_as_destination),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
