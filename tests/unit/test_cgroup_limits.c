/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of version 2 as the kernel reads them back. They need a machine (or a virtual one, booted with
 * cgroup_no_v1=all) whose controllers are version 2's. */
#include "cgroup_helpers.h"

static void need_controllers(void)
{
    static const char *const names[] = {"cpu", "cpuset", "memory", "pids"};
    struct arena arena = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int fd = -1;
    const char *text;

    mount_unified();
    fd = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK_OK(cgroup_read(fd, "cgroup.controllers", &arena, &text, &error), &error);
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        SKIP_UNLESS(cgroup_has_word(text, " ", names[i]), "needs the controllers of cgroup version 2");
    arena_clear(&arena);
}

static void make_cgroup(struct cgroup *cgroup, const struct config *config)
{
    const struct cgroup_options options = {.manager = CGROUP_MANAGER_CGROUPFS, .id = test_name("limits")};
    CLEANUP_ERROR struct error error = {0};

    CHECK_OK(cgroup_open(cgroup, config, &options, &error), &error);
    CHECK_OK(cgroup_make(cgroup, config, &error), &error);
}

static void remove_cgroup(struct cgroup *cgroup)
{
    CLEANUP_ERROR struct error error = {0};

    CHECK_OK(cgroup_remove(cgroup, &error), &error);
    CHECK(!place_exists(&cgroup->places[0]));
}

static void check_files(const struct cgroup *cgroup, const char *const (*files)[2], size_t length)
{
    for (size_t i = 0; i < length; i++)
        CHECK(same_text(read_place(cgroup, "", files[i][0]), files[i][1]));
}

static struct config_key_value unified_map[] = {{"memory.high", "40000000"}, {"memory.oom.group", "1"}};

static void run_limits(const void *argument)
{
    static const char *const made[][2] = {
        {"memory.max", "52428800"}, {"memory.low", "10485760"}, {"memory.high", "39997440"},
        {"memory.oom.group", "1"},  {"cpu.max", "50000 20000"}, {"cpu.max.burst", "1000"},
        {"cpu.weight", "39"},       {"pids.max", "17"},         {"cpuset.cpus", "0"},
        {"cpuset.mems", "0"},
    };
    static const char *const updated[][2] = {
        {"memory.max", "52428800"}, {"cpu.max", "50000 40000"}, {"pids.max", "max"}, {"cpu.weight", "39"}};
    const struct config config = {
        .resources = {
            .memory = {.limit = {true, 50 << 20}, .reservation = {true, 10 << 20}, .swap = {true, 50 << 20}},
            .cpu = {.shares = {true, 1024},
                    .quota = {true, 50000},
                    .period = {true, 20000},
                    .burst = {true, 1000},
                    .cpus = "0",
                    .mems = "0"},
            .pids = {true, 17},
            .unified = unified_map,
            .unified_length = ARRAY_LENGTH(unified_map)}};
    const struct config_resources update = {.cpu.period = {true, 40000}, .pids = {true, -1}};
    const struct config_resources bad = {.cpu.period = {true, 5}};
    CLEANUP_CGROUP struct cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)argument;
    need_controllers();
    make_cgroup(&cgroup, &config);
    check_files(&cgroup, made, ARRAY_LENGTH(made));
    if (*read_place(&cgroup, "", "memory.swap.max"))
        CHECK(same_text(read_place(&cgroup, "", "memory.swap.max"), "0"));
    CHECK_OK(cgroup_update(&cgroup, &update, &error), &error);
    check_files(&cgroup, updated, ARRAY_LENGTH(updated));
    CHECK(cgroup_update(&cgroup, &bad, &error) == -EINVAL);
    CHECK(error_says(&error, "linux.resources.cpu.period: cannot set cpu.max to \"50000 5\": write: EINVAL"));
    remove_cgroup(&cgroup);
}

static void test_limits(void **state)
{
    (void)state;
    in_child(run_limits, NULL);
}

/* A quota below the burst that is there is refused until the burst is lowered, too. */
static void run_burst(const void *argument)
{
    static const char *const first[][2] = {{"cpu.max", "50000 100000"}, {"cpu.max.burst", "40000"}};
    static const char *const second[][2] = {{"cpu.max", "10000 100000"}, {"cpu.max.burst", "5000"}};
    const struct config config = {.resources.cpu = {.quota = {true, 50000}, .burst = {true, 40000}}};
    const struct config_resources update = {.cpu = {.quota = {true, 10000}, .burst = {true, 5000}}};
    CLEANUP_CGROUP struct cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)argument;
    need_controllers();
    make_cgroup(&cgroup, &config);
    check_files(&cgroup, first, ARRAY_LENGTH(first));
    CHECK_OK(cgroup_update(&cgroup, &update, &error), &error);
    check_files(&cgroup, second, ARRAY_LENGTH(second));
    remove_cgroup(&cgroup);
}

static void test_burst(void **state)
{
    (void)state;
    in_child(run_burst, NULL);
}

/* "No internal processes", both ways: a parent with processes can't limit; who has given controllers takes none, but
 * where the first process is. */
static void run_internal(const void *argument)
{
    char parent[100], path[128];
    const struct config above = {.cgroups_path = parent};
    const struct config below = {.cgroups_path = path,
                                 .file = "config.json",
                                 .resources = {.memory.limit = {true, 50 << 20}, .pids = {true, 5}}};
    CLEANUP_CGROUP struct cgroup outer = {0}, inner = {0};
    CLEANUP_ERROR struct error error = {0};
    const struct cgroup_options options = {.id = "unused"};
    pid_t first, second;

    (void)argument;
    need_controllers();
    first = start_sleeper();
    second = start_sleeper();
    snprintf(parent, sizeof(parent), "/%s", test_name("outer"));
    snprintf(path, sizeof(path), "%s/inner", parent);
    make_cgroup(&outer, &above);
    CHECK_OK(cgroup_add_process(&outer, first, &error), &error);
    CHECK_OK(cgroup_open(&inner, &below, &options, &error), &error);
    CHECK(cgroup_make(&inner, &below, &error) == -EBUSY);
    CHECK(error_says(&error, "config.json: linux.resources.memory.limit: the cgroup"));
    CHECK(error_says(&error, "can't hand the controller \"memory\" down: it holds processes itself"));
    CHECK(!place_exists(&inner.places[0]));
    CHECK(same_text(read_place(&outer, "", "cgroup.type"), "domain"));
    CHECK(same_text(read_place(&outer, "", "cgroup.subtree_control"), ""));
    CHECK(atoi(read_place(&outer, "", "cgroup.procs")) == first);
    {
        CLEANUP_FD int fd = cgroup_open_place(&outer.places[0], &error);

        CHECK(fd >= 0 && mkdirat(fd, "init", 0755) == 0);
        CHECK_OK(cgroup_add_process_below(&outer, "init", 0, first, &error), &error);
        CHECK_OK(cgroup_write(fd, "cgroup.subtree_control", "+memory", &error), &error);
    }
    CHECK(cgroup_add_process(&outer, second, &error) == -EBUSY);
    CHECK(error_says(&error, "it has given controllers to cgroups below it"));
    CHECK_OK(cgroup_add_process_below(&outer, NULL, first, second, &error), &error);
    remove_cgroup(&outer);
    CHECK(WTERMSIG(wait_for(first)) == SIGKILL && WTERMSIG(wait_for(second)) == SIGKILL);
}

static void test_internal(void **state)
{
    (void)state;
    in_child(run_internal, NULL);
}

/* The memory that a process really has. */
static void run_memory(const void *argument)
{
    const struct config config = {.resources.memory = {.limit = {true, 20 << 20}, .swap = {true, 20 << 20}}};
    CLEANUP_CGROUP struct cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};
    pid_t pid;

    (void)argument;
    need_controllers();
    make_cgroup(&cgroup, &config);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        char *memory;

        CHECK_OK(cgroup_enter(&cgroup, &config, getpid(), NOBODY, &error), &error);
        memory = malloc(60 << 20);
        CHECK(memory);
        for (size_t i = 0; i < 60 << 20; i += 4096)
            ((volatile char *)memory)[i] = 1;
        _exit(0);
    }
    CHECK(WTERMSIG(wait_for(pid)) == SIGKILL);
    remove_cgroup(&cgroup);
}

static void test_memory(void **state)
{
    (void)state;
    in_child(run_memory, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_burst),
        cmocka_unit_test(test_internal),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
