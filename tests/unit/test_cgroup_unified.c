/* SPDX-License-Identifier: Apache-2.0 */
/* Real cgroups of version 2, in a mount namespace of the test's own. Which controllers they have is the machine's
 * business: what is tested here needs none, or says which is missing. */
#include "cgroup_helpers.h"

#include <linux/sched.h>
#include <sys/syscall.h>

static void make_unified(struct cgroup *cgroup, const struct config *config, const char *id)
{
    const struct cgroup_options options = {.manager = CGROUP_MANAGER_CGROUPFS, .id = id};
    CLEANUP_ERROR struct error error = {0};

    CHECK_OK(cgroup_open(cgroup, config, &options, &error), &error);
    CHECK(cgroup->is_unified && cgroup->length == 1);
    CHECK_OK(cgroup_make(cgroup, config, &error), &error);
}

static void remove_cgroup(struct cgroup *cgroup)
{
    CLEANUP_ERROR struct error error = {0};

    CHECK_OK(cgroup_remove(cgroup, &error), &error);
    CHECK(!place_exists(&cgroup->places[0]));
}

/* A child that is born in the cgroup. */
static pid_t clone_into(int cgroup_fd)
{
    struct clone_args arguments = {
        .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)cgroup_fd};
    pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));

    CHECK(pid >= 0);
    if (pid > 0)
        return pid;
    for (;;)
        pause();
}

static void run_life(const void *argument)
{
    const struct config config = {0};
    CLEANUP_CGROUP struct cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int fd = -1;
    pid_t pids[2];

    (void)argument;
    mount_unified();
    make_unified(&cgroup, &config, test_name("life"));
    fd = cgroup_open_place(&cgroup.places[0], &error);
    CHECK(fd >= 0);
    pids[0] = clone_into(fd);
    pids[1] = start_sleeper();
    CHECK_OK(cgroup_enter(&cgroup, &config, pids[1], NOBODY, &error), &error);
    CHECK_OK(cgroup_freeze(&cgroup, true, &error), &error);
    CHECK(cgroup_is_frozen(&cgroup));
    /* On version 2 what is frozen can be killed. */
    CHECK_OK(cgroup_signal(&cgroup, SIGTERM, &error), &error);
    CHECK(cgroup_is_frozen(&cgroup));
    CHECK_OK(cgroup_freeze(&cgroup, false, &error), &error);
    CHECK(WTERMSIG(wait_for(pids[0])) == SIGTERM);
    CHECK(WTERMSIG(wait_for(pids[1])) == SIGTERM);
    remove_cgroup(&cgroup);
}

static void test_life(void **state)
{
    (void)state;
    in_child(run_life, NULL);
}

/* Cgroups that the container made, one of them deeper than a walk with a descriptor each would go. */
static void make_below(const struct cgroup *cgroup, unsigned depth)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int fd = cgroup_open_place(&cgroup->places[0], &error);

    CHECK(fd >= 0);
    for (unsigned i = 0; i < depth; i++) {
        CHECK(mkdirat(fd, "a", 0755) == 0);
        CHECK(i > 0 || mkdirat(fd, "b", 0755) == 0);
        {
            int next = cgroup_open_below(fd, "a", &error);

            CHECK(next >= 0);
            close(fd);
            fd = next;
        }
    }
}

/* More than a batch of processes, in a cgroup below. */
static void run_kill(const void *argument)
{
    const struct config config = {0};
    CLEANUP_CGROUP struct cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};
    pid_t pids[200];

    (void)argument;
    mount_unified();
    make_unified(&cgroup, &config, test_name("kill"));
    make_below(&cgroup, 3);
    for (size_t i = 0; i < ARRAY_LENGTH(pids); i++) {
        pids[i] = start_sleeper();
        CHECK_OK(cgroup_add_process_below(&cgroup, i % 2 ? "a/a" : "b", 0, pids[i], &error), &error);
    }
    CHECK_OK(cgroup_signal(&cgroup, SIGUSR1, &error), &error);
    for (size_t i = 0; i < 100; i++)
        CHECK(WTERMSIG(wait_for(pids[i])) == SIGUSR1);
    for (size_t i = 100; i < ARRAY_LENGTH(pids); i++)
        CHECK(WTERMSIG(wait_for(pids[i])) == SIGUSR1);
    pids[0] = start_sleeper();
    CHECK_OK(cgroup_add_process_below(&cgroup, "a/a/a", 0, pids[0], &error), &error);
    CHECK_OK(cgroup_signal(&cgroup, SIGKILL, &error), &error);
    CHECK(WTERMSIG(wait_for(pids[0])) == SIGKILL);
    CHECK(cgroup_add_process_below(&cgroup, "c", 0, getpid(), &error) == -ENOENT);
    CHECK(cgroup_add_process_below(&cgroup, "../x", 0, getpid(), &error) < 0);
    remove_cgroup(&cgroup);
}

static void test_kill(void **state)
{
    (void)state;
    in_child(run_kill, NULL);
}

static void run_deep(const void *argument)
{
    const struct config config = {0};
    CLEANUP_CGROUP struct cgroup cgroup = {0};

    (void)argument;
    mount_unified();
    make_unified(&cgroup, &config, test_name("deep"));
    make_below(&cgroup, 300);
    remove_cgroup(&cgroup);
}

static void test_deep(void **state)
{
    (void)state;
    in_child(run_deep, NULL);
}

static bool owned_by(const struct cgroup *cgroup, const char *file, uid_t owner)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int fd = cgroup_open_place(&cgroup->places[0], &error);
    struct stat status;

    CHECK(fd >= 0 && fstatat(fd, file, &status, 0) == 0);
    return status.st_uid == owner && status.st_gid == 0;
}

static void run_delegation(const void *argument)
{
    struct config_namespace new_one = {.flag = CLONE_NEWCGROUP, .name = "cgroup"};
    const struct config with = {.namespaces = &new_one, .namespaces_length = 1}, without = {0};
    CLEANUP_CGROUP struct cgroup cgroup = {0};
    CLEANUP_ERROR struct error error = {0};
    const pid_t pid = start_sleeper();

    (void)argument;
    mount_unified();
    make_unified(&cgroup, &with, test_name("own"));
    CHECK_OK(cgroup_enter(&cgroup, &without, pid, 1234, &error), &error);
    CHECK(owned_by(&cgroup, ".", 0));
    CHECK_OK(cgroup_enter(&cgroup, &with, pid, 1234, &error), &error);
    CHECK(owned_by(&cgroup, ".", 1234));
    CHECK(owned_by(&cgroup, "cgroup.procs", 1234));
    CHECK(owned_by(&cgroup, "cgroup.threads", 1234));
    CHECK(owned_by(&cgroup, "cgroup.subtree_control", 1234));
    CHECK(owned_by(&cgroup, "cgroup.freeze", 0));
    CHECK(owned_by(&cgroup, "cgroup.max.depth", 0));
    remove_cgroup(&cgroup);
    CHECK(WTERMSIG(wait_for(pid)) == SIGKILL);
}

static void test_delegation(void **state)
{
    (void)state;
    in_child(run_delegation, NULL);
}

/* Parents that were made go with it, but for those that another one uses by now. */
static void run_parents(const void *argument)
{
    char first_path[128], second_path[128], parent[100];
    const struct config first_config = {.cgroups_path = first_path},
                        second_config = {.cgroups_path = second_path};
    CLEANUP_CGROUP struct cgroup first = {0}, second = {0};
    struct cgroup_place above = {.mount = "/sys/fs/cgroup", .path = parent};

    (void)argument;
    mount_unified();
    snprintf(parent, sizeof(parent), "/%s", test_name("pod"));
    snprintf(first_path, sizeof(first_path), "%s/a/b", parent);
    snprintf(second_path, sizeof(second_path), "%s/c", parent);
    make_unified(&first, &first_config, "unused");
    make_unified(&second, &second_config, "unused");
    CHECK(same_text(first.places[0].made_from, parent));
    CHECK(same_text(second.places[0].made_from, second_path));
    remove_cgroup(&first);
    CHECK(place_exists(&above));
    remove_cgroup(&second);
    CHECK(place_exists(&above));
    CHECK(rmdir(first_path) < 0);
    above.made_from = parent;
    second.places[0] = above;
    remove_cgroup(&second);
}

static void test_parents(void **state)
{
    (void)state;
    in_child(run_parents, NULL);
}

/* A controller that the machine can't have is named, with the property that asks for it. */
static void run_missing(const void *argument)
{
    struct config_key_value high = {"nonsense.max", "5"}, core = {"cgroup.max.depth", "7"};
    const struct config asks = {.file = "config.json", .resources = {.unified = &high, .unified_length = 1}};
    const struct config can = {.resources = {.unified = &core, .unified_length = 1}};
    const struct cgroup_options options = {.id = test_name("none")};
    CLEANUP_CGROUP struct cgroup cgroup = {0}, other = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)argument;
    mount_unified();
    CHECK_OK(cgroup_open(&cgroup, &asks, &options, &error), &error);
    CHECK(cgroup_make(&cgroup, &asks, &error) == -ENOENT);
    CHECK(error_says(&error,
                     "config.json: linux.resources.unified[nonsense.max]: the cgroup controller \"nonsense\" "
                     "is not available in /, so nonsense.max can't be set to \"5\""));
    CHECK(!place_exists(&cgroup.places[0]));
    make_unified(&other, &can, options.id);
    CHECK(same_text(read_place(&other, "", "cgroup.max.depth"), "7"));
    remove_cgroup(&other);
}

static void test_missing(void **state)
{
    (void)state;
    in_child(run_missing, NULL);
}

/* Threads: a cgroup below a threaded one is made threaded, too, or says why not. */
static void run_threaded(const void *argument)
{
    char parent[100], path[128];
    struct config_key_value memory = {"memory.high", "max"};
    const struct config parent_config = {.cgroups_path = parent};
    const struct config config = {.cgroups_path = path};
    CLEANUP_CGROUP struct cgroup above = {0}, cgroup = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int fd = -1;

    (void)argument;
    (void)memory;
    mount_unified();
    snprintf(parent, sizeof(parent), "/%s", test_name("threads"));
    snprintf(path, sizeof(path), "%s/t/below", parent);
    make_unified(&above, &parent_config, "unused");
    fd = cgroup_open_place(&above.places[0], &error);
    CHECK(fd >= 0 && mkdirat(fd, "t", 0755) == 0);
    CHECK_OK(cgroup_write(fd, "t/cgroup.type", "threaded", &error), &error);
    make_unified(&cgroup, &config, "unused");
    CHECK(same_text(read_place(&cgroup, "", "cgroup.type"), "threaded"));
    remove_cgroup(&cgroup);
    remove_cgroup(&above);
}

static void test_threaded(void **state)
{
    (void)state;
    in_child(run_threaded, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),       cmocka_unit_test(test_kill),    cmocka_unit_test(test_deep),
        cmocka_unit_test(test_delegation), cmocka_unit_test(test_parents), cmocka_unit_test(test_missing),
        cmocka_unit_test(test_threaded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
