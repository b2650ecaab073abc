/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources as lists of "FILE=VALUE", for both versions; and written to plain files, for controllers that a machine
 * may not have. */
#include "child.h"

#include "cgroup/settings.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define GIVEN(number)                                                                                        \
    {                                                                                                        \
        .given = true, .value = (number)                                                                     \
    }

static struct config_rate_device rates[] = {{.major = 8, .minor = 0, .rate = 1000},
                                            {.major = 8, .minor = 16}};
static struct config_weight_device weights[] = {{.major = 8, .weight = GIVEN(500), .leaf_weight = GIVEN(20)},
                                                {.major = 9}};
static struct config_hugepage_limit hugepages[] = {{.page_size = "2MB", .limit = 4194304}};
static struct config_interface_priority priorities[] = {{.name = "eth0", .priority = 5}};
static struct config_rdma rdma[] = {{.device = "mlx5_0", .handles = GIVEN(3), .objects = GIVEN(10)},
                                    {.device = "mlx5_1", .objects = GIVEN(4)}};
static struct config_key_value unified_map[] = {
    {"memory.high", "5"}, {"io.max", "8:0 rbps=1\n8:16 wbps=2\n"}, {"cgroup.max.depth", ""}};
static struct config_key_value bad_slash[] = {{"memory/high", "5"}};
static struct config_key_value bad_name[] = {{"memory", "5"}};

/* NULL: refused. other: what is written where the file is missing follows "|". Flags: "?" optional, "~" tried again, "+"
 * keeps the first word. */
static const struct {
    struct config_resources resources;
    const char *unified, *legacy;
} cases[] = {
    {{0}, "", ""},
    {{.memory.limit = GIVEN(1000)}, "memory.max=1000 ", "memory.limit_in_bytes=1000~ "},
    {{.memory.limit = GIVEN(0), .memory.swap = GIVEN(0), .cpu.shares = GIVEN(0), .pids = GIVEN(0)}, "", ""},
    {{.memory.limit = GIVEN(-1)},
     "memory.swap.max=max? memory.max=max ",
     "memory.memsw.limit_in_bytes=-1? memory.limit_in_bytes=-1~ "},
    {{.memory.limit = GIVEN(1000), .memory.swap = GIVEN(3000)},
     "memory.swap.max=2000 memory.max=1000 ",
     "memory.limit_in_bytes=1000~ memory.memsw.limit_in_bytes=3000~ "},
    {{.memory.limit = GIVEN(1000), .memory.swap = GIVEN(1000)},
     "memory.swap.max=0? memory.max=1000 ",
     "memory.limit_in_bytes=1000~ memory.memsw.limit_in_bytes=1000~ "},
    {{.memory.limit = GIVEN(1000), .memory.swap = GIVEN(-1)},
     "memory.swap.max=max? memory.max=1000 ",
     "memory.limit_in_bytes=1000~ memory.memsw.limit_in_bytes=-1~ "},
    {{.memory.swap = GIVEN(1000)}, NULL, "memory.memsw.limit_in_bytes=1000~ "},
    {{.memory.limit = GIVEN(-1), .memory.swap = GIVEN(1000)},
     NULL,
     "memory.limit_in_bytes=-1~ memory.memsw.limit_in_bytes=1000~ "},
    {{.memory.limit = GIVEN(1000), .memory.swap = GIVEN(999)},
     NULL,
     "memory.limit_in_bytes=1000~ memory.memsw.limit_in_bytes=999~ "},
    {{.memory.reservation = GIVEN(500)}, "memory.low=500 ", "memory.soft_limit_in_bytes=500 "},
    {{.memory.reservation = GIVEN(-1)}, "memory.low=max ", "memory.soft_limit_in_bytes=-1 "},
    {{.memory.swappiness = GIVEN(0)}, "", "memory.swappiness=0 "},
    {{.memory.swappiness = GIVEN(-1)}, "", ""},
    {{.memory.disable_oom_killer = true}, "", "memory.oom_control=1 "},
    {{.memory.kernel = GIVEN(5), .memory.kernel_tcp = GIVEN(5), .memory.use_hierarchy = true}, "", ""},
    {{.cpu.shares = GIVEN(1024)}, "cpu.weight=39 ", "cpu.shares=1024 "},
    {{.cpu.quota = GIVEN(50000)}, "cpu.max=50000~ ", "cpu.cfs_quota_us=50000~ "},
    {{.cpu.quota = GIVEN(-1)}, "cpu.max=max~ ", "cpu.cfs_quota_us=-1~ "},
    {{.cpu.period = GIVEN(20000)}, "cpu.max=20000~+ ", "cpu.cfs_period_us=20000~ "},
    {{.cpu.quota = GIVEN(50000), .cpu.period = GIVEN(20000), .cpu.burst = GIVEN(10)},
     "cpu.max=50000 20000~ cpu.max.burst=10~ ",
     "cpu.cfs_period_us=20000~ cpu.cfs_quota_us=50000~ cpu.cfs_burst_us=10~ "},
    {{.cpu.quota = GIVEN(-1), .cpu.period = GIVEN(20000)},
     "cpu.max=max 20000~ ",
     "cpu.cfs_period_us=20000~ cpu.cfs_quota_us=-1~ "},
    {{.cpu.idle = GIVEN(0)}, "cpu.idle=0 ", "cpu.idle=0 "},
    {{.cpu.realtime_runtime = GIVEN(10), .cpu.realtime_period = GIVEN(100)},
     "",
     "cpu.rt_period_us=100~ cpu.rt_runtime_us=10~ "},
    {{.cpu.cpus = "0-1", .cpu.mems = "0"},
     "cpuset.cpus=0-1 cpuset.mems=0 ",
     "cpuset.cpus=0-1 cpuset.mems=0 "},
    {{.cpu.cpus = "", .cpu.mems = ""}, "", ""},
    {{.pids = GIVEN(7)}, "pids.max=7 ", "pids.max=7 "},
    {{.pids = GIVEN(-1)}, "pids.max=max ", "pids.max=max "},
    {{.block_io.weight = GIVEN(500)},
     "io.bfq.weight=500|io.weight=4950 ",
     "blkio.weight=500|blkio.bfq.weight=500 "},
    {{.block_io.leaf_weight = GIVEN(500)}, "", "blkio.leaf_weight=500 "},
    {{.block_io = {.weight_devices = weights, .weight_devices_length = 2}},
     "io.bfq.weight=8:0 500|io.weight=8:0 4950 ",
     "blkio.weight_device=8:0 500|blkio.bfq.weight_device=8:0 500 blkio.leaf_weight_device=8:0 20 "},
    {{.block_io.read_bytes = {rates, 2}, .block_io.write_operations = {rates, 1}},
     "io.max=8:0 rbps=1000 io.max=8:16 rbps=max io.max=8:0 wiops=1000 ",
     "blkio.throttle.read_bps_device=8:0 1000 blkio.throttle.read_bps_device=8:16 0 "
     "blkio.throttle.write_iops_device=8:0 1000 "},
    {{.block_io.write_bytes = {rates, 1}, .block_io.read_operations = {rates, 1}},
     "io.max=8:0 wbps=1000 io.max=8:0 riops=1000 ",
     "blkio.throttle.write_bps_device=8:0 1000 blkio.throttle.read_iops_device=8:0 1000 "},
    {{.hugepages = hugepages, .hugepages_length = 1},
     "hugetlb.2MB.max=4194304 hugetlb.2MB.rsvd.max=4194304? ",
     "hugetlb.2MB.limit_in_bytes=4194304 hugetlb.2MB.rsvd.limit_in_bytes=4194304? "},
    {{.network_class = GIVEN(1048577), .network_priorities = priorities, .network_priorities_length = 1},
     "",
     "net_cls.classid=1048577 net_prio.ifpriomap=eth0 5 "},
    {{.rdma = rdma, .rdma_length = 2},
     "rdma.max=mlx5_0 hca_handle=3 hca_object=10 rdma.max=mlx5_1 hca_object=4 ",
     "rdma.max=mlx5_0 hca_handle=3 hca_object=10 rdma.max=mlx5_1 hca_object=4 "},
    {{.unified = unified_map, .unified_length = 3, .pids = GIVEN(3)},
     "pids.max=3 memory.high=5 io.max=8:0 rbps=1 io.max=8:16 wbps=2 cgroup.max.depth= ",
     NULL},
    {{.unified = bad_slash, .unified_length = 1}, NULL, NULL},
    {{.unified = bad_name, .unified_length = 1}, NULL, NULL},
};

static char *describe(const struct cgroup_settings *settings)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    for (size_t i = 0; i < settings->length; i++) {
        const struct cgroup_setting *setting = &settings->values[i];

        fprintf(out, "%s=%s", setting->file, setting->value);
        if (setting->other_file)
            fprintf(out, "|%s=%s", setting->other_file, setting->other_value);
        fprintf(out, "%s%s%s ", setting->flags & SETTING_OPTIONAL ? "?" : "",
                setting->flags & SETTING_RETRY ? "~" : "",
                setting->flags & SETTING_KEEPS_FIRST_WORD ? "+" : "");
        /* Each belongs to a property, and to the controller that its file is named after. */
        assert_int_equal(strncmp(setting->place, "linux.resources.", 16), 0);
        assert_int_equal(strncmp(setting->file, setting->controller, strlen(setting->controller)), 0);
    }
    assert_int_equal(fclose(out), 0);
    return text;
}

static void check_case(const struct config_resources *resources, bool unified, const char *expected)
{
    const struct cgroup cgroup = {.is_unified = unified};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *text = NULL;
    struct arena arena = {0};
    struct cgroup_settings settings;
    int status = cgroup_settings_make(&cgroup, resources, &arena, &settings, &error);

    assert_int_equal(status, expected ? 0 : -EINVAL);
    if (expected) {
        text = describe(&settings);
        assert_string_equal(text, expected);
    } else {
        assert_non_null(error.place);
    }
    arena_clear(&arena);
}

static void test_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        check_case(&cases[i].resources, true, cases[i].unified);
        check_case(&cases[i].resources, false, cases[i].legacy);
    }
}

static void test_weights(void **state)
{
    static const struct {
        int64_t shares;
        uint64_t weight;
    } shares[] = {{2, 1},          {3, 1}, {1024, 39}, {2048, 79},
                  {262144, 10000}, {1, 1}, {-5, 1},    {INT64_MAX, 10000}};
    static const struct {
        int64_t block_io;
        uint64_t weight;
    } block_io[] = {{10, 1}, {100, 910}, {500, 4950}, {1000, 10000}, {9, 1}, {65535, 10000}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(shares); i++)
        assert_int_equal(cgroup_weight_of_shares(shares[i].shares), shares[i].weight);
    for (size_t i = 0; i < ARRAY_LENGTH(block_io); i++)
        assert_int_equal(cgroup_weight_of_block_io(block_io[i].block_io), block_io[i].weight);
}

/* A directory of plain files in place of a cgroup. */
struct fake {
    char directory[PATH_MAX];
    struct cgroup_place place;
    struct cgroup cgroup;
};

static void put(const struct fake *fake, const char *file, const char *text)
{
    char path[PATH_MAX + 64];
    FILE *out;

    snprintf(path, sizeof(path), "%s/%s", fake->directory, file);
    out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static void assert_file(const struct fake *fake, const char *file, const char *expected)
{
    char path[PATH_MAX + 64], text[256];
    FILE *in;
    size_t length;

    snprintf(path, sizeof(path), "%s/%s", fake->directory, file);
    in = fopen(path, "r");
    assert_non_null(in);
    length = fread(text, 1, sizeof(text) - 1, in);
    text[length] = '\0';
    fclose(in);
    assert_string_equal(text, expected);
}

static int make_fake(void **state)
{
    struct fake *fake = calloc(1, sizeof(*fake));

    if (!fake)
        return -1;
    snprintf(fake->directory, sizeof(fake->directory), "/tmp/holdfast-test-%d-XXXXXX", getpid());
    if (!mkdtemp(fake->directory))
        return -1;
    fake->place = (struct cgroup_place){.mount = fake->directory, .path = "/"};
    fake->cgroup = (struct cgroup){.is_unified = true, .places = &fake->place, .length = 1};
    *state = fake;
    return 0;
}

static int remove_fake(void **state)
{
    static const char *const files[] = {"memory.max", "memory.current", "memory.swap.max", "cpu.max",
                                        "cpu.weight", "io.weight",      "io.bfq.weight",   "hugetlb.2MB.max"};
    struct fake *fake = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
        char path[PATH_MAX + 64];

        snprintf(path, sizeof(path), "%s/%s", fake->directory, files[i]);
        unlink(path);
    }
    if (rmdir(fake->directory) < 0)
        return -1;
    free(fake);
    return 0;
}

static void test_written(void **state)
{
    const struct fake *fake = *state;
    const struct config_resources resources = {
        .memory = {.limit = GIVEN(1000), .swap = GIVEN(1000)},
        .cpu = {.shares = GIVEN(1024), .period = GIVEN(20000)},
        .block_io.weight = GIVEN(500),
        .hugepages = hugepages,
        .hugepages_length = 1,
    };
    CLEANUP_ERROR struct error error = {0};

    put(fake, "memory.max", "");
    put(fake, "cpu.weight", "");
    put(fake, "cpu.max", "5000 10000");
    put(fake, "io.weight", "");
    put(fake, "hugetlb.2MB.max", "");
    assert_int_equal(cgroup_update(&fake->cgroup, &resources, &error), 0);
    assert_file(fake, "memory.max", "1000");
    assert_file(fake, "cpu.weight", "39");
    assert_file(fake, "cpu.max", "5000 20000");
    assert_file(fake, "io.weight", "4950");
    assert_file(fake, "hugetlb.2MB.max", "4194304");
    put(fake, "io.weight", "");
    put(fake, "io.bfq.weight", "");
    assert_int_equal(cgroup_update(&fake->cgroup, &resources, &error), 0);
    assert_file(fake, "io.bfq.weight", "500");
    assert_file(fake, "io.weight", "");
}

static void test_missing(void **state)
{
    const struct fake *fake = *state;
    const struct config_resources resources = {.pids = GIVEN(3)};
    CLEANUP_ERROR struct error error = {0};

    assert_int_equal(cgroup_update(&fake->cgroup, &resources, &error), -ENOENT);
    assert_true(
        error_says(&error, "linux.resources.pids.limit: cannot set pids.max to \"3\": openat2: ENOENT"));
    assert_true(error_says(&error, "the controller \"pids\" is not there"));
}

static void test_usage(void **state)
{
    const struct fake *fake = *state;
    struct config_resources resources = {.memory = {.limit = GIVEN(1000), .check_before_update = true}};
    CLEANUP_ERROR struct error error = {0};

    put(fake, "memory.max", "");
    put(fake, "memory.current", "1001\n");
    assert_int_equal(cgroup_update(&fake->cgroup, &resources, &error), -EBUSY);
    assert_true(error_says(&error, "linux.resources.memory.limit: memory.max is 1000, but 1001 are in use"));
    assert_file(fake, "memory.max", "");
    resources.memory.limit.value = 1001;
    error_clear(&error);
    assert_int_equal(cgroup_update(&fake->cgroup, &resources, &error), 0);
    assert_file(fake, "memory.max", "1001");
}

static void test_link(void **state)
{
    const struct fake *fake = *state;
    const struct config_resources resources = {.memory.limit = GIVEN(1000)};
    char path[PATH_MAX + 64];
    CLEANUP_ERROR struct error error = {0};

    put(fake, "cpu.max", "untouched");
    snprintf(path, sizeof(path), "%s/memory.max", fake->directory);
    assert_int_equal(symlink("cpu.max", path), 0);
    assert_int_equal(cgroup_update(&fake->cgroup, &resources, &error), -ELOOP);
    assert_file(fake, "cpu.max", "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_weights),
        cmocka_unit_test_setup_teardown(test_written, make_fake, remove_fake),
        cmocka_unit_test_setup_teardown(test_missing, make_fake, remove_fake),
        cmocka_unit_test_setup_teardown(test_usage, make_fake, remove_fake),
        cmocka_unit_test_setup_teardown(test_link, make_fake, remove_fake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
