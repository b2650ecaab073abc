/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of cgroups: from directories with files as the kernel writes them, and from the kernel's own. */
#include "controllers_helpers.h"

#include "cgroup/statistics.h"
#include <jansson.h>
#include <sys/mman.h>

#define DIRECTORY "/mnt/group"

struct file {
    const char *name, *text;
};

static void write_file(const char *name, const char *text)
{
    char path[128];
    int fd;

    snprintf(path, sizeof(path), DIRECTORY "/%s", name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    CHECK(fd >= 0);
    CHECK(fd_write_all(fd, text, strlen(text)) == 0);
    fd_close(&fd);
}

/* A directory with the files, in a mount namespace of the test's own. */
static void make_files(const struct file *files, size_t length)
{
    SKIP_UNLESS(getuid() == 0, "needs root");
    CHECK(unshare(CLONE_NEWNS) == 0);
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    CHECK(mount("holdfast-test", "/mnt", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir(DIRECTORY, 0755) == 0);
    for (size_t i = 0; i < length; i++)
        write_file(files[i].name, files[i].text);
}

static struct cgroup_place unified_place = {.mount = "/mnt", .path = "/group"};
static struct cgroup_place legacy_place = {
    .controllers = "cpu,cpuacct,cpuset,memory,pids,blkio,hugetlb", .mount = "/mnt", .path = "/group"};

static const struct cgroup unified = {.is_unified = true, .places = &unified_place, .length = 1};
static const struct cgroup legacy = {.places = &legacy_place, .length = 1};

static void check_statistics(const struct cgroup *cgroup, const char *expected)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *text = NULL;
    struct json_t *statistics = NULL;

    CHECK_OK(cgroup_statistics(cgroup, &statistics, &error), &error);
    text = json_dumps(statistics, JSON_COMPACT | JSON_SORT_KEYS);
    if (strcmp(text, expected) != 0)
        fprintf(stderr, "%s\nis not\n%s\n", text, expected);
    CHECK(strcmp(text, expected) == 0);
    json_decref(statistics);
}

#define NOTHING                                                                                              \
    "{\"blkio\":{},\"cpu\":{\"throttling\":{},\"usage\":{}},\"cpuset\":{},\"hugetlb\":{},\"intel_rdt\":{},"  \
    "\"memory\":{\"kernel\":{},\"kernelTCP\":{},\"swap\":{},\"usage\":{}},\"network_interfaces\":null,"      \
    "\"pids\":{}}"

static const struct file unified_files[] = {
    {"cpu.stat", "usage_usec 4000\nuser_usec 3000\nsystem_usec 1000\nnr_periods 5\nnr_throttled 2\n"
                 "throttled_usec 77\nnr_bursts 0\nburst_usec 0\n"},
    {"memory.stat", "anon 4096\nfile 8192\nfile_mapped 0\n"},
    {"memory.max", "33554432\n"},
    {"memory.current", "815104\n"},
    {"memory.peak", "2244608\n"},
    {"memory.events", "low 0\nhigh 0\nmax 6\noom 1\noom_kill 1\noom_group_kill 0\n"},
    {"memory.swap.max", "1000\n"},
    {"memory.swap.current", "96\n"},
    {"memory.swap.events", "high 0\nmax 0\nfail 0\n"},
    {"pids.current", "3\n"},
    {"pids.max", "20\n"},
    {"io.stat", "8:0 rbytes=180224 wbytes=0 rios=3 wios=0 dbytes=0 dios=0\n253:1 \n"
                "259:3 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n"},
    {"hugetlb.2MB.current", "2097152\n"},
    {"hugetlb.2MB.rsvd.current", "7\n"},
    {"hugetlb.2MB.events", "max 4\n"},
    {"hugetlb.1GB.current", "0\n"},
};

#define ENTRY(major, minor, op, value)                                                                       \
    "{\"major\":" #major ",\"minor\":" #minor ",\"op\":\"" op "\",\"value\":" #value "}"

#define BYTES_OF_8 ENTRY(8, 0, "Read", 180224) "," ENTRY(8, 0, "Write", 0) "," ENTRY(8, 0, "Discard", 0)
#define BYTES_OF_259 ENTRY(259, 3, "Read", 1) "," ENTRY(259, 3, "Write", 2) "," ENTRY(259, 3, "Discard", 5)
#define NUMBERS_OF_8 ENTRY(8, 0, "Read", 3) "," ENTRY(8, 0, "Write", 0) "," ENTRY(8, 0, "Discard", 0)
#define NUMBERS_OF_259 ENTRY(259, 3, "Read", 3) "," ENTRY(259, 3, "Write", 4) "," ENTRY(259, 3, "Discard", 6)

static void of_unified(const void *argument)
{
    (void)argument;
    make_files(unified_files, ARRAY_LENGTH(unified_files));
    check_statistics(
        &unified,
        "{\"blkio\":{\"ioServiceBytesRecursive\":[" BYTES_OF_8 "," BYTES_OF_259 "],"
        "\"ioServicedRecursive\":[" NUMBERS_OF_8 "," NUMBERS_OF_259 "]},"
        "\"cpu\":{\"throttling\":{\"periods\":5,\"throttledPeriods\":2,\"throttledTime\":77000},"
        "\"usage\":{\"kernel\":1000000,\"total\":4000000,\"user\":3000000}},\"cpuset\":{},"
        "\"hugetlb\":{\"1GB\":{\"usage\":0},\"2MB\":{\"failcnt\":4,\"usage\":2097152}},\"intel_rdt\":{},"
        "\"memory\":{\"cache\":8192,\"kernel\":{},\"kernelTCP\":{},"
        "\"raw\":{\"anon\":4096,\"file\":8192,\"file_mapped\":0},"
        "\"swap\":{\"failcnt\":0,\"limit\":33555432,\"usage\":815200},"
        "\"usage\":{\"failcnt\":6,\"limit\":33554432,\"max\":2244608,\"usage\":815104}},"
        "\"network_interfaces\":null,\"pids\":{\"current\":3,\"limit\":20}}");
}

/* "max" is what version 1 says for it; a limit for pids is left out, as in runc. */
static void of_unified_without_limits(const void *argument)
{
    static const struct file files[] = {
        {"memory.max", "max\n"},
        {"memory.current", "1\n"},
        {"memory.swap.max", "0\n"},
        {"pids.max", "max\n"},
    };

    (void)argument;
    make_files(files, ARRAY_LENGTH(files));
    check_statistics(&unified,
                     "{\"blkio\":{},\"cpu\":{\"throttling\":{},\"usage\":{}},\"cpuset\":{},\"hugetlb\":{},"
                     "\"intel_rdt\":{},\"memory\":{\"kernel\":{},\"kernelTCP\":{},"
                     "\"swap\":{\"limit\":9223372036854771712},"
                     "\"usage\":{\"limit\":9223372036854771712,\"usage\":1}},"
                     "\"network_interfaces\":null,\"pids\":{}}");
}

static const struct file legacy_files[] = {
    {"cpuacct.usage", "13815948\n"},
    {"cpuacct.usage_percpu", "2277628 11538320 \n"},
    {"cpuacct.usage_all", "cpu user system\n0 1 2\n1 3 4\n"},
    {"cpuacct.stat", "user 7\nsystem 8\n"},
    {"cpu.stat", "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n"},
    {"cpuset.cpus", "0-2,7\n"},
    {"cpuset.mems", "\n"},
    {"cpuset.memory_pressure", "9\n"},
    {"cpuset.sched_relax_domain_level", "-1\n"},
    {"memory.stat", "cache 8192\nhierarchical_memory_limit 9223372036854771712\n"},
    {"memory.limit_in_bytes", "9223372036854771712\n"},
    {"memory.usage_in_bytes", "815104\n"},
    {"memory.max_usage_in_bytes", "0\n"},
    {"memory.failcnt", "0\n"},
    {"memory.kmem.tcp.limit_in_bytes", "5\n"},
    {"memory.kmem.tcp.usage_in_bytes", "4\n"},
    {"pids.current", "1\n"},
    {"blkio.bfq.io_service_bytes_recursive", "Total 0\n"},
    {"blkio.throttle.io_service_bytes_recursive", "8:0 Read 4096\n8:0 Total 4096\nTotal 4096\n"},
    {"blkio.bfq.sectors_recursive", "8:0 5\n"},
    {"hugetlb.2MB.usage_in_bytes", "1\n"},
    {"hugetlb.2MB.max_usage_in_bytes", "2\n"},
    {"hugetlb.2MB.failcnt", "3\n"},
};

#define LEGACY_BYTES ENTRY(8, 0, "Read", 4096) "," ENTRY(8, 0, "Total", 4096)

static void of_legacy(const void *argument)
{
    (void)argument;
    make_files(legacy_files, ARRAY_LENGTH(legacy_files));
    check_statistics(
        &legacy, "{\"blkio\":{\"ioServiceBytesRecursive\":[" LEGACY_BYTES
                 "],\"sectorsRecursive\":[{\"major\":8,\"minor\":0,\"value\":5}]},"
                 "\"cpu\":{\"throttling\":{},\"usage\":{\"kernel\":80000000,\"percpu\":[2277628,11538320],"
                 "\"percpu_kernel\":[2,4],\"percpu_user\":[1,3],\"total\":13815948,\"user\":70000000}},"
                 "\"cpuset\":{\"cpus\":[0,1,2,7],\"memory_pressure\":9,\"sched_relax_domain_level\":-1},"
                 "\"hugetlb\":{\"2MB\":{\"failcnt\":3,\"max\":2,\"usage\":1}},\"intel_rdt\":{},"
                 "\"memory\":{\"cache\":8192,\"kernel\":{},\"kernelTCP\":{\"limit\":5,\"usage\":4},"
                 "\"raw\":{\"cache\":8192,\"hierarchical_memory_limit\":9223372036854771712},\"swap\":{},"
                 "\"usage\":{\"failcnt\":0,\"limit\":9223372036854771712,\"usage\":815104}},"
                 "\"network_interfaces\":null,\"pids\":{\"current\":1}}");
}

static void of_nothing(const void *argument)
{
    static const struct cgroup none = {0};

    (void)argument;
    make_files(NULL, 0);
    check_statistics(&unified, NOTHING);
    check_statistics(&legacy, NOTHING);
    check_statistics(&none, NOTHING);
}

static void without_directory(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct json_t *statistics = NULL;

    (void)argument;
    make_files(NULL, 0);
    CHECK(rmdir(DIRECTORY) == 0);
    CHECK(cgroup_statistics(&unified, &statistics, &error) == -ENOENT);
    CHECK(!statistics && error.text);
}

/* Calls that came; it ends after as many as are wanted. */
struct calls {
    int number, wanted;
};

static bool count_call(void *argument)
{
    struct calls *calls = argument;

    return ++calls->number != calls->wanted;
}

/* Changes the files as the kernel would, in a process beside the one that watches. */
static pid_t in_background(void (*change)(void))
{
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        usleep(100000);
        change();
        _exit(0);
    }
    return pid;
}

static const struct file events[] = {
    {"memory.events", "oom 4\noom_kill 4\n"},
    {"cgroup.events", "populated 1\nfrozen 0\n"},
};

static void kill_two_and_end(void)
{
    write_file("memory.events", "oom 5\noom_kill 6\n");
    usleep(100000);
    write_file("cgroup.events", "populated 0\nfrozen 0\n");
}

static void watch_unified(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct calls calls = {0};
    pid_t pid;

    (void)argument;
    make_files(events, ARRAY_LENGTH(events));
    pid = in_background(kill_two_and_end);
    CHECK_OK(cgroup_watch_memory(&unified, count_call, &calls, &error), &error);
    CHECK(calls.number == 2);
    CHECK(waitpid(pid, NULL, 0) == pid);
}

static void watch_unified_once(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct calls calls = {.wanted = 1};
    pid_t pid;

    (void)argument;
    make_files(events, ARRAY_LENGTH(events));
    pid = in_background(kill_two_and_end);
    CHECK_OK(cgroup_watch_memory(&unified, count_call, &calls, &error), &error);
    CHECK(calls.number == 1);
    CHECK(waitpid(pid, NULL, 0) == pid);
}

static void remove_all(void)
{
    CHECK(unlink(DIRECTORY "/memory.events") == 0);
    CHECK(unlink(DIRECTORY "/cgroup.events") == 0);
    CHECK(rmdir(DIRECTORY) == 0);
}

static void watch_unified_removed(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct calls calls = {0};
    pid_t pid;

    (void)argument;
    make_files(events, ARRAY_LENGTH(events));
    pid = in_background(remove_all);
    CHECK_OK(cgroup_watch_memory(&unified, count_call, &calls, &error), &error);
    CHECK(calls.number == 0 && !error.text);
    CHECK(waitpid(pid, NULL, 0) == pid);
}

static void watch_without_controller(const void *argument)
{
    static const struct cgroup none = {0};
    CLEANUP_ERROR struct error error = {0};
    struct calls calls = {0};

    (void)argument;
    CHECK(cgroup_watch_memory(&none, count_call, &calls, &error) == -EOPNOTSUPP);
    make_files(NULL, 0);
    CHECK(cgroup_watch_memory(&unified, count_call, &calls, &error) == -ENOENT);
    CHECK(error_says(&error, "cannot watch memory.events"));
}

/* Touches memory in the cgroup until the kernel ends it. */
static void take_memory(const struct test_cgroup *cgroup)
{
    CLEANUP_FD int limit_fd = openat(cgroup->fd, "memory.limit_in_bytes", O_WRONLY | O_CLOEXEC);
    size_t size = (size_t)64 << 20;
    char *memory;

    CHECK(write(limit_fd, "8388608", 7) == 7);
    usleep(200000);
    test_cgroup_enter(cgroup);
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    memset(memory, 1, size);
    _exit(0);
}

/* The kernel's own cgroup: what is counted, and what a kill looks like. */
static void watch_legacy(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct calls calls = {.wanted = 1};
    struct test_cgroup test;
    struct cgroup_place place = {.controllers = "memory", .mount = TEST_MOUNT};
    struct cgroup cgroup = {.places = &place, .length = 1};
    struct json_t *statistics;
    char path[64];
    pid_t pid;
    int status;

    (void)argument;
    test_cgroup_make(&test, "cgroup", "memory");
    snprintf(path, sizeof(path), "/holdfast-test-%d", getppid());
    place.path = path;
    pid = fork();
    if (pid == 0)
        take_memory(&test);
    CHECK_OK(cgroup_watch_memory(&cgroup, count_call, &calls, &error), &error);
    CHECK(calls.number == 1);
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK_OK(cgroup_statistics(&cgroup, &statistics, &error), &error);
    statistics = json_object_get(json_object_get(statistics, "memory"), "usage");
    CHECK(json_integer_value(json_object_get(statistics, "limit")) == 8388608);
    CHECK(json_integer_value(json_object_get(statistics, "failcnt")) > 0);
}

#define TEST(body)                                                                                           \
    static void test_##body(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_child(body, NULL);                                                                                \
    }

TEST(of_unified)
TEST(of_unified_without_limits)
TEST(of_legacy)
TEST(of_nothing)
TEST(without_directory)
TEST(watch_unified)
TEST(watch_unified_once)
TEST(watch_unified_removed)
TEST(watch_without_controller)
TEST(watch_legacy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_unified),
        cmocka_unit_test(test_of_unified_without_limits),
        cmocka_unit_test(test_of_legacy),
        cmocka_unit_test(test_of_nothing),
        cmocka_unit_test(test_without_directory),
        cmocka_unit_test(test_watch_unified),
        cmocka_unit_test(test_watch_unified_once),
        cmocka_unit_test(test_watch_unified_removed),
        cmocka_unit_test(test_watch_without_controller),
        cmocka_unit_test(test_watch_legacy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
