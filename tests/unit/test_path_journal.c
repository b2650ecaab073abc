/* SPDX-License-Identifier: Apache-2.0 */
/* src/path: the modes of what is made, and taking it away again. */
#include "path_helpers.h"

static void ensure(const struct sandbox *sandbox, const char *path, bool directory,
                   struct path_journal *journal)
{
    struct path_end end = {0};
    CLEANUP_FD int fd = path_ensure(sandbox->root_fd, path, directory, journal, &end);

    assert_true(fd >= 0);
    assert_true(end.created);
}

static void assert_listing(const struct sandbox *sandbox, const char *lines)
{
    CLEANUP_FREE char *found = listing_inside(sandbox);

    assert_string_equal(found, lines);
}

/* The engine's umask is 0: modes are exact then. */
static void test_modes(void **state)
{
    static const struct {
        mode_t umask;
        const char *lines;
    } cases[] = {
        {0, "a/ 0755\na/b/ 0755\na/b/f 0644 0\na/d/ 0755\n"},
        {022, "a/ 0755\na/b/ 0755\na/b/f 0644 0\na/d/ 0755\n"},
        {077, "a/ 0700\na/b/ 0700\na/b/f 0600 0\na/d/ 0700\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_SANDBOX struct sandbox sandbox;
        CLEANUP_JOURNAL struct path_journal journal = {0};

        sandbox_open(&sandbox);
        umask(cases[i].umask);
        ensure(&sandbox, "a/b/f", false, &journal);
        ensure(&sandbox, "a/d", true, &journal);
        umask(0);
        assert_listing(&sandbox, cases[i].lines);
    }
}

/* What was there keeps its mode, content and entries. */
static void test_undo(void **state)
{
    static const char before[] = "d/ 0711\nd/f 0600 6\nl > d/t\n";
    CLEANUP_SANDBOX struct sandbox sandbox;
    CLEANUP_JOURNAL struct path_journal journal = {0};

    (void)state;
    sandbox_open(&sandbox);
    make_tree(&sandbox, "d/ d/f l>d/t");
    ensure(&sandbox, "d/x/y/z", true, &journal);
    ensure(&sandbox, "l", false, &journal);
    ensure(&sandbox, "d/x/f", false, &journal);
    ensure(&sandbox, "e", false, &journal);
    ensure(&sandbox, "d/x/y/g", false, &journal);
    assert_listing(&sandbox, "d/ 0711\nd/f 0600 6\nd/t 0644 0\nd/x/ 0755\nd/x/f 0644 0\nd/x/y/ 0755\n"
                             "d/x/y/g 0644 0\nd/x/y/z/ 0755\ne 0644 0\nl > d/t\n");
    assert_int_equal(journal.length, 7);
    path_journal_undo(&journal);
    assert_listing(&sandbox, before);
    assert_int_equal(journal.length, 0);
    assert_null(journal.entries);
    path_journal_undo(&journal);
    assert_listing(&sandbox, before);
}

/* A directory that somebody has put something into is his; and so is what took the place of ours. */
static void test_undo_leaves_content(void **state)
{
    CLEANUP_SANDBOX struct sandbox sandbox;
    CLEANUP_JOURNAL struct path_journal journal = {0};

    (void)state;
    sandbox_open(&sandbox);
    ensure(&sandbox, "a/b/c", true, &journal);
    ensure(&sandbox, "a/d/e", true, &journal);
    ensure(&sandbox, "g/h", false, &journal);
    ensure(&sandbox, "i/j", true, &journal);
    put_file(sandbox.root_fd, "a/b/own", "content");
    assert_int_equal(unlinkat(sandbox.root_fd, "g/h", 0), 0);
    assert_int_equal(mkdirat(sandbox.root_fd, "g/h", 0700), 0);
    assert_int_equal(unlinkat(sandbox.root_fd, "i/j", AT_REMOVEDIR), 0);
    put_file(sandbox.root_fd, "i/j", "content");
    path_journal_undo(&journal);
    assert_listing(&sandbox, "a/ 0755\na/b/ 0755\na/b/own 0600 7\ng/ 0755\ng/h/ 0700\ni/ 0755\ni/j 0600 7\n");
}

/* A file that was written to, or linked elsewhere, is somebody's, too; and his link to another is not ours. */
static void test_undo_leaves_written_files(void **state)
{
    CLEANUP_SANDBOX struct sandbox sandbox;
    CLEANUP_JOURNAL struct path_journal journal = {0};

    (void)state;
    sandbox_open(&sandbox);
    ensure(&sandbox, "a/empty", false, &journal);
    ensure(&sandbox, "a/linked", false, &journal);
    ensure(&sandbox, "a/replaced", false, &journal);
    ensure(&sandbox, "a/written", false, &journal);
    assert_int_equal(linkat(sandbox.root_fd, "a/linked", sandbox.root_fd, "link", 0), 0);
    make_tree(&sandbox, "other>a");
    assert_int_equal(renameat(sandbox.root_fd, "other", sandbox.root_fd, "a/replaced"), 0);
    {
        CLEANUP_FD int fd = path_open(sandbox.root_fd, "a/written", O_WRONLY);

        assert_int_equal(write(fd, "x", 1), 1);
    }
    path_journal_undo(&journal);
    assert_listing(&sandbox, "a/ 0755\na/linked 0644 0\na/replaced > a\na/written 0644 1\nlink 0644 0\n");
}

/* It is the directory that counts, wherever it was moved to, and not its path. */
static void test_undo_after_rename(void **state)
{
    CLEANUP_SANDBOX struct sandbox sandbox;
    CLEANUP_JOURNAL struct path_journal journal = {0};

    (void)state;
    sandbox_open(&sandbox);
    make_tree(&sandbox, "d/ e/ e/x");
    ensure(&sandbox, "d/x", false, &journal);
    assert_int_equal(renameat(sandbox.root_fd, "d", sandbox.root_fd, "moved"), 0);
    assert_int_equal(symlinkat("e", sandbox.root_fd, "d"), 0);
    path_journal_undo(&journal);
    assert_listing(&sandbox, "d > e\ne/ 0711\ne/x 0600 6\nmoved/ 0711\n");
}

static void test_clear(void **state)
{
    CLEANUP_SANDBOX struct sandbox sandbox;
    struct path_journal journal = {0};

    (void)state;
    sandbox_open(&sandbox);
    ensure(&sandbox, "a/f", false, &journal);
    path_journal_clear(&journal);
    assert_int_equal(journal.length, 0);
    assert_listing(&sandbox, "a/ 0755\na/f 0644 0\n");
    path_journal_clear(&journal);
}

/* Links and nodes are made by others, and written into it. */
static void test_add(void **state)
{
    CLEANUP_SANDBOX struct sandbox sandbox;
    CLEANUP_JOURNAL struct path_journal journal = {0};

    (void)state;
    sandbox_open(&sandbox);
    make_tree(&sandbox, "d/ d/kept>f d/l>kept");
    assert_int_equal(mkfifoat(sandbox.root_fd, "p", 0600), 0);
    assert_int_equal(path_journal_add(&journal, sandbox.root_fd, "p", false), 0);
    {
        CLEANUP_FD int directory = path_open(sandbox.root_fd, "d", O_PATH);

        assert_int_equal(path_journal_add(&journal, directory, "l", false), 0);
    }
    assert_int_equal(path_journal_add(&journal, -1, "kept", false), -EBADF);
    assert_int_equal(journal.length, 2);
    path_journal_undo(&journal);
    assert_listing(&sandbox, "d/ 0711\nd/kept > f\n");
}

/* A thousand in one directory cost a descriptor of the entries and one of the row, which the journal gives back. */
static void test_descriptors(void **state)
{
    CLEANUP_SANDBOX struct sandbox sandbox;
    CLEANUP_JOURNAL struct path_journal journal = {0};
    size_t before, while_kept;

    (void)state;
    sandbox_open(&sandbox);
    before = count_descriptors();
    for (int i = 0; i < 1000; i++) {
        char name[16];

        snprintf(name, sizeof(name), "f%d", i);
        ensure(&sandbox, name, false, &journal);
    }
    while_kept = count_descriptors();
    ensure(&sandbox, "a/b/c", true, &journal);
    ensure(&sandbox, "f1000", false, &journal);
    assert_int_equal(while_kept, before + 2);
    assert_int_equal(count_descriptors(), before + 5);
    path_journal_undo(&journal);
    assert_int_equal(count_descriptors(), before);
    assert_listing(&sandbox, "");
}

/* What is made in a row goes into the directory that was found first, until the row ends. */
static void test_row(void **state)
{
    CLEANUP_SANDBOX struct sandbox sandbox;
    CLEANUP_JOURNAL struct path_journal journal = {0};

    (void)state;
    sandbox_open(&sandbox);
    make_tree(&sandbox, "d/ e/");
    ensure(&sandbox, "d/1", true, &journal);
    assert_int_equal(renameat2(sandbox.root_fd, "d", sandbox.root_fd, "e", RENAME_EXCHANGE), 0);
    ensure(&sandbox, "d/2", false, &journal);
    ensure(&sandbox, "e/3", false, &journal);
    ensure(&sandbox, "d/4", false, &journal);
    path_journal_end_row(&journal);
    assert_int_equal(renameat2(sandbox.root_fd, "d", sandbox.root_fd, "e", RENAME_EXCHANGE), 0);
    ensure(&sandbox, "d/5", false, &journal);
    assert_listing(&sandbox, "d/ 0711\nd/1/ 0755\nd/2 0644 0\nd/3 0644 0\nd/5 0644 0\ne/ 0711\ne/4 0644 0\n");
    path_journal_undo(&journal);
    assert_listing(&sandbox, "d/ 0711\ne/ 0711\n");
}

/* A row is of one root, and ends with what is there, or has more missing than its last component. */
static void test_end_of_row(void **state)
{
    static const char *const paths[] = {"d/there", "d/link", "d/a/b", "f", "d/.", "d/../g"};
    CLEANUP_SANDBOX struct sandbox sandbox;
    CLEANUP_JOURNAL struct path_journal journal = {0};
    CLEANUP_FD int other_root = -1;

    (void)state;
    sandbox_open(&sandbox);
    make_tree(&sandbox, "d/ d/there/ d/link>there e/ e/d/");
    for (size_t i = 0; i < ARRAY_LENGTH(paths); i++) {
        CLEANUP_FD int fd = -1;
        char name[16];
        struct path_end end;

        snprintf(name, sizeof(name), "d/%zu", i);
        ensure(&sandbox, name, true, &journal);
        assert_true(path_journal_find_row(&journal, sandbox.root_fd, "d/", 2) >= 0);
        fd = path_ensure(sandbox.root_fd, paths[i], true, &journal, &end);
        assert_true(fd >= 0);
        assert_int_equal(path_journal_find_row(&journal, sandbox.root_fd, "d/", 2), -1);
    }
    ensure(&sandbox, "d/last", true, &journal);
    other_root = path_open(sandbox.root_fd, "e", O_PATH);
    assert_int_equal(path_journal_find_row(&journal, other_root, "d/", 2), -1);
    assert_int_equal(path_journal_find_row(&journal, sandbox.root_fd, "d", 1), -1);
    path_journal_undo(&journal);
    assert_int_equal(path_journal_find_row(&journal, sandbox.root_fd, "d/", 2), -1);
    assert_listing(&sandbox, "d/ 0711\nd/link > there\nd/there/ 0711\ne/ 0711\ne/d/ 0711\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_undo),
        cmocka_unit_test(test_undo_leaves_content),
        cmocka_unit_test(test_undo_leaves_written_files),
        cmocka_unit_test(test_undo_after_rename),
        cmocka_unit_test(test_clear),
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_row),
        cmocka_unit_test(test_end_of_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
