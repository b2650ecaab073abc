/* SPDX-License-Identifier: Apache-2.0 */
/* src/path: where a path leads inside a root, and what is made on the way. */
#include "path_helpers.h"

/* The tree, as make_tree() takes it; what leads where: a place in the root, with "+" in front where it is said
 * to be made, or an error; and the entries that are there afterwards and were not before. */
struct path_case {
    const char *tree, *path, *leads_to, *made;
};

/* What after has and before has not, with blanks between; all that before has must be there yet. */
static char *difference(char *before, char *after)
{
    const char *old = strsep(&before, "\n"), *blank = "";
    char *text = NULL, *line;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    while ((line = strsep(&after, "\n"))) {
        if (strcmp(line, old) == 0) {
            old = before ? strsep(&before, "\n") : "";
        } else {
            fprintf(out, "%s%.*s", blank, (int)strcspn(line, " "), line);
            blank = " ";
        }
    }
    assert_null(before);
    assert_int_equal(fclose(out), 0);
    return text;
}

static char *result_text(const struct sandbox *sandbox, int fd, bool created)
{
    CLEANUP_FREE char *place = fd < 0 ? strdup(error_name(-fd)) : place_of(sandbox, fd);
    char *text = NULL;

    assert_non_null(place);
    assert_true(asprintf(&text, "%s%s", fd >= 0 && created ? "+" : "", place) > 0);
    return text;
}

typedef int (*ensure_function)(int root_fd, const char *path, bool directory, struct path_journal *journal,
                               struct path_end *ret_end);

/* The case, and that undoing it leaves the tree as it was. */
static void check_after(bool last_was_missing, const struct path_case *row, ensure_function ensure,
                        bool directory)
{
    CLEANUP_SANDBOX struct sandbox sandbox;
    CLEANUP_JOURNAL struct path_journal journal = {.last_was_missing = last_was_missing};
    CLEANUP_FREE char *before = NULL, *after = NULL, *copy = NULL, *undone = NULL, *made = NULL,
                      *found = NULL;
    CLEANUP_FD int fd = -1;
    struct path_end end = {0};

    sandbox_open(&sandbox);
    make_tree(&sandbox, row->tree);
    before = listing_inside(&sandbox);
    copy = strdup(before);
    fd = ensure(sandbox.root_fd, row->path, directory, &journal, &end);
    after = listing_inside(&sandbox);
    made = difference(copy, after);
    found = result_text(&sandbox, fd, end.created);
    if (strcmp(found, row->leads_to) != 0 || strcmp(made, row->made) != 0)
        fail_msg("[%s] \"%s\" leads to %s, made: %s", row->tree, row->path, found, made);
    path_journal_undo(&journal);
    assert_int_equal(journal.length, 0);
    undone = listing_inside(&sandbox);
    assert_string_equal(undone, before);
}

static void check_case(const struct path_case *row, ensure_function ensure, bool directory)
{
    check_after(false, row, ensure, directory);
    check_after(true, row, ensure, directory);
}

#define DEEP "a/ a/b/ a/b/c/ a/f f"

static const struct path_case directories[] = {
    /* what is there */
    {DEEP, "a/b", "/a/b", ""},
    {DEEP, "/a/b", "/a/b", ""},
    {DEEP, "//a///b", "/a/b", ""},
    {DEEP, "a/b/", "/a/b", ""},
    {DEEP, "a/./b/.", "/a/b", ""},
    {DEEP, "a/b/../b/c", "/a/b/c", ""},
    {DEEP, "", "/", ""},
    {DEEP, "/", "/", ""},
    {DEEP, "///", "/", ""},
    {DEEP, ".", "/", ""},
    {DEEP, "..", "/", ""},
    {DEEP, "../../../a", "/a", ""},
    {DEEP, "/../a/../../a/b", "/a/b", ""},
    {DEEP, "f/", "ENOTDIR", ""},
    {DEEP, "f/.", "ENOTDIR", ""},
    {DEEP, "f/..", "ENOTDIR", ""},
    {DEEP, "f/x/y", "ENOTDIR", ""},
    /* links to what is there */
    {DEEP " l>a/b", "l", "/a/b", ""},
    {DEEP " l>/a/b", "l/c", "/a/b/c", ""},
    {DEEP " l>/a/b/", "l/", "/a/b", ""},
    {DEEP " a/b/l>../..", "a/b/l", "/", ""},
    {DEEP " a/b/l>../../../../a", "a/b/l/b", "/a/b", ""},
    {DEEP " l>a/b", "l/..", "/a", ""},
    {DEEP " l>/", "l/a/b", "/a/b", ""},
    {DEEP " x>y y>z z>/a/b", "x/c", "/a/b/c", ""},
    {DEEP " l>f", "l/x", "ENOTDIR", ""},
    {DEEP " l>l", "l", "ELOOP", ""},
    {DEEP " x>y y>/x", "x/c", "ELOOP", ""},
    {DEEP " l>l/x", "l", "ELOOP", ""},
    /* what is missing */
    {"", "a", "+/a", "a/"},
    {"", "/a/b/c", "+/a/b/c", "a/ a/b/ a/b/c/"},
    {"", "//a//b///", "+/a/b", "a/ a/b/"},
    {DEEP, "a/b/x/y", "+/a/b/x/y", "a/b/x/ a/b/x/y/"},
    {"", "../../a/b", "+/a/b", "a/ a/b/"},
    {"", "a/../../b", "+/b", "a/ b/"},
    {"", "a/..", "/", "a/"},
    {"", "a/b/..", "/a", "a/ a/b/"},
    {"", "a/.", "+/a", "a/"},
    {"", "a/b/./", "+/a/b", "a/ a/b/"},
    {"", "a/b/../.", "/a", "a/ a/b/"},
    {DEEP, "x/../a/b", "/a/b", "x/"},
    {DEEP, "x/../../a/new", "+/a/new", "a/new/ x/"},
    {DEEP, "x/../f/y", "ENOTDIR", "x/"},
    {DEEP, "x/../f/..", "ENOTDIR", "x/"},
    /* links to what is missing */
    {"l>t", "l", "+/t", "t/"},
    {"l>/t", "l/x", "+/t/x", "t/ t/x/"},
    {"l>t/", "l", "+/t", "t/"},
    {"l>../../../t/u", "l", "+/t/u", "t/ t/u/"},
    {"a/ a/l>../t", "a/l/x", "+/t/x", "t/ t/x/"},
    {"a/ a/l>t", "a/l", "+/a/t", "a/t/"},
    {"x>y y>z z>/t", "x", "+/t", "t/"},
    {"l>/tmp/nowhere", "l/x", "+/tmp/nowhere/x", "tmp/ tmp/nowhere/ tmp/nowhere/x/"},
    {"l>t/..", "l/x", "+/x", "t/ x/"},
    {DEEP " l>f", "x/../l/y", "ENOTDIR", "x/"},
    {"l>x/../l", "l", "ELOOP", "x/"},
    {"y>z z>y", "x/../y/w", "ELOOP", "x/"},
    {"l>/", "x/../l", "/", "x/"},
};

static const struct path_case files[] = {
    {DEEP, "f", "/f", ""},
    {DEEP, "a/../f", "/f", ""},
    {DEEP " l>/a/f", "l", "/a/f", ""},
    {DEEP, "f/", "ENOTDIR", ""},
    {DEEP, "f/x", "ENOTDIR", ""},
    {DEEP, "a/b", "/a/b", ""}, /* what is there may be another kind; the caller sees */
    {"", "f", "+/f", "f"},
    {"", "a/b/f", "+/a/b/f", "a/ a/b/ a/b/f"},
    {DEEP, "a/b/g", "+/a/b/g", "a/b/g"},
    {"", "../../a/f", "+/a/f", "a/ a/f"},
    {"l>t", "l", "+/t", "t"},
    {"l>/t/u", "l", "+/t/u", "t/ t/u"},
    {"a/ a/l>../../../t", "a/l", "+/t", "t"},
    {"l>t", "l/f", "+/t/f", "t/ t/f"},
    {"x>/y y>z", "x", "+/z", "z"},
    {"", "a/..", "/", "a/"},
    /* a slash at the end asks for a directory */
    {"", "a/", "+/a", "a/"},
    {"l>t/", "l", "+/t", "t/"},
    {DEEP, "x/../f/", "ENOTDIR", "x/"},
    {DEEP " l>f/", "x/../l", "ENOTDIR", "x/"},
};

/* A link at the end is the end; one that a slash or a dot follows is on the way. */
static const struct path_case entries[] = {
    {DEEP " l>a/b", "l", "/l", ""},
    {DEEP " l>l", "l", "/l", ""},
    {"l>t", "l", "/l", ""},
    {DEEP " l>a/b", "l/", "/a/b", ""},
    {DEEP " l>a/b", "l/.", "/a/b", ""},
    {DEEP " l>a/b", "l/..", "/a", ""},
    {DEEP " l>a a/m>b", "l/m", "/a/m", ""},
    {"l>t", "l/x", "+/t/x", "t/ t/x/"},
    {"l>t", "l/", "+/t", "t/"},
    {"", "a/b", "+/a/b", "a/ a/b/"},
    {"", "..", "/", ""},
    {"", "/", "/", ""},
    {"", "", "/", ""},
    {"f", "f/x", "ENOTDIR", ""},
    {"l>l", "l/x", "ELOOP", ""},
};

static void test_directories(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(directories); i++)
        check_case(&directories[i], path_ensure, true);
}

static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
        check_case(&files[i], path_ensure, false);
}

static void test_entries(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(entries); i++)
        check_case(&entries[i], path_ensure_entry, true);
}

/* path_ensure_parent() as an ensure_function, for the table. */
static const char *last_name;

static int ensure_parent(int root_fd, const char *path, bool directory, struct path_journal *journal,
                         struct path_end *ret_end)
{
    (void)directory;
    *ret_end = (struct path_end){0};
    last_name = NULL;
    return path_ensure_parent(root_fd, path, journal, &last_name);
}

static void test_parents(void **state)
{
    static const struct {
        struct path_case row;
        const char *name;
    } parents[] = {
        {{DEEP, "a", "/", ""}, "a"},
        {{DEEP, "/a", "/", ""}, "a"},
        {{DEEP, "a/b/x", "/a/b", ""}, "x"},
        {{DEEP, "../../x", "/", ""}, "x"},
        {{"", "a/b//x", "/a/b", "a/ a/b/"}, "x"},
        {{DEEP " l>a/b", "l", "/", ""}, "l"},
        {{DEEP " l>a/b", "l/x", "/a/b", ""}, "x"},
        {{"l>../t", "l/x", "/t", "t/"}, "x"},
        {{"", "...", "/", ""}, "..."},
        {{DEEP, "f/x", "ENOTDIR", ""}, NULL},
        {{"l>l", "l/x", "ELOOP", ""}, NULL},
        {{DEEP, "", "EINVAL", ""}, NULL},
        {{DEEP, "/", "EINVAL", ""}, NULL},
        {{DEEP, "a/", "EINVAL", ""}, NULL},
        {{DEEP, ".", "EINVAL", ""}, NULL},
        {{DEEP, "..", "EINVAL", ""}, NULL},
        {{"", "a/b/..", "EINVAL", ""}, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(parents); i++) {
        check_case(&parents[i].row, ensure_parent, true);
        assert_int_equal(last_name == NULL, parents[i].name == NULL);
        if (last_name) {
            assert_string_equal(last_name, parents[i].name);
            assert_ptr_equal(last_name,
                             parents[i].row.path + strlen(parents[i].row.path) - strlen(last_name));
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directories),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_parents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
