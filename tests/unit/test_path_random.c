/* SPDX-License-Identifier: Apache-2.0 */
/*
 * src/path against the kernel: in random trees of directories, files and links of all kinds (absolute, relative, with
 * "..", in circles, to nothing), openat2(2) with RESOLVE_IN_ROOT tells where a random path leads. src/path finds the same
 * file, or fails with the same errno; what it makes lies inside, where the kernel finds it afterwards, and goes again.
 *
 * Each run has another seed, which is printed: HOLDFAST_SEED=0x1234 repeats a run, or the case that failed, with
 * HOLDFAST_CASES=1; HOLDFAST_CASES=1000000 takes longer.
 */
#include "path_helpers.h"

#include "kernel/mount_api.h"

#include <linux/openat2.h>
#include <sys/random.h>
#include <time.h>

#define CASES 3000
#define CALM_TRIES 200

static uint32_t first_seed;
static size_t cases;

static void read_settings(void)
{
    const char *seed = getenv("HOLDFAST_SEED"), *count = getenv("HOLDFAST_CASES");

    if (seed)
        first_seed = (uint32_t)strtoul(seed, NULL, 0);
    else
        assert_int_equal(getrandom(&first_seed, sizeof(first_seed), 0), sizeof(first_seed));
    cases = count ? strtoul(count, NULL, 0) : CASES;
}

/* xorshift, so that a case is the same everywhere. */
static uint32_t next(uint32_t *state, uint32_t limit)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state % limit;
}

/* A path of few components, out of few names, so that they often meet. */
static void random_path(uint32_t *state, const char *const *names, uint32_t count, uint32_t longest,
                        char *path)
{
    uint32_t length = 1 + next(state, longest);

    *path = '\0';
    if (next(state, 4) == 0)
        strcat(path, next(state, 4) == 0 ? "//" : "/");
    for (uint32_t i = 0; i < length; i++) {
        strcat(path, i ? "/" : "");
        strcat(path, names[next(state, count)]);
    }
    if (next(state, 6) == 0)
        strcat(path, "/");
}

static const char *const names[] = {"a", "b", "c", "d", "a", "b", "..", "."};

static void tree_path(uint32_t *state, uint32_t longest, char *path)
{
    random_path(state, names, ARRAY_LENGTH(names), longest, path);
}

/* Somebody else on the machine who renames or mounts makes the kernel say EAGAIN of paths with ".." (openat2(2)). */
static int ask_kernel(int root_fd, const char *path, uint64_t flags, uint64_t resolve)
{
    int fd = -EAGAIN;

    for (int tries = 0; tries < CALM_TRIES && fd == -EAGAIN; tries++)
        fd = kernel_openat2(root_fd, path, O_PATH | flags, 0, RESOLVE_IN_ROOT | resolve);
    return fd;
}

/* Makes a directory (kind 0 and 1), a file (2) or a link to target, links on the way kept inside the root. */
static int make_random(const struct sandbox *sandbox, uint32_t kind, const char *path, const char *target)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    CLEANUP_FREE char *parent = strndup(path, (size_t)(name - path));
    CLEANUP_FD int fd = ask_kernel(sandbox->root_fd, *parent ? parent : ".", O_DIRECTORY, 0);

    if (fd < 0)
        return fd;
    if (kind < 2)
        return mkdirat(fd, name, 0755);
    return kind < 3 ? mknodat(fd, name, S_IFREG | 0600, 0) : symlinkat(target, fd, name);
}

/* Up to twenty entries; what can't be made, because it is there, is left out. The tree's description is written behind
 * text. */
static void random_tree(const struct sandbox *sandbox, uint32_t *state, FILE *text)
{
    uint32_t count = next(state, 21);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t kind = next(state, 5);
        char path[32], target[32];

        tree_path(state, 2, path);
        tree_path(state, 3, target);
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

static void identify(const struct sandbox *sandbox, const char *path, uint64_t flags, char *text)
{
    CLEANUP_FD int fd = ask_kernel(sandbox->root_fd, path, flags, 0);

    identity(fd, text);
}

struct random_case {
    struct sandbox sandbox;
    uint32_t seed;
    char *tree;
};

#define FAIL(row, path, ...)                                                                                 \
    do {                                                                                                     \
        print_error("HOLDFAST_SEED=0x%08x HOLDFAST_CASES=1: [%s] \"%s\"\n", (row)->seed, (row)->tree, path); \
        fail_msg(__VA_ARGS__);                                                                               \
    } while (0)

typedef int ensurer(int root_fd, const char *path, bool directory, struct path_journal *journal,
                    struct path_end *ret_end);

static int ensure_calmly(ensurer *ensure, const struct random_case *row, const char *path, bool directory,
                         struct path_journal *journal, struct path_end *ret_end)
{
    int fd = -EAGAIN;

    for (int tries = 0; tries < CALM_TRIES && fd == -EAGAIN; tries++) {
        path_journal_undo(journal);
        journal->last_was_missing = row->seed & 1;
        fd = ensure(row->sandbox.root_fd, path, directory, journal, ret_end);
    }
    return fd;
}

/* path leads where the kernel says, before it was made or, if it was missing, afterwards; undone, all is as it
 * was. flags are O_NOFOLLOW where a link at the end is the end. */
static void check_ensure(const struct random_case *row, ensurer *ensure, uint64_t flags, const char *path,
                         bool directory)
{
    CLEANUP_FREE char *before = listing_inside(&row->sandbox), *between = NULL, *after = NULL;
    CLEANUP_JOURNAL struct path_journal journal = {0};
    char ours[64], kernel[64], kernel_before[64];
    struct path_end end = {0};
    bool missing;

    identify(&row->sandbox, path, flags, kernel_before);
    {
        CLEANUP_FD int fd = ensure_calmly(ensure, row, path, directory, &journal, &end);

        if (fd >= 0)
            free(place_of(&row->sandbox, fd)); /* fails where it is outside */
        identity(fd, ours);
    }
    between = listing_inside(&row->sandbox);
    identify(&row->sandbox, path, flags, kernel);
    missing = strcmp(kernel_before, "ENOENT") == 0;
    if (strcmp(ours, kernel) != 0 || (!missing && strcmp(ours, kernel_before) != 0))
        FAIL(row, path, "leads to %s, by the kernel to %s, before to %s", ours, kernel, kernel_before);
    if (!missing && end.created)
        FAIL(row, path, "was there, but is said to be made");
    if ((journal.length == 0) != (strcmp(before, between) == 0))
        FAIL(row, path, "%zu entries in the journal, but the tree has:\n%s", journal.length, between);
    path_journal_undo(&journal);
    after = listing_inside(&row->sandbox);
    if (strcmp(before, after) != 0)
        FAIL(row, path, "was not undone:\n%s", after);
}

static void check_open(const struct random_case *row, const char *path, char *ret_kernel)
{
    char ours[64], kernel[64];
    CLEANUP_FD int fd = path_open(row->sandbox.root_fd, path, O_PATH);
    CLEANUP_FD int entry = path_open_entry(row->sandbox.root_fd, path);

    identity(fd, ours);
    identify(&row->sandbox, path, 0, ret_kernel);
    if (fd != -EAGAIN && strcmp(ours, ret_kernel) != 0)
        FAIL(row, path, "leads to %s, by the kernel to %s", ours, ret_kernel);
    identity(entry, ours);
    identify(&row->sandbox, path, O_NOFOLLOW, kernel);
    if (entry != -EAGAIN && strcmp(ours, kernel) != 0)
        FAIL(row, path, "is %s, by the kernel %s", ours, kernel);
}

/* With "new/../" in front even what exists is walked by us, as "new" is missing. */
static void check_random_case(struct random_case *row, char *ret_kernel)
{
    uint32_t state = row->seed ? row->seed : 1;
    char path[48], walked[64];
    size_t size;
    FILE *text = open_memstream(&row->tree, &size);

    assert_non_null(text);
    random_tree(&row->sandbox, &state, text);
    assert_int_equal(fclose(text), 0);
    tree_path(&state, 4, path);
    snprintf(walked, sizeof(walked), "new/../%s", path);
    check_open(row, path, ret_kernel);
    check_ensure(row, path_ensure, 0, path, next(&state, 2));
    check_ensure(row, path_ensure, 0, walked, next(&state, 2));
    check_ensure(row, path_ensure_entry, O_NOFOLLOW, path, next(&state, 2));
    empty_directory(row->sandbox.root);
    free(row->tree);
}

/* sandbox_close() looks at what is outside. */
static void test_random_trees(void **state)
{
    size_t descriptors = count_descriptors(), found = 0, missing = 0;
    struct random_case row = {0};
    struct timespec start, end;

    (void)state;
    sandbox_open(&row.sandbox);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (size_t i = 0; i < cases; i++) {
        char kernel[64];

        row.seed = first_seed + (uint32_t)i;
        check_random_case(&row, kernel);
        found += *kernel != 'E';
        missing += strcmp(kernel, "ENOENT") == 0;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    sandbox_close(&row.sandbox);
    assert_int_equal(count_descriptors(), descriptors);
    print_message("HOLDFAST_SEED=0x%08x: %zu cases, %zu found, %zu missing, in %ld ms\n", first_seed, cases,
                  found, missing,
                  (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000);
    /* the cases are of all kinds */
    if (cases >= 1000) {
        assert_true(found > cases / 5);
        assert_true(missing > cases / 5);
        assert_true(cases - found - missing > cases / 50);
    }
}

/* In procfs, whose magic links lead out of any root (proc(5)): nothing that is found lies outside of it. */
static void test_magic_links(void **unused)
{
    static const char *const parts[] = {"self", "thread-self", "root", "cwd",    "exe", "fd", "0", "ns",
                                        "mnt",  "net",         "task", "mounts", "..",  ".",  "x"};
    CLEANUP_FD int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    uint32_t state = first_seed ? first_seed : 1;
    struct stat root, status;
    size_t refused = 0;

    (void)unused;
    assert_true(proc_fd >= 0 && fstat(proc_fd, &root) == 0);
    for (size_t i = 0; i < cases; i++) {
        CLEANUP_JOURNAL struct path_journal journal = {0};
        char path[96];
        struct path_end end;
        CLEANUP_FD int fd = -1, kernel_fd = -1;

        random_path(&state, parts, ARRAY_LENGTH(parts), 6, path);
        kernel_fd = ask_kernel(proc_fd, path, 0, RESOLVE_NO_MAGICLINKS);
        fd = path_ensure(proc_fd, path, true, &journal, &end);
        if (fd == -EAGAIN)
            continue;
        if ((fd < 0) != (kernel_fd < 0) || (fd < 0 && kernel_fd != -ENOENT && fd != kernel_fd))
            fail_msg("HOLDFAST_SEED=0x%08x: %s: %d, by the kernel %d", first_seed, path, fd, kernel_fd);
        assert_int_equal(journal.length, 0);
        assert_true(fd < 0 || (fstat(fd, &status) == 0 && status.st_dev == root.st_dev));
        refused += fd == -ELOOP;
    }
    assert_true(refused > cases / 100);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_trees),
        cmocka_unit_test(test_magic_links),
    };

    read_settings();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
