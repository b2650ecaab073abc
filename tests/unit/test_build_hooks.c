/* SPDX-License-Identifier: Apache-2.0 */
/* The hooks before the switch of the root: their place in the plan, and what they find and leave in what is built. */
#include "child.h"
#include "plan_helpers.h"

#include "mount/build.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define ROOT "/mnt/bundle/link/root" /* "link" leads to "real" */

static struct config_hook hook = {.path = "/bin/true"};

static void add_hooks(struct config *config, enum config_hook_kind kind)
{
    config->hooks[kind] = (struct config_hooks){&hook, 1};
}

/* ------------------------------------------------------------------ the plan */

#define MASKED                                                                                               \
    "{'ociVersion':'1.3.0','root':{'path':'r','readonly':true},'process':{'args':['a'],'cwd':'/work'},"      \
    "'mounts':[{'destination':'/data','type':'tmpfs','options':['ro']}],"                                    \
    "'linux':{'readonlyPaths':['/one'],'maskedPaths':['/two']}}"

static void assert_hooks_line(const enum config_hook_kind *kinds, size_t length, const char *line)
{
    CLEANUP_CONFIG struct config config = {0};

    read_config(&config, MASKED);
    for (size_t i = 0; i < length; i++)
        add_hooks(&config, kinds[i]);
    assert_plan_of(&config, &plain_machine, "hooks", line);
}

static void test_plan_lines(void **state)
{
    static const enum config_hook_kind later[] = {HOOK_START_CONTAINER, HOOK_POSTSTART, HOOK_POSTSTOP};
    static const enum config_hook_kind all[] = {HOOK_CREATE_CONTAINER, HOOK_PRESTART, HOOK_POSTSTOP,
                                                HOOK_CREATE_RUNTIME};

    (void)state;
    assert_hooks_line(NULL, 0, "");
    assert_hooks_line(later, ARRAY_LENGTH(later), "");
    assert_hooks_line(all, 1, "hooks / createContainer: may mount below the root (hooks)\n");
    assert_hooks_line(&all[1], 1, "hooks / prestart: may mount below the root (hooks)\n");
    assert_hooks_line(all, ARRAY_LENGTH(all),
                      "hooks / prestart, createRuntime, createContainer: may mount below the root (hooks)\n");
}

/* Everything is there, and nothing is read-only or hidden that wasn't from the beginning. */
static void test_plan_order(void **state)
{
    static const struct plan none;
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_PLAN struct plan plan = none;
    CLEANUP_FREE char *text = NULL;
    const char *after;

    (void)state;
    read_config(&config, MASKED);
    add_hooks(&config, HOOK_PRESTART);
    assert_int_equal(plan_compile(&plan, &config, &plain_machine, &error), 0);
    assert_true(build_needs_host_tree(&plan));
    text = plan_text(&plan, "");
    after = strstr(text, "directory /work");
    assert_non_null(after);
    assert_string_equal(after, "directory /work mode 0755 (process.cwd)\n"
                               "hooks / prestart: may mount below the root (hooks)\n"
                               "change /data ro (mounts[0])\n"
                               "readonly /one (linux.readonlyPaths[0])\n"
                               "mask /two (linux.maskedPaths[0])\n"
                               "change / ro (root.readonly)\n"
                               "switch / by pivot_root (root.path)\n");
}

static void test_plan_without_hooks(void **state)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_PLAN struct plan plan = {0};

    (void)state;
    read_config(&config, MASKED);
    add_hooks(&config, HOOK_POSTSTART);
    assert_int_equal(plan_compile(&plan, &config, &plain_machine, &error), 0);
    assert_false(build_needs_host_tree(&plan));
}

static void test_plan_of_a_descriptor(void **state)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};
    struct plan plan;

    (void)state;
    read_config(&config, MASKED);
    add_hooks(&config, HOOK_PRESTART);
    config.has_rootfs_fd = true;
    assert_int_equal(plan_compile(&plan, &config, &plain_machine, &error), -ENOTSUP);
    assert_error_line(&error, "config.json:1: hooks: need a root with a path on the host");
}

/* ------------------------------------------------------------------ what is built */

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static bool holds(const char *path, const char *text)
{
    char found[256] = "";
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(found, 1, sizeof(found) - 1, file) : 0;

    if (file)
        fclose(file);
    return file && strlen(text) == length && strcmp(found, text) == 0;
}

/* A host of the test's own: a bundle in a tmpfs, reached by a link. */
static void begin(void)
{
    SKIP_UNLESS(geteuid() == 0, "building needs root");
    umask(0);
    CHECK(unshare(CLONE_NEWNS) == 0);
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    /* As systemd leaves a machine's; but in peer groups of the test's own. */
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) == 0);
    CHECK(mount("run", "/run", "tmpfs", 0, "mode=755") == 0);
    CHECK(mount("image", "/mnt", "tmpfs", 0, "mode=755") == 0);
    CHECK(mkdir("/mnt/bundle", 0755) == 0 && mkdir("/mnt/bundle/real", 0755) == 0);
    CHECK(symlink("real", "/mnt/bundle/link") == 0 && mkdir(ROOT, 0755) == 0);
    CHECK(mkdir(ROOT "/proc", 0755) == 0 && mkdir(ROOT "/masked", 0755) == 0);
    CHECK(mkdir(ROOT "/host", 0755) == 0);
    write_file(ROOT "/name", "image\n");
    write_file(ROOT "/masked/secret", "secret\n");
    write_file("/mnt/secret", "of the host\n");
}

#define CONFIG                                                                                               \
    "{'ociVersion':'1.3.0','root':{'path':'link/root','readonly':true},"                                     \
    "'mounts':[{'destination':'/data','type':'tmpfs','options':['mode=755']},"                               \
    "{'destination':'/proc','type':'proc'}],"                                                                \
    "'linux':{'namespaces':[{'type':'mount'}],'maskedPaths':['/masked']}}"

/* As a tool for devices does it: by the path of the root on the host, and with the host's files. */
static int mount_below_the_root(void *argument, struct error *error)
{
    int *calls = argument;

    (void)error;
    (*calls)++;
    CHECK(holds("/mnt/secret", "of the host\n"));
    CHECK(holds(ROOT "/name", "image\n") && holds(ROOT "/masked/secret", "secret\n"));
    CHECK(access(ROOT "/proc/self/mountinfo", F_OK) == 0);
    CHECK(mkdir(ROOT "/data/added", 0755) == 0);
    CHECK(mount("hook", ROOT "/data/added", "tmpfs", 0, "mode=755") == 0);
    write_file(ROOT "/data/added/name", "hook\n");
    CHECK(mkdir(ROOT "/made", 0755) == 0);
    CHECK(mount("/mnt/secret", ROOT "/name", NULL, MS_BIND, NULL) == 0);
    return 0;
}

static int refuse(void *argument, struct error *error)
{
    (void)argument;
    return error_set(error, ECHILD, "the hook has failed");
}

struct work {
    struct config config;
    struct plan plan;
    struct build build;
    struct mount_namespace inside;
};

static void prepare(struct work *work, int (*run_hooks)(void *argument, struct error *error), int *calls)
{
    CLEANUP_ERROR struct error error = {0};

    *work = (struct work){.inside = MOUNT_NAMESPACE_NONE};
    read_config(&work->config, CONFIG);
    work->config.bundle = "/mnt/bundle";
    add_hooks(&work->config, HOOK_CREATE_CONTAINER);
    CHECK_OK(plan_compile(&work->plan, &work->config, &plain_machine, &error), &error);
    CHECK_OK(build_init(&work->build, &work->plan, work->config.bundle, &error), &error);
    work->build.run_hooks = run_hooks;
    work->build.hooks_argument = calls;
}

static int attach(struct work *work, struct error *error)
{
    int status;

    CHECK_OK(build_prepare_host(&work->build, error), error);
    CHECK_OK(mount_namespace_begin_copy(&work->inside, error), error);
    work->build.is_copy = true;
    work->build.outside = &work->inside;
    CHECK_OK(build_prepare_filesystems(&work->build, ~0u, error), error);
    status = build_attach(&work->build, error);
    return status;
}

/* The namespace has mounts at these points, each once, and no other. */
static void check_points(const char *const *expected, size_t length)
{
    char line[1024], point[512];
    bool seen[16] = {false};
    size_t count = 0;
    FILE *file = fopen("/proc/self/mountinfo", "re");

    CHECK(file && length <= ARRAY_LENGTH(seen));
    for (; fgets(line, sizeof(line), file); count++) {
        size_t i = 0;

        CHECK(sscanf(line, "%*d %*d %*s %*s %511s", point) == 1);
        while (i < length && strcmp(expected[i], point) != 0)
            i++;
        CHECK(i < length && !seen[i]);
        seen[i] = true;
    }
    fclose(file);
    CHECK(count == length);
}

static void built(const void *argument)
{
    static const char *const points[] = {"/", "/data", "/proc", "/data/added", "/name", "/masked"};
    CLEANUP_ERROR struct error error = {0};
    struct work work;
    int calls = 0;

    (void)argument;
    begin();
    prepare(&work, mount_below_the_root, &calls);
    CHECK_OK(attach(&work, &error), &error);
    CHECK(calls == 1);
    /* The thread is at the new root. */
    CHECK(holds("/data/added/name", "hook\n") && holds("/name", "of the host\n"));
    CHECK(access("/masked/secret", F_OK) < 0 && errno == ENOENT);
    CHECK(access("/mnt", F_OK) < 0 && errno == ENOENT);
    CHECK(access("/made", F_OK) == 0);
    CHECK(mkdir("/more", 0755) < 0 && errno == EROFS);
    check_points(points, ARRAY_LENGTH(points));
    /* Outside nothing of it is seen. */
    CHECK_OK(mount_namespace_leave(&work.inside, &error), &error);
    CHECK(holds(ROOT "/name", "image\n") && access(ROOT "/proc/self", F_OK) < 0);
}

/* The root's own mount, at the end of the hooks: nothing of the host's is above it. */
static void no_way_back(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct stat root, above;
    struct work work;
    int calls = 0;

    (void)argument;
    begin();
    prepare(&work, mount_below_the_root, &calls);
    CHECK_OK(attach(&work, &error), &error);
    CHECK(setns(work.inside.inside_fd, CLONE_NEWNS) == 0);
    CHECK(stat("/", &root) == 0 && stat("/..", &above) == 0);
    CHECK(root.st_dev == above.st_dev && root.st_ino == above.st_ino);
    CHECK(access("/mnt/secret", F_OK) < 0 && errno == ENOENT && holds("/data/added/name", "hook\n"));
}

static void failed_hook(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct work work;

    (void)argument;
    begin();
    prepare(&work, refuse, NULL);
    CHECK(attach(&work, &error) == -ECHILD);
    CHECK(error_says(&error, "config.json:1: hooks: the hook has failed"));
    build_undo(&work.build, true);
    CHECK(access(ROOT "/data", F_OK) < 0 && errno == ENOENT);
    CHECK(holds("/mnt/secret", "of the host\n") && holds(ROOT "/masked/secret", "secret\n"));
}

static void nobody_runs_them(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct work work;

    (void)argument;
    begin();
    prepare(&work, NULL, NULL);
    CHECK(build_prepare_host(&work.build, &error) == -ENOTSUP);
    CHECK(error_says(&error,
                     "config.json:1: hooks: hooks can't be run here: only the mounts of a container are "
                     "built; leave them out and run them yourself, or use the command holdfast"));
}

/* In the seed there is nothing of the host. */
static void from_the_seed(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct work work;
    int calls = 0;

    (void)argument;
    begin();
    prepare(&work, mount_below_the_root, &calls);
    CHECK_OK(build_prepare_host(&work.build, &error), &error);
    CHECK_OK(mount_namespace_begin_copy(&work.inside, &error), &error);
    work.build.outside = &work.inside;
    CHECK_OK(build_prepare_filesystems(&work.build, ~0u, &error), &error);
    CHECK(build_attach(&work.build, &error) == -EINVAL && calls == 0);
    CHECK(error_says(&error, "root.path: hooks need a copy of the host's mounts"));
}

#define TEST(name)                                                                                           \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_child(name, NULL);                                                                                \
    }

TEST(built)
TEST(no_way_back)
TEST(failed_hook)
TEST(nobody_runs_them)
TEST(from_the_seed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_lines),
        cmocka_unit_test(test_plan_order),
        cmocka_unit_test(test_plan_without_hooks),
        cmocka_unit_test(test_plan_of_a_descriptor),
        cmocka_unit_test(test_built),
        cmocka_unit_test(test_no_way_back),
        cmocka_unit_test(test_failed_hook),
        cmocka_unit_test(test_nobody_runs_them),
        cmocka_unit_test(test_from_the_seed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
