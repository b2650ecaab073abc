/* SPDX-License-Identifier: Apache-2.0 */
/* Each attribute is set in a child, and read back from the kernel. */
#include "child.h"

#include "base/fd.h"
#include "process/attributes.h"

#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#define CONFIG(...) ((struct config){.file = "config.json", __VA_ARGS__})
#define PROCESS(...) CONFIG(.process = {__VA_ARGS__})

static void check_scheduler(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config none = PROCESS();
    struct config batch = PROCESS(.scheduler = {.given = true, .policy = SCHED_BATCH, .nice = 7});
    struct config idle = PROCESS(.scheduler = {.given = true, .policy = SCHED_IDLE});
    struct config reset =
        PROCESS(.scheduler = {
                    .given = true, .policy = SCHED_OTHER, .nice = 9, .flags = 1 /* RESET_ON_FORK */});

    (void)argument;
    CHECK_OK(process_set_scheduler(&none, &error), &error);
    CHECK(sched_getscheduler(0) == SCHED_OTHER && getpriority(PRIO_PROCESS, 0) == 0);
    CHECK_OK(process_set_scheduler(&batch, &error), &error);
    CHECK(sched_getscheduler(0) == SCHED_BATCH && getpriority(PRIO_PROCESS, 0) == 7);
    CHECK_OK(process_set_scheduler(&idle, &error), &error);
    CHECK(sched_getscheduler(0) == SCHED_IDLE);
    CHECK_OK(process_set_scheduler(&reset, &error), &error);
    CHECK(sched_getscheduler(0) == (SCHED_OTHER | SCHED_RESET_ON_FORK) && getpriority(PRIO_PROCESS, 0) == 9);
}

/* Where the cgroup gives real-time processes no time (cgroup v1, cpu.rt_runtime_us) it is EPERM for root, too. */
static void check_real_time(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config fifo = PROCESS(.scheduler = {.given = true, .policy = SCHED_FIFO, .priority = 12});
    struct sched_param parameters = {.sched_priority = 12};

    (void)argument;
    SKIP_UNLESS(sched_setscheduler(0, SCHED_FIFO, &parameters) == 0, "no real-time scheduling here");
    parameters.sched_priority = 0;
    CHECK(sched_setscheduler(0, SCHED_OTHER, &parameters) == 0);
    CHECK_OK(process_set_scheduler(&fifo, &error), &error);
    CHECK(sched_getscheduler(0) == SCHED_FIFO);
    CHECK(sched_getparam(0, &parameters) == 0 && parameters.sched_priority == 12);
}

struct failure {
    struct config config;
    int (*set)(const struct config *config, struct error *error);
    int code;
    const char *says, *hint;
};

/* As a user without any privilege. */
static void check_failure(const void *argument)
{
    const struct failure *failure = argument;
    CLEANUP_ERROR struct error error = {0};

    CHECK(geteuid() != 0 || setresuid(65534, 65534, 65534) == 0);
    CHECK(failure->set(&failure->config, &error) == -failure->code);
    CHECK(error_says(&error, failure->says));
    CHECK(error_says(&error, failure->hint));
}

static void test_failures(void **state)
{
    const struct failure failures[] = {
        {PROCESS(.scheduler = {.given = true, .policy = SCHED_OTHER, .nice = -5}), process_set_scheduler,
         EPERM,
         "config.json: process.scheduler: cannot set the scheduling policy 0 (nice -5, priority 0): "
         "sched_setattr: EPERM",
         "needs CAP_SYS_NICE"},
        {PROCESS(.scheduler = {.given = true, .policy = SCHED_OTHER, .priority = 5}), process_set_scheduler,
         EINVAL, "priority 5): sched_setattr: EINVAL", "priority is 1 to 99"},
        {PROCESS(.scheduler = {.given = true, .policy = 4711}), process_set_scheduler, EINVAL,
         "policy 4711 (", "process.scheduler"},
        {PROCESS(.has_io_priority = true, .io_priority_class = IOPRIO_CLASS_RT, .io_priority = 1),
         process_set_io_priority, EPERM,
         "config.json: process.ioPriority: cannot set the priority 1 of class 1: ioprio_set: EPERM",
         "CAP_SYS_NICE"},
        {PROCESS(.has_io_priority = true, .io_priority_class = 6, .io_priority = 1), process_set_io_priority,
         EINVAL, "class 6: ioprio_set: EINVAL", "the classes are 1 to 3"},
        {CONFIG(.has_personality = true, .personality = 0xffffffff), process_set_personality, EINVAL,
         "config.json: linux.personality: 0xffffffff is no personality", ""},
        {CONFIG(.has_personality = true, .personality = 0x100000008), process_set_personality, EINVAL,
         "linux.personality: 0x100000008 is no personality", ""},
        {CONFIG(.memory_policy = {.given = true, .mode = MPOL_BIND}), process_set_memory_policy, EINVAL,
         "config.json: linux.memoryPolicy: cannot set the memory policy 0x2 for the nodes (none): "
         "set_mempolicy: EINVAL",
         "does not know the mode"},
        {CONFIG(.memory_policy = {.given = true, .mode = MPOL_BIND, .nodes = "1000"}),
         process_set_memory_policy, EINVAL, "for the nodes 1000: set_mempolicy: EINVAL",
         "none of the nodes has memory"},
        {CONFIG(.memory_policy = {.given = true, .mode = MPOL_BIND, .nodes = "0-"}),
         process_set_memory_policy, EINVAL, "config.json: linux.memoryPolicy: nodes: is \"0-\"", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(failures); i++)
        in_child(check_failure, &failures[i]);
}

static void check_io_priority(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config none = PROCESS();
    struct config best_effort =
        PROCESS(.has_io_priority = true, .io_priority_class = IOPRIO_CLASS_BE, .io_priority = 6);
    struct config idle =
        PROCESS(.has_io_priority = true, .io_priority_class = IOPRIO_CLASS_IDLE, .io_priority = 0);
    long before = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);

    (void)argument;
    CHECK_OK(process_set_io_priority(&none, &error), &error);
    CHECK(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0) == before);
    CHECK_OK(process_set_io_priority(&best_effort, &error), &error);
    CHECK(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0) == IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 6));
    CHECK_OK(process_set_io_priority(&idle, &error), &error);
    CHECK(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0) == IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
}

static void check_affinity(const void *argument)
{
    static const char path[] = "process.execCPUAffinity.initial";
    CLEANUP_ERROR struct error error = {0};
    struct config config = PROCESS();
    cpu_set_t before, now, only;
    int cpu = 0;
    char list[32];

    (void)argument;
    CHECK(sched_getaffinity(0, sizeof(before), &before) == 0);
    while (!CPU_ISSET(cpu, &before))
        cpu++;
    CPU_ZERO(&only);
    CPU_SET(cpu, &only);
    CHECK_OK(process_set_affinity(&config, 0, NULL, path, &error), &error);
    CHECK(sched_getaffinity(0, sizeof(now), &now) == 0 && CPU_EQUAL(&now, &before));
    /* The second one doesn't exist. */
    snprintf(list, sizeof(list), "%d,8000", cpu);
    CHECK_OK(process_set_affinity(&config, 0, list, path, &error), &error);
    CHECK(sched_getaffinity(0, sizeof(now), &now) == 0 && CPU_EQUAL(&now, &only));
    CHECK(process_set_affinity(&config, 0, "8000", path, &error) == -EINVAL);
    CHECK(error_says(&error,
                     "config.json: process.execCPUAffinity.initial: cannot run on the CPUs 8000 alone: "
                     "sched_setaffinity: EINVAL"));
    CHECK(process_set_affinity(&config, 0, "x", path, &error) == -EINVAL);
    CHECK(error_says(&error, "config.json: process.execCPUAffinity.initial: is \"x\""));
}

static void check_memory_policy(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config none = CONFIG();
    struct config bind =
        CONFIG(.memory_policy = {.given = true, .mode = MPOL_BIND | MPOL_F_STATIC_NODES, .nodes = "0"});
    struct config usual = CONFIG(.memory_policy = {.given = true, .mode = MPOL_DEFAULT});
    unsigned long nodes[16] = {0};
    int mode = 4711;

    (void)argument;
    SKIP_UNLESS(syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) == 0, "no NUMA in this kernel");
    CHECK_OK(process_set_memory_policy(&none, &error), &error);
    CHECK(syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) == 0 && mode == MPOL_DEFAULT);
    CHECK_OK(process_set_memory_policy(&bind, &error), &error);
    CHECK(syscall(SYS_get_mempolicy, &mode, nodes, 1024, NULL, 0) == 0);
    CHECK(mode == (MPOL_BIND | MPOL_F_STATIC_NODES) && nodes[0] == 1);
    CHECK_OK(process_set_memory_policy(&usual, &error), &error);
    CHECK(syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) == 0 && mode == MPOL_DEFAULT);
}

static void check_personality(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config none = CONFIG();
    struct config linux32 = CONFIG(.has_personality = true, .personality = PER_LINUX32);
    struct config flags = CONFIG(.has_personality = true, .personality = PER_LINUX | ADDR_NO_RANDOMIZE);
    int before = personality(0xffffffff);

    (void)argument;
    CHECK_OK(process_set_personality(&none, &error), &error);
    CHECK(personality(0xffffffff) == before);
    CHECK_OK(process_set_personality(&linux32, &error), &error);
    CHECK(personality(0xffffffff) == PER_LINUX32);
    CHECK_OK(process_set_personality(&flags, &error), &error);
    CHECK(personality(0xffffffff) == ADDR_NO_RANDOMIZE);
}

static int open_self(void)
{
    int fd = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);

    CHECK(fd >= 0);
    return fd;
}

static int read_oom_score(void)
{
    FILE *file = fopen("/proc/self/oom_score_adj", "re");
    int value = 4711;

    CHECK(file && fscanf(file, "%d", &value) == 1);
    fclose(file);
    return value;
}

#define OOM_SCORE(number) PROCESS(.oom_score_adjustment = {.given = true, .value = (number)})

static void check_oom_score(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int self = open_self();
    struct config none = PROCESS(), high = OOM_SCORE(500), higher = OOM_SCORE(1000), beyond = OOM_SCORE(1001),
                  far = OOM_SCORE(INT64_MIN);

    (void)argument;
    CHECK_OK(process_set_oom_score(&high, self, false, &error), &error);
    CHECK(read_oom_score() == 500);
    CHECK_OK(process_set_oom_score(&none, self, false, &error), &error);
    CHECK(read_oom_score() == 500);
    CHECK_OK(process_set_oom_score(&higher, self, true, &error), &error);
    CHECK(read_oom_score() == 1000);
    CHECK(process_set_oom_score(&beyond, self, false, &error) == -EINVAL);
    CHECK(error_says(
        &error, "config.json: process.oomScoreAdj: cannot write \"1001\" to oom_score_adj: write: EINVAL"));
    CHECK(error_says(&error, "it is from -1000 to 1000"));
    CHECK(process_set_oom_score(&far, self, true, &error) < 0);
    CHECK(read_oom_score() == 1000);
}

/* Below what a process with the privilege set last nobody else gets. */
static void check_oom_score_unprivileged(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int self = open_self();
    struct config low = OOM_SCORE(-1000);
    int before = read_oom_score();

    (void)argument;
    SKIP_UNLESS(before > -1000, "the score is as low as can be");
    CHECK(geteuid() != 0 || setresuid(65534, 65534, 65534) == 0);
    CHECK(process_set_oom_score(&low, self, false, &error) == -EACCES);
    CHECK(error_says(&error, "lowering it needs CAP_SYS_RESOURCE on the host"));
    error_clear(&error);
    CHECK_OK(process_set_oom_score(&low, self, true, &error), &error);
    CHECK(error.code == 0 && read_oom_score() == before);
}

#define OFFSETS(array) CONFIG(.time_offsets = (array), .time_offsets_length = ARRAY_LENGTH(array))

static int64_t seconds_of(clockid_t clock)
{
    struct timespec now;

    CHECK(clock_gettime(clock, &now) == 0);
    return now.tv_sec;
}

static void check_time_offsets(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int self = open_self();
    struct config_time_offset offsets[] = {{CLOCK_MONOTONIC, 864000, 5}, {CLOCK_BOOTTIME, 8640000, 0}};
    struct config_time_offset below[] = {{CLOCK_MONOTONIC, -(INT64_C(1) << 40), 0}};
    struct config config = OFFSETS(offsets), past = OFFSETS(below), none = CONFIG();
    int64_t monotonic, boottime;
    int status;
    pid_t pid;

    (void)argument;
    CHECK_OK(process_set_time_offsets(&none, self, &error), &error);
    CHECK(process_set_time_offsets(&config, self, &error) == -EACCES); /* the host's namespace */
    CHECK(error_says(&error, "config.json: linux.timeOffsets: cannot write"));
    CHECK(error_says(&error, "is in use already"));
    SKIP_UNLESS(unshare(CLONE_NEWTIME) == 0, "making a time namespace is not allowed");
    CHECK(process_set_time_offsets(&past, self, &error) == -ERANGE);
    CHECK(error_says(&error, "clock would be below 0"));
    CHECK_OK(process_set_time_offsets(&config, self, &error), &error);
    monotonic = seconds_of(CLOCK_MONOTONIC);
    boottime = seconds_of(CLOCK_BOOTTIME);
    pid = fork();
    if (pid == 0) {
        int64_t difference = seconds_of(CLOCK_MONOTONIC) - monotonic;

        CHECK(difference >= 864000 && difference < 864060);
        difference = seconds_of(CLOCK_BOOTTIME) - boottime;
        CHECK(difference >= 8640000 && difference < 8640060);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    CHECK(process_set_time_offsets(&config, self, &error) == -EACCES);
}

#define TEST_IN_CHILD(name)                                                                                  \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_child(check_##name, NULL);                                                                        \
    }

TEST_IN_CHILD(scheduler)
TEST_IN_CHILD(real_time)
TEST_IN_CHILD(io_priority)
TEST_IN_CHILD(affinity)
TEST_IN_CHILD(memory_policy)
TEST_IN_CHILD(personality)
TEST_IN_CHILD(oom_score)
TEST_IN_CHILD(oom_score_unprivileged)
TEST_IN_CHILD(time_offsets)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scheduler),
        cmocka_unit_test(test_real_time),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_io_priority),
        cmocka_unit_test(test_affinity),
        cmocka_unit_test(test_memory_policy),
        cmocka_unit_test(test_personality),
        cmocka_unit_test(test_oom_score),
        cmocka_unit_test(test_oom_score_unprivileged),
        cmocka_unit_test(test_time_offsets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
