/* SPDX-License-Identifier: Apache-2.0 */
/* src/path against the kernel: its limits, and random trees in which openat2(2) tells where a path leads. */
#include "path_helpers.h"

#include "kernel/mount_api.h"

#include <linux/openat2.h>

static int ensure(const struct sandbox *sandbox, const char *path)
{
    CLEANUP_JOURNAL struct path_journal journal = {0};
    bool created;
    int fd = path_ensure(sandbox->root_fd, path, true, &journal, &created);

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
        bool created;

        assert_int_equal(path_open(process_fd, paths[i], O_PATH), -ELOOP);
        assert_int_equal(path_ensure(process_fd, paths[i], true, &journal, &created), -ELOOP);
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

/* xorshift, so that a case is the same everywhere. */
static uint32_t next(uint32_t *seed, uint32_t limit)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed % limit;
}

#define CASES 2000
#define FIRST_SEED 0x9e3779b9u

/* A path of few components, out of few names, so that they often meet. */
static void random_path(uint32_t *seed, uint32_t longest, char *path)
{
    static const char *const names[] = {"a", "b", "c", "d", "a", "b", "..", "."};
    uint32_t count = 1 + next(seed, longest);

    *path = '\0';
    if (next(seed, 4) == 0)
        strcat(path, "/");
    for (uint32_t i = 0; i < count; i++) {
        strcat(path, i ? "/" : "");
        strcat(path, names[next(seed, ARRAY_LENGTH(names))]);
    }
}

/* Makes a directory (kind 0 and 1), a file (2) or a link to target, links on the way kept inside the root. */
static int make_random(const struct sandbox *sandbox, uint32_t kind, const char *path, const char *target)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    CLEANUP_FREE char *parent = strndup(path, (size_t)(name - path));
    CLEANUP_FD int fd =
        kernel_openat2(sandbox->root_fd, *parent ? parent : ".", O_PATH | O_DIRECTORY, 0, RESOLVE_IN_ROOT);

    if (fd < 0)
        return fd;
    if (kind < 2)
        return mkdirat(fd, name, 0755);
    return kind < 3 ? mknodat(fd, name, S_IFREG | 0600, 0) : symlinkat(target, fd, name);
}

/* Up to twenty directories, files and links; what can't be made, because it is there, is left out. The tree's
 * description is written behind text. */
static void random_tree(const struct sandbox *sandbox, uint32_t *seed, FILE *text)
{
    uint32_t count = next(seed, 21);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t kind = next(seed, 5);
        char path[32], target[32];

        random_path(seed, 2, path);
        random_path(seed, 3, target);
        if (make_random(sandbox, kind, path, target) == 0)
            fprintf(text, kind < 2 ? "%s/ " : kind < 3 ? "%s " : "%s>%s ", path, target);
    }
}

/* "4711:8" for a file, or the error's name. */
static void identity(int fd, char *text)
{
    struct stat status;

    if (fd >= 0) {
        assert_int_equal(fstat(fd, &status), 0);
        snprintf(text, 64, "%ju:%ju", (uintmax_t)status.st_ino, (uintmax_t)status.st_dev);
    } else {
        snprintf(text, 64, "%s", error_name(-fd));
    }
}

static void ask_kernel(const struct sandbox *sandbox, const char *path, char *text)
{
    CLEANUP_FD int fd = kernel_openat2(sandbox->root_fd, path, O_PATH, 0, RESOLVE_IN_ROOT);

    identity(fd, text);
}

struct random_case {
    struct sandbox sandbox;
    uint32_t seed;
    char *tree;
    char path[32];
    char kernel[64]; /* what the kernel said before */
};

#define FAIL(row, ...)                                                                                       \
    do {                                                                                                     \
        print_error("seed 0x%08x: [%s] \"%s\"\n", (row)->seed, (row)->tree, (row)->path);                    \
        fail_msg(__VA_ARGS__);                                                                               \
    } while (0)

/* path leads where the kernel says, before it was made or, if it was missing, afterwards; undone, all is as it
 * was. */
static void check_ensure(const struct random_case *row, const char *path, bool directory)
{
    CLEANUP_FREE char *before = listing_inside(&row->sandbox), *between = NULL, *after = NULL;
    CLEANUP_JOURNAL struct path_journal journal = {0};
    char ours[64], kernel[64];
    bool missing, created = false;

    {
        CLEANUP_FD int fd = path_ensure(row->sandbox.root_fd, path, directory, &journal, &created);

        if (fd >= 0)
            free(place_of(&row->sandbox, fd)); /* fails where it is outside */
        identity(fd, ours);
    }
    between = listing_inside(&row->sandbox);
    ask_kernel(&row->sandbox, path, kernel);
    missing = strcmp(row->kernel, "ENOENT") == 0;
    if (strcmp(ours, kernel) != 0 || (!missing && strcmp(ours, row->kernel) != 0))
        FAIL(row, "%s leads to %s, by the kernel to %s, before to %s", path, ours, kernel, row->kernel);
    if (!missing && created)
        FAIL(row, "%s was there, but is said to be made", path);
    if ((journal.length == 0) != (strcmp(before, between) == 0))
        FAIL(row, "%s: %zu entries in the journal, but the tree has:\n%s", path, journal.length, between);
    path_journal_undo(&journal);
    after = listing_inside(&row->sandbox);
    if (strcmp(before, after) != 0)
        FAIL(row, "%s was not undone:\n%s", path, after);
}

/* With "new/../" in front even what exists is walked by us, as "new" is missing. */
static void check_random_case(struct random_case *row)
{
    uint32_t seed = row->seed;
    char walked[64];
    size_t size;
    FILE *text = open_memstream(&row->tree, &size);

    assert_non_null(text);
    random_tree(&row->sandbox, &seed, text);
    assert_int_equal(fclose(text), 0);
    random_path(&seed, 4, row->path);
    ask_kernel(&row->sandbox, row->path, row->kernel);
    snprintf(walked, sizeof(walked), "new/../%s", row->path);
    check_ensure(row, row->path, next(&seed, 2));
    check_ensure(row, walked, next(&seed, 2));
    empty_directory(row->sandbox.root);
    free(row->tree);
}

/* sandbox_close() looks at what is outside. */
static void test_random(void **state)
{
    struct random_case row = {0};
    size_t descriptors = count_descriptors(), found = 0, missing = 0;

    (void)state;
    sandbox_open(&row.sandbox);
    for (uint32_t i = 0; i < CASES; i++) {
        row.seed = FIRST_SEED + i;
        check_random_case(&row);
        found += *row.kernel != 'E';
        missing += strcmp(row.kernel, "ENOENT") == 0;
    }
    sandbox_close(&row.sandbox);
    assert_int_equal(count_descriptors(), descriptors);
    /* the cases are of all kinds */
    assert_true(found > CASES / 5);
    assert_true(missing > CASES / 5);
    assert_true(CASES - found - missing > CASES / 50);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link_limit),  cmocka_unit_test(test_length_limits),
        cmocka_unit_test(test_magic_links), cmocka_unit_test(test_open),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
