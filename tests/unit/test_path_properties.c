/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of src/path, which are the kernel's, and what leads out of any root. */
#include "path_helpers.h"

static int ensure(const struct sandbox *sandbox, const char *path)
{
    CLEANUP_JOURNAL struct path_journal journal = {0};
    struct path_end end;
    int fd = path_ensure(sandbox->root_fd, path, true, &journal, &end);

    path_journal_undo(&journal);
    if (fd >= 0)
        close(fd);
    return fd < 0 ? fd : 0;
}

/* As many links as path_resolution(7) has, by the kernel and, after "new/..", by our own walk. */
static void test_link_limit(void **state)
{
    CLEANUP_SANDBOX struct sandbox sandbox;

    (void)state;
    sandbox_open(&sandbox);
    make_tree(&sandbox, "l0/");
    for (int i = 1; i <= 41; i++) {
        char entry[32];

        snprintf(entry, sizeof(entry), "l%d>l%d", i, i - 1);
        make_tree(&sandbox, entry);
    }
    assert_int_equal(ensure(&sandbox, "l40"), 0);
    assert_int_equal(ensure(&sandbox, "l41"), -ELOOP);
    assert_int_equal(ensure(&sandbox, "l40/l1"), 0);
    assert_int_equal(ensure(&sandbox, "l39/../l1/x"), 0);
    assert_int_equal(ensure(&sandbox, "l39/../l2/x"), -ELOOP);
    assert_int_equal(ensure(&sandbox, "new/../l40"), 0);
    assert_int_equal(ensure(&sandbox, "new/../l41"), -ELOOP);
    assert_int_equal(ensure(&sandbox, "new/../l40/../l1"), -ELOOP);
}

/* The same with a path that has count components of that name. */
static int ensure_repeated(const struct sandbox *sandbox, const char *start, const char *name, int count)
{
    CLEANUP_FREE char *path = NULL;
    size_t size;
    FILE *out = open_memstream(&path, &size);

    assert_non_null(out);
    fputs(start, out);
    for (int i = 0; i < count; i++)
        fputs(name, out);
    assert_int_equal(fclose(out), 0);
    return ensure(sandbox, path);
}

static void test_length_limits(void **state)
{
    CLEANUP_SANDBOX struct sandbox sandbox;

    (void)state;
    sandbox_open(&sandbox);
    assert_int_equal(ensure_repeated(&sandbox, "", "n", NAME_MAX), 0);
    assert_int_equal(ensure_repeated(&sandbox, "", "n", NAME_MAX + 1), -ENAMETOOLONG);
    assert_int_equal(ensure_repeated(&sandbox, "new/../", "n", NAME_MAX), 0);
    assert_int_equal(ensure_repeated(&sandbox, "new/../", "n", NAME_MAX + 1), -ENAMETOOLONG);
    assert_int_equal(ensure_repeated(&sandbox, "", "./", PATH_MAX / 2 - 1), 0);
    assert_int_equal(ensure_repeated(&sandbox, "", "./", PATH_MAX / 2), -ENAMETOOLONG);
    assert_int_equal(ensure_repeated(&sandbox, "", "d/", 256), 0);
    assert_int_equal(ensure_repeated(&sandbox, "", "d/", 257), -ENAMETOOLONG);
    /* ".." takes from the depth */
    assert_int_equal(ensure_repeated(&sandbox, "", "d/../", 500), 0);
}

/* proc(5): they lead out of any root. */
static void test_magic_links(void **state)
{
    static const char *const paths[] = {"root", "cwd/x", "exe", "fd/0"};
    CLEANUP_FD int process_fd = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);

    (void)state;
    assert_true(process_fd >= 0);
    for (size_t i = 0; i < ARRAY_LENGTH(paths); i++) {
        CLEANUP_JOURNAL struct path_journal journal = {0};
        struct path_end end;

        assert_int_equal(path_open(process_fd, paths[i], O_PATH), -ELOOP);
        assert_int_equal(path_ensure(process_fd, paths[i], true, &journal, &end), -ELOOP);
        assert_int_equal(journal.length, 0);
    }
}

static void test_open(void **state)
{
    CLEANUP_SANDBOX struct sandbox sandbox;

    (void)state;
    sandbox_open(&sandbox);
    make_tree(&sandbox, "a/ f l>/f t>/nowhere");
    assert_int_equal(path_open(sandbox.root_fd, "x", O_PATH), -ENOENT);
    assert_int_equal(path_open(sandbox.root_fd, "t", O_PATH), -ENOENT);
    assert_int_equal(path_open(sandbox.root_fd, "../a/b", O_PATH), -ENOENT);
    assert_int_equal(path_open(sandbox.root_fd, "l", O_RDONLY | O_NOFOLLOW), -ELOOP);
    assert_int_equal(path_open(sandbox.root_fd, "l", O_RDONLY | O_DIRECTORY), -ENOTDIR);
    assert_int_equal(path_open(-1, "a", O_PATH), -EBADF);
    {
        CLEANUP_FD int fd = path_open(sandbox.root_fd, "l", O_RDONLY);
        char text[16] = "";

        assert_int_equal(read(fd, text, sizeof(text)), 6);
        assert_string_equal(text, "inside");
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link_limit),
        cmocka_unit_test(test_length_limits),
        cmocka_unit_test(test_magic_links),
        cmocka_unit_test(test_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
