/* SPDX-License-Identifier: Apache-2.0 */
/* Real cgroups of version 1, or hybrid, as the machine has them. */
#include "cgroup_helpers.h"

static const struct cgroup_options *options_of(const char *id)
{
    static struct cgroup_options options;

    options = (struct cgroup_options){.manager = CGROUP_MANAGER_CGROUPFS, .id = id};
    return &options;
}

static void open_legacy(struct cgroup *cgroup, const struct config *config, const char *id)
{
    CLEANUP_ERROR struct error error = {0};

    SKIP_UNLESS(geteuid() == 0, "needs root");
    CHECK_OK(cgroup_open(cgroup, config, options_of(id), &error), &error);
    SKIP_UNLESS(!cgroup->is_unified, "needs cgroup version 1");
}

/* limit and swap, raised and lowered; the order of the writes depends on what is there. */
static const int64_t updates[][2] = {
    {64 << 20, 96 << 20}, {128 << 20, 192 << 20}, {32 << 20, 48 << 20}, {64 << 20, -1}, {-1, 0},
    {16 << 20, 16 << 20}};

static void check_updates(const struct cgroup *cgroup)
{
    for (size_t i = 0; i < ARRAY_LENGTH(updates); i++) {
        const struct config_resources resources = {
            .memory = {.limit = {true, updates[i][0]}, .swap = {true, updates[i][1]}}};
        CLEANUP_ERROR struct error error = {0};
        char text[32];

        CHECK_OK(cgroup_update(cgroup, &resources, &error), &error);
        if (updates[i][0] < 0)
            continue;
        snprintf(text, sizeof(text), "%lld", (long long)updates[i][0]);
        CHECK(same_text(read_place(cgroup, "memory", "memory.limit_in_bytes"), text));
        if (updates[i][1] < 0 || !*read_place(cgroup, "memory", "memory.memsw.limit_in_bytes"))
            continue;
        snprintf(text, sizeof(text), "%lld", (long long)updates[i][1]);
        CHECK(same_text(read_place(cgroup, "memory", "memory.memsw.limit_in_bytes"), text));
    }
}

static void check_members(const struct cgroup *cgroup, pid_t pid)
{
    struct arena arena = {0};
    CLEANUP_ERROR struct error error = {0};
    pid_t *pids;
    size_t length;

    CHECK_OK(cgroup_processes(cgroup, &arena, &pids, &length, &error), &error);
    CHECK(length == 1 && pids[0] == pid);
    for (size_t i = 0; i < cgroup->length; i++)
        CHECK(atoi(read_place(cgroup, cgroup->places[i].controllers ? cgroup->places[i].controllers : "",
                              "cgroup.procs")) == pid ||
              strchr(cgroup->places[i].controllers, ','));
    arena_clear(&arena);
}

static void check_freezing(const struct cgroup *cgroup)
{
    CLEANUP_ERROR struct error error = {0};

    CHECK(!cgroup_is_frozen(cgroup));
    CHECK_OK(cgroup_freeze(cgroup, true, &error), &error);
    CHECK(cgroup_is_frozen(cgroup));
    CHECK_OK(cgroup_freeze(cgroup, false, &error), &error);
    CHECK(!cgroup_is_frozen(cgroup));
    CHECK_OK(cgroup_freeze(cgroup, true, &error), &error);
}

/* From open to remove, with a process in it that is frozen at last. */
static void run_life(const void *argument)
{
    struct config config = {
        .resources = {
            .memory.limit = {true, 50 << 20},
            .cpu = {.shares = {true, 512}, .quota = {true, 50000}, .period = {true, 20000}, .cpus = "0"},
            .pids = {true, 17}}};
    CLEANUP_CGROUP struct cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};
    pid_t pid;

    (void)argument;
    open_legacy(&cgroup, &config, test_name("life"));
    CHECK_OK(cgroup_make(&cgroup, &config, &error), &error);
    for (size_t i = 0; i < cgroup.length; i++)
        CHECK(place_exists(&cgroup.places[i]) &&
              same_text(cgroup.places[i].made_from, cgroup.places[i].path));
    CHECK(same_text(read_place(&cgroup, "memory", "memory.limit_in_bytes"), "52428800"));
    CHECK(same_text(read_place(&cgroup, "cpu", "cpu.shares"), "512"));
    CHECK(same_text(read_place(&cgroup, "cpu", "cpu.cfs_quota_us"), "50000"));
    CHECK(same_text(read_place(&cgroup, "cpu", "cpu.cfs_period_us"), "20000"));
    CHECK(same_text(read_place(&cgroup, "cpuset", "cpuset.cpus"), "0"));
    CHECK(*read_place(&cgroup, "cpuset", "cpuset.mems"));
    CHECK(same_text(read_place(&cgroup, "pids", "pids.max"), "17"));
    check_updates(&cgroup);
    pid = start_sleeper();
    CHECK_OK(cgroup_enter(&cgroup, &config, pid, NOBODY, &error), &error);
    check_members(&cgroup, pid);
    check_freezing(&cgroup);
    CHECK_OK(cgroup_remove(&cgroup, &error), &error);
    CHECK(WTERMSIG(wait_for(pid)) == SIGKILL);
    for (size_t i = 0; i < cgroup.length; i++)
        CHECK(!place_exists(&cgroup.places[i]));
    CHECK_OK(cgroup_remove(&cgroup, &error), &error);
}

static void test_life(void **state)
{
    (void)state;
    in_child(run_life, NULL);
}

/* A limit that can't be set takes all directories with it, parents included. */
static void run_undo(const void *argument)
{
    char path[128], parent[100];
    struct config config = {.cgroups_path = path, .file = "config.json", .resources.cpu.cpus = "4000"};
    CLEANUP_CGROUP struct cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)argument;
    snprintf(parent, sizeof(parent), "/%s", test_name("undo"));
    snprintf(path, sizeof(path), "%s/a/b", parent);
    open_legacy(&cgroup, &config, "unused");
    CHECK(cgroup_make(&cgroup, &config, &error) < 0);
    CHECK(error_says(&error,
                     "config.json: linux.resources.cpu.cpus: cannot set cpuset.cpus to \"4000\": write:"));
    for (size_t i = 0; i < cgroup.length; i++) {
        struct cgroup_place above = cgroup.places[i];

        CHECK(same_text(above.path, path));
        above.path = parent;
        CHECK(!place_exists(&above));
    }
}

static void test_undo(void **state)
{
    (void)state;
    in_child(run_undo, NULL);
}

static void occupy(struct cgroup *cgroup, const struct config *config, const char *id, pid_t pid)
{
    CLEANUP_ERROR struct error error = {0};

    open_legacy(cgroup, config, id);
    CHECK_OK(cgroup_make(cgroup, config, &error), &error);
    CHECK_OK(cgroup_enter(cgroup, config, pid, NOBODY, &error), &error);
}

/* By ID it is somebody else's; by linux.cgroupsPath it is shared, and left alone by who did not make it. */
static void run_occupied(const void *argument)
{
    char path[128];
    const struct config by_id = {0}, by_path = {.cgroups_path = path};
    CLEANUP_CGROUP struct cgroup first = {0}, second = {0};
    CLEANUP_ERROR struct error error = {0};
    const pid_t pid = start_sleeper();

    (void)argument;
    snprintf(path, sizeof(path), "%s", test_name("used"));
    occupy(&first, &by_id, path, pid);
    open_legacy(&second, &by_id, path);
    CHECK(cgroup_make(&second, &by_id, &error) == -EEXIST);
    CHECK(error_says(&error, "exists and holds 1 processes"));
    cgroup_clear(&second);
    open_legacy(&second, &by_path, "unused");
    error_clear(&error);
    CHECK_OK(cgroup_make(&second, &by_path, &error), &error);
    CHECK_OK(cgroup_remove(&second, &error), &error);
    CHECK(place_exists(&first.places[0]));
    CHECK(kill(pid, 0) == 0 && waitpid(pid, NULL, WNOHANG) == 0);
    CHECK_OK(cgroup_remove(&first, &error), &error);
    CHECK(WTERMSIG(wait_for(pid)) == SIGKILL);
}

static void test_occupied(void **state)
{
    (void)state;
    in_child(run_occupied, NULL);
}

/* SIGTERM reaches a frozen one when it is thawed, and a paused container stays paused. */
static void run_signal(const void *argument)
{
    const struct config config = {0};
    CLEANUP_CGROUP struct cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};
    const pid_t pids[] = {start_sleeper(), start_sleeper()};

    (void)argument;
    occupy(&cgroup, &config, test_name("signal"), pids[0]);
    CHECK_OK(cgroup_add_process(&cgroup, pids[1], &error), &error);
    CHECK_OK(cgroup_freeze(&cgroup, true, &error), &error);
    CHECK_OK(cgroup_signal(&cgroup, SIGTERM, &error), &error);
    CHECK(cgroup_is_frozen(&cgroup));
    CHECK(waitpid(pids[0], NULL, WNOHANG) == 0);
    CHECK_OK(cgroup_freeze(&cgroup, false, &error), &error);
    CHECK(WTERMSIG(wait_for(pids[0])) == SIGTERM);
    CHECK(WTERMSIG(wait_for(pids[1])) == SIGTERM);
    CHECK_OK(cgroup_signal(&cgroup, SIGKILL, &error), &error);
    CHECK_OK(cgroup_remove(&cgroup, &error), &error);
}

static void test_signal(void **state)
{
    (void)state;
    in_child(run_signal, NULL);
}

/* The freezer is looked at meanwhile: who is in the cgroup himself does not freeze it. */
static void run_self(const void *argument)
{
    const struct config config = {0};
    CLEANUP_CGROUP struct cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};
    const char *id = test_name("self");
    pid_t pid;

    (void)argument;
    open_legacy(&cgroup, &config, id); /* or the test is skipped, here and not in the child */
    pid = fork();
    CHECK(pid >= 0);
    if (pid > 0) {
        CHECK(wait_for(pid) == 0);
        /* What the child could not remove with itself in it. */
        CHECK_OK(cgroup_make(&cgroup, &config, &error), &error);
        CHECK_OK(cgroup_remove(&cgroup, &error), &error);
        CHECK(!place_exists(&cgroup.places[0]));
        return;
    }
    occupy(&cgroup, &config, id, getpid());
    CHECK(cgroup_freeze(&cgroup, true, &error) == -EDEADLK);
    CHECK(!cgroup_is_frozen(&cgroup));
    CHECK_OK(cgroup_signal(&cgroup, SIGKILL, &error), &error);
    _exit(0);
}

static void test_self(void **state)
{
    (void)state;
    in_child(run_self, NULL);
}

static void run_refused(const void *argument)
{
    static const struct {
        const char *path;
        const char *says;
    } cases[] = {{"/", "linux.cgroupsPath: a container can't have the root cgroup"},
                 {"/a/..", "linux.cgroupsPath: a container can't have the root cgroup"}};

    (void)argument;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct config config = {.cgroups_path = cases[i].path};
        struct cgroup cgroup;
        CLEANUP_ERROR struct error error = {0};

        CHECK(cgroup_open(&cgroup, &config, options_of("x"), &error) == -EINVAL);
        CHECK(error_says(&error, cases[i].says));
    }
}

static void test_refused(void **state)
{
    (void)state;
    in_child(run_refused, NULL);
}

/* An ordinary user has no cgroup, unless he asks for one. */
static void run_ordinary(const void *argument)
{
    static const struct {
        struct config config;
        const char *says; /* NULL: goes without */
    } cases[] = {
        {.says = NULL},
        {{.resources.pids = {true, 5}}, "limits need a cgroup, which this user can't make"},
        {{.cgroups_path = "/holdfast-test-denied"}, "this user can't make linux.cgroupsPath"},
    };
    const char *id = test_name("denied");

    (void)argument;
    SKIP_UNLESS(geteuid() == 0, "needs root");
    CHECK(setuid(65534) == 0);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct cgroup_options options = {.id = id, .may_go_without = true};
        CLEANUP_CGROUP struct cgroup cgroup = {0};
        CLEANUP_ERROR struct error error = {0};

        CHECK_OK(cgroup_open(&cgroup, &cases[i].config, &options, &error), &error);
        if (!cases[i].says) {
            CHECK_OK(cgroup_make(&cgroup, &cases[i].config, &error), &error);
            CHECK(cgroup.length == 0);
            CHECK_OK(cgroup_enter(&cgroup, &cases[i].config, getpid(), NOBODY, &error), &error);
            CHECK_OK(cgroup_remove(&cgroup, &error), &error);
            continue;
        }
        CHECK(cgroup_make(&cgroup, &cases[i].config, &error) == -EACCES);
        CHECK(error_says(&error, cases[i].says));
    }
}

static void test_ordinary(void **state)
{
    (void)state;
    in_child(run_ordinary, NULL);
}

static void test_disabled(void **state)
{
    const struct cgroup_options options = {.manager = CGROUP_MANAGER_DISABLED, .id = "x"};
    struct config config = {0};
    CLEANUP_CGROUP struct cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    assert_int_equal(cgroup_open(&cgroup, &config, &options, &error), 0);
    assert_int_equal(cgroup_make(&cgroup, &config, &error), 0);
    assert_int_equal(cgroup.length, 0);
    config.resources.pids = (struct config_number){true, 5};
    assert_int_equal(cgroup_make(&cgroup, &config, &error), -EINVAL);
    assert_true(error_says(&error, "linux.resources.pids.limit: a limit needs a cgroup"));
    error_clear(&error);
    assert_int_equal(cgroup_signal(&cgroup, SIGTERM, &error), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),     cmocka_unit_test(test_undo),     cmocka_unit_test(test_occupied),
        cmocka_unit_test(test_signal),   cmocka_unit_test(test_self),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_ordinary), cmocka_unit_test(test_disabled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
