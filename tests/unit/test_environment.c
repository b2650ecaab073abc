/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include "base/fd.h"
#include "process/environment.h"
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>

static char directory[] = "/tmp/holdfast-environment-XXXXXX"; /* the working directory */
static int root_fd = -1;

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    assert_int_equal(mkdir("root", 0755), 0);
    assert_int_equal(mkdir("root/etc", 0755), 0);
    root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return root_fd < 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    fd_close(&root_fd);
    return nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void write_text(const char *path, const char *text)
{
    CLEANUP_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static void expect_home(uint32_t uid, const char *expected)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP(arena_clear) struct arena arena = {0};
    const char *home = NULL;

    assert_int_equal(environment_home(root_fd, uid, &arena, &home, &error), 0);
    assert_string_equal(home, expected);
}

static void expect_home_error(int code, const char *says)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP(arena_clear) struct arena arena = {0};
    const char *home = "untouched";

    assert_int_equal(environment_home(root_fd, 0, &arena, &home, &error), -code);
    assert_true(error_says(&error, says));
    assert_string_equal(home, "untouched");
}

static void test_home_of_entry(void **state)
{
    static const struct {
        const char *passwd;
        uint32_t uid;
        const char *home;
    } cases[] = {
        {"root:x:0:0:root:/root:/bin/sh\njoe:x:1000:1000::/home/joe:\n", 0, "/root"},
        {"root:x:0:0:root:/root:/bin/sh\njoe:x:1000:1000::/home/joe:\n", 1000, "/home/joe"},
        {"root:x:0:0:root:/root:/bin/sh\njoe:x:1000:1000::/home/joe:\n", 1001, "/"},
        {"joe:x:1000:1000::/home/joe:/bin/sh", 1000, "/home/joe"},
        {"a:x:7:7::/first:\nb:x:7:7::/second:\n", 7, "/first"},
        {"a:x:7:7:::/bin/sh\n", 7, "/"},
        {"big:x:4294967294:1::/big:\n", 4294967294U, "/big"},
        {"", 0, "/"},
        {"\n\n#root:x:0:0::/no:\n", 5, "/"},
        {"joe:x:abc:1::/not-a-number:\n", 0, "/"},
        {"joe:x:0\nbob:x\n::::::\n", 0, "/"},
        {"+\n-joe\n", 0, "/"},
        {"+\nroot:x:0:0::/root:\n", 0, "/root"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        write_text("root/etc/passwd", cases[i].passwd);
        expect_home(cases[i].uid, cases[i].home);
    }
    assert_int_equal(unlink("root/etc/passwd"), 0);
}

static void test_long_line(void **state)
{
    enum { SIZE = 300000 };
    CLEANUP_FREE char *text = malloc(SIZE + 64);
    char *end = text + SIZE;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE);
    strcpy(end, ":x:9:9::/long:\njoe:x:8:8::/joe:\n");
    write_text("root/etc/passwd", text);
    expect_home(8, "/joe");
    expect_home(9, "/long");
    assert_int_equal(unlink("root/etc/passwd"), 0);
}

static void test_home_without_file(void **state)
{
    (void)state;
    expect_home(0, "/");
}

/* A link's target is looked for inside the root, never outside. */
static void test_home_through_links(void **state)
{
    static const struct {
        const char *target;
        const char *home;
    } cases[] = {
        {"/etc/other", "/inside"},
        {"other", "/inside"},
        {"../../../../etc/other", "/inside"},
        {"../../passwd-outside", "/"},
        {"/proc/self/cwd/root/etc/other", "/"},
        {"passwd", "/"},
    };

    (void)state;
    write_text("root/etc/other", "root:x:0:0::/inside:\n");
    write_text("passwd-outside", "root:x:0:0::/outside:\n");
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_int_equal(symlink(cases[i].target, "root/etc/passwd"), 0);
        expect_home(0, cases[i].home);
        assert_int_equal(unlink("root/etc/passwd"), 0);
    }
}

static void test_home_of_what_is_no_file(void **state)
{
    (void)state;
    assert_int_equal(mkdir("root/etc/passwd", 0755), 0);
    expect_home_error(EINVAL, "/etc/passwd is not a regular file");
    assert_int_equal(rmdir("root/etc/passwd"), 0);
    assert_int_equal(mkfifo("root/etc/passwd", 0644), 0);
    expect_home_error(EINVAL, "/etc/passwd is not a regular file");
    assert_int_equal(unlink("root/etc/passwd"), 0);
}

static void test_home_of_huge_file(void **state)
{
    (void)state;
    write_text("root/etc/passwd", "root:x:0:0::/root:\n");
    assert_int_equal(truncate("root/etc/passwd", (off_t)1 << 40), 0);
    expect_home_error(EFBIG, "cannot read the container's /etc/passwd");
    assert_int_equal(unlink("root/etc/passwd"), 0);
}

#define ENTRIES_LIMIT 4

static void test_build(void **state)
{
    static const struct {
        const char *env[ENTRIES_LIMIT];
        const char *home;
        const char *built[ENTRIES_LIMIT];
    } cases[] = {
        {{NULL}, NULL, {NULL}},
        {{"A=1", "B="}, NULL, {"A=1", "B="}},
        {{"A=1", "B=2", "A=3"}, NULL, {"A=3", "B=2"}},
        {{"AB=1", "A=2"}, NULL, {"AB=1", "A=2"}},
        {{"A=1"}, "/r", {"A=1", "HOME=/r"}},
        {{"HOME=", "A=1"}, "/r", {"HOME=/r", "A=1"}},
        {{"HOME=/x", "A=1"}, "/r", {"HOME=/x", "A=1"}},
        {{"HOME=/x", "HOME="}, "/r", {"HOME=/r"}},
        {{"HOMER=/x"}, "/r", {"HOMER=/x", "HOME=/r"}},
        {{"A=b=c"}, NULL, {"A=b=c"}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};
        CLEANUP(arena_clear) struct arena arena = {0};
        const char *entries[ENTRIES_LIMIT];
        struct strings env = {.values = entries};
        const char *const *built;
        size_t j = 0;

        memcpy(entries, cases[i].env, sizeof(entries));
        while (env.length < ENTRIES_LIMIT && entries[env.length])
            env.length++;
        assert_int_equal(environment_build(&env, cases[i].home, &arena, &built, &error), 0);
        for (; cases[i].built[j]; j++)
            assert_string_equal(built[j], cases[i].built[j]);
        assert_null(built[j]);
    }
}

static void test_build_refuses(void **state)
{
    static const char *const bad[] = {"B", "=x", "", "="};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        CLEANUP_ERROR struct error error = {0};
        CLEANUP(arena_clear) struct arena arena = {0};
        const char *entries[] = {"A=1", bad[i]};
        struct strings env = {entries, 2};
        const char *const *built = NULL;

        assert_int_equal(environment_build(&env, NULL, &arena, &built, &error), -EINVAL);
        assert_true(error_says(&error, "process.env[1]"));
        assert_null(built);
    }
}

static void test_value(void **state)
{
    const char *entries[] = {"A=1", "AB=2", "A=3", "C=", "D"};
    struct strings env = {entries, ARRAY_LENGTH(entries)};

    (void)state;
    assert_string_equal(environment_value(&env, "A"), "3");
    assert_string_equal(environment_value(&env, "AB"), "2");
    assert_string_equal(environment_value(&env, "C"), "");
    assert_null(environment_value(&env, "D"));
    assert_null(environment_value(&env, "B"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_home_of_entry),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_home_without_file),
        cmocka_unit_test(test_home_through_links),
        cmocka_unit_test(test_home_of_what_is_no_file),
        cmocka_unit_test(test_home_of_huge_file),
        cmocka_unit_test(test_build),
        cmocka_unit_test(test_build_refuses),
        cmocka_unit_test(test_value),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
