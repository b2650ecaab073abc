/* SPDX-License-Identifier: Apache-2.0 */
/* What systemd is asked, word by word, and what becomes of its answers. */
#include "systemd_mock.h"

#include "cgroup/systemd.h"

#define UNIT "holdfast-test.scope"

#define DEVICES                                                                                              \
    "(\"DevicePolicy\" <\"strict\">) (\"DeviceAllow\" <[]>) (\"DeviceAllow\" <["                             \
    "(\"char-*\" \"m\") (\"block-*\" \"m\") (\"/dev/char/1:3\" \"rwm\") (\"/dev/char/1:5\" \"rwm\") "        \
    "(\"/dev/char/1:7\" \"rwm\") (\"/dev/char/1:8\" \"rwm\") (\"/dev/char/1:9\" \"rwm\") "                   \
    "(\"/dev/char/5:0\" \"rwm\") (\"/dev/char/5:2\" \"rwm\") (\"/dev/char/10:200\" \"rwm\") "                \
    "(\"char-pts\" \"rwm\")]>)"
#define START(place, io, rest)                                                                               \
    "\"replace\" [(\"Description\" <\"holdfast container test\">) " place " (\"PIDs\" <[4711]>) "            \
    "(\"MemoryAccounting\" <true>) (\"CPUAccounting\" <true>) (\"" io "\" <true>) "                          \
    "(\"TasksAccounting\" <true>) (\"DefaultDependencies\" <false>) " rest "] []\n"
#define IN_SLICE "(\"Slice\" <\"system.slice\">) (\"Delegate\" <true>)"
#define START_PLAIN "StartTransientUnit \"" UNIT "\" " START(IN_SLICE, "IOAccounting", DEVICES)
#define INFINITE "18446744073709551615"

static struct systemd_scope scope_of(const struct config_resources *resources)
{
    return (struct systemd_scope){
        .unit = UNIT,
        .slice = "system.slice",
        .description = "holdfast container test",
        .is_unified = true,
        .resources = resources,
    };
}

static void check_record(const struct mock *mock, const char *expected)
{
    CLEANUP_FREE char *record = mock_record(mock);
    const char *calls = strncmp(record, "ready\n", 6) == 0 ? record + 6 : record;

    if (strcmp(calls, expected) != 0)
        fprintf(stderr, "called:\n%sexpected:\n%s", calls, expected);
    CHECK(strcmp(calls, expected) == 0);
}

static void start_and_check(const struct systemd_scope *scope, const char *expected)
{
    CLEANUP_ERROR struct error error = {0};
    struct mock mock = {0};

    mock_start(&mock);
    CHECK_OK(systemd_start_scope(scope, 4711, &error), &error);
    check_record(&mock, expected);
}

static void scope_in_slice(const void *argument)
{
    struct config_resources resources = {0};
    struct systemd_scope scope = scope_of(&resources);

    (void)argument;
    start_and_check(&scope, START_PLAIN);
}

static void slice_in_slice(const void *argument)
{
    struct config_resources resources = {0};
    struct systemd_scope scope = scope_of(&resources);

    (void)argument;
    scope.unit = "holdfast-test.slice";
    scope.is_unified = false;
    start_and_check(&scope, "StartTransientUnit \"holdfast-test.slice\" " START(
                                "(\"Wants\" <[\"system.slice\"]>)", "BlockIOAccounting", DEVICES));
}

static void of_the_user(const void *argument)
{
    struct config_resources resources = {0};
    struct systemd_scope scope = scope_of(&resources);

    (void)argument;
    scope.user = true;
    start_and_check(&scope, START_PLAIN);
}

static void without_bus(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_resources resources = {0};
    struct systemd_scope scope = scope_of(&resources);
    struct mock mock = {0};

    (void)argument;
    mock_start_private(&mock);
    scope.user = true;
    CHECK_OK(systemd_start_scope(&scope, 4711, &error), &error);
    check_record(&mock, START_PLAIN);
}

/* Updates, one a line: what SetUnitProperties gets. */
struct update_case {
    struct config_resources resources;
    bool is_legacy;
    const char *properties; /* NULL: there is nothing to be said, and no call */
};

#define GIVEN(number)                                                                                        \
    {                                                                                                        \
        true, number                                                                                         \
    }

static struct config_key_value cpu_max[] = {{"cpu.max", "15000 100000"}};
static struct config_key_value cpu_max_only[] = {{"cpu.max", "max"}};
static struct config_key_value files_of_unified[] = {
    {"memory.max", "max"}, {"memory.high", "4096"},  {"memory.min", "1"},       {"memory.low", "2"},
    {"cpu.weight", "77"},  {"memory.swap.max", "3"}, {"cpuset.cpus", "1,9-10"}, {"cpuset.mems", "0"},
    {"pids.max", "max"},   {"io.weight", "100"},
};
static struct config_device_rule everything[] = {{.allow = true, .type = 'a'}};
static struct config_device_rule some_devices[] = {
    {.allow = false, .type = 'a'},
    {.allow = true, .type = 'c', .major = GIVEN(10), .read = true},
    {.allow = true, .type = 'c', .minor = GIVEN(4), .read = true},
    {.allow = true, .type = 'b', .major = GIVEN(8), .minor = GIVEN(1), .read = true, .write = true},
};
static struct config_device_rule all_but_one[] = {
    {.allow = true, .type = 'a'},
    {.allow = false, .type = 'b', .major = GIVEN(8), .minor = GIVEN(1)},
};

static const struct update_case updates[] = {
    {{0}, false, NULL},
    {{.memory.limit = GIVEN(1000)}, false, "(\"MemoryMax\" <1000>)"},
    {{.memory.limit = GIVEN(1000)}, true, "(\"MemoryLimit\" <1000>)"},
    {{.memory.limit = GIVEN(0)}, false, NULL},
    {{.memory.limit = GIVEN(-1)}, false, "(\"MemoryMax\" <" INFINITE ">) (\"MemorySwapMax\" <" INFINITE ">)"},
    {{.memory.limit = GIVEN(1000), .memory.swap = GIVEN(1500), .memory.reservation = GIVEN(500)},
     false,
     "(\"MemoryMax\" <1000>) (\"MemoryLow\" <500>) (\"MemorySwapMax\" <500>)"},
    {{.memory.limit = GIVEN(1000), .memory.swap = GIVEN(1000)},
     false,
     "(\"MemoryMax\" <1000>) (\"MemorySwapMax\" <0>)"},
    {{.memory.swap = GIVEN(-1)}, false, "(\"MemorySwapMax\" <" INFINITE ">)"},
    {{.cpu.shares = GIVEN(2)}, false, "(\"CPUWeight\" <1>)"},
    {{.cpu.shares = GIVEN(1024)}, false, "(\"CPUWeight\" <39>)"},
    {{.cpu.shares = GIVEN(262144)}, false, "(\"CPUWeight\" <10000>)"},
    {{.cpu.shares = GIVEN(1024)}, true, "(\"CPUShares\" <1024>)"},
    {{.cpu.quota = GIVEN(50000)}, false, "(\"CPUQuotaPerSecUSec\" <500000>)"},
    {{.cpu.quota = GIVEN(-1)}, false, "(\"CPUQuotaPerSecUSec\" <" INFINITE ">)"},
    {{.cpu.quota = GIVEN(1001), .cpu.period = GIVEN(50000)},
     false,
     "(\"CPUQuotaPeriodUSec\" <50000>) (\"CPUQuotaPerSecUSec\" <30000>)"},
    {{.cpu.cpus = "0-2,9", .cpu.mems = "1"},
     false,
     "(\"AllowedCPUs\" <[0x07 0x02]>) (\"AllowedMemoryNodes\" <[0x02]>)"},
    {{.pids = GIVEN(7)}, false, "(\"TasksMax\" <7>)"},
    {{.pids = GIVEN(-1)}, true, "(\"TasksMax\" <" INFINITE ">)"},
    {{.unified = cpu_max, .unified_length = 1},
     false,
     "(\"CPUQuotaPeriodUSec\" <100000>) (\"CPUQuotaPerSecUSec\" <150000>)"},
    {{.unified = cpu_max, .unified_length = 1}, true, NULL},
    {{.unified = cpu_max_only, .unified_length = 1},
     false,
     "(\"CPUQuotaPeriodUSec\" <100000>) (\"CPUQuotaPerSecUSec\" <" INFINITE ">)"},
    {{.unified = files_of_unified, .unified_length = ARRAY_LENGTH(files_of_unified)},
     false,
     "(\"MemoryMax\" <" INFINITE ">) (\"MemoryHigh\" <4096>) (\"MemoryMin\" <1>) (\"MemoryLow\" <2>) "
     "(\"CPUWeight\" <77>) (\"MemorySwapMax\" <3>) (\"AllowedCPUs\" <[0x02 0x06]>) "
     "(\"AllowedMemoryNodes\" <[0x01]>) (\"TasksMax\" <" INFINITE ">)"},
    {{.devices = everything, .devices_length = 1},
     false,
     "(\"DevicePolicy\" <\"auto\">) (\"DeviceAllow\" <[]>)"},
    {{.devices = all_but_one, .devices_length = 2},
     false,
     "(\"DevicePolicy\" <\"strict\">) (\"DeviceAllow\" <[]>)"},
    {{.devices = some_devices, .devices_length = 4},
     false,
     "(\"DevicePolicy\" <\"strict\">) (\"DeviceAllow\" <[]>) (\"DeviceAllow\" <[(\"char-misc\" \"r\") "
     "(\"/dev/block/8:1\" \"rw\") (\"char-*\" \"m\") (\"block-*\" \"m\") (\"/dev/char/1:3\" \"rwm\") "
     "(\"/dev/char/1:5\" \"rwm\") (\"/dev/char/1:7\" \"rwm\") (\"/dev/char/1:8\" \"rwm\") "
     "(\"/dev/char/1:9\" \"rwm\") (\"/dev/char/5:0\" \"rwm\") (\"/dev/char/5:2\" \"rwm\") "
     "(\"/dev/char/10:200\" \"rwm\") (\"char-pts\" \"rwm\")]>)"},
};

static void all_updates(const void *argument)
{
    CLEANUP_FREE char *expected = NULL;
    CLEANUP_ERROR struct error error = {0};
    struct mock mock = {0};
    size_t size;
    FILE *stream;

    (void)argument;
    mock_start(&mock);
    stream = open_memstream(&expected, &size);
    CHECK(stream);
    for (size_t i = 0; i < ARRAY_LENGTH(updates); i++) {
        struct systemd_scope scope = scope_of(&updates[i].resources);

        scope.is_unified = !updates[i].is_legacy;
        if (updates[i].properties)
            fprintf(stream, "SetUnitProperties \"" UNIT "\" true [%s]\n", updates[i].properties);
        CHECK_OK(systemd_update_scope(&scope, &error), &error);
    }
    CHECK(fclose(stream) == 0);
    check_record(&mock, expected);
}

static struct config_key_value wrong_number[] = {{"memory.max", "12x"}};
static struct config_key_value wrong_quota[] = {{"cpu.max", "1 2 3"}};

/* These fail before systemd is asked, so there is none. */
static const struct {
    struct config_resources resources;
    const char *message;
} wrong[] = {
    {{.memory.limit = GIVEN(-2)}, "linux.resources: -2 is no limit for MemoryMax"},
    {{.memory.swap = GIVEN(9)}, "linux.resources.memory.swap: a limit of swap needs one of memory"},
    {{.memory.limit = GIVEN(9), .memory.swap = GIVEN(8)},
     "linux.resources.memory.swap: the limit of memory and swap is below that of memory"},
    {{.cpu.cpus = "3-1"}, "linux.resources.cpu: is \"3-1\", but must be a list of numbers up to 8191"},
    {{.cpu.cpus = "1,x"}, "is \"1,x\", but must be a list"},
    {{.cpu.mems = "8192"}, "is \"8192\", but must be a list"},
    {{.unified = wrong_number, .unified_length = 1},
     "linux.resources.unified.memory.max: \"12x\" is neither \"max\" nor a number"},
    {{.unified = wrong_quota, .unified_length = 1},
     "linux.resources.unified.cpu.max: \"1 2 3\" is no quota and period"},
};

static void wrong_values(const void *argument)
{
    (void)argument;
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
        CLEANUP_ERROR struct error error = {0};
        struct systemd_scope scope = scope_of(&wrong[i].resources);

        CHECK(systemd_update_scope(&scope, &error) == -EINVAL);
        CHECK(error_says(&error, wrong[i].message));
    }
}

/* A failed unit of the name is forgotten, and the start tried again. */
static void unit_left_behind(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_resources resources = {0};
    struct systemd_scope scope = scope_of(&resources);
    struct mock mock = {.behaviour = {.times_unit_exists = 1}};

    (void)argument;
    mock_start(&mock);
    CHECK_OK(systemd_start_scope(&scope, 4711, &error), &error);
    check_record(&mock, START_PLAIN "ResetFailedUnit \"" UNIT "\"\n" START_PLAIN);
}

static void unit_in_use(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_resources resources = {0};
    struct systemd_scope scope = scope_of(&resources);
    struct mock mock = {.behaviour = {.times_unit_exists = 2}};

    (void)argument;
    mock_start(&mock);
    CHECK(systemd_start_scope(&scope, 4711, &error) == -EEXIST);
    CHECK(error_says(&error,
                     "systemd refuses unit " UNIT ": Unit was already loaded.: StartTransientUnit: "
                     "EEXIST (File exists); end what runs in it, or choose another ID: systemctl stop"));
}

static void job_fails(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_resources resources = {0};
    struct systemd_scope scope = scope_of(&resources);
    struct mock mock = {.behaviour = {.result = "failed"}};

    (void)argument;
    mock_start(&mock);
    CHECK(systemd_start_scope(&scope, 4711, &error) == -EIO);
    CHECK(error_says(&error, "systemd's job for unit " UNIT " ended as \"failed\""));
    check_record(&mock, START_PLAIN "ResetFailedUnit \"" UNIT "\"\n");
}

static void stops(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_resources resources = {0};
    struct systemd_scope scope = scope_of(&resources);
    struct mock mock = {0};

    (void)argument;
    mock_start(&mock);
    CHECK_OK(systemd_stop_scope(&scope, &error), &error);
    check_record(&mock, "StopUnit \"" UNIT "\" \"replace\"\nResetFailedUnit \"" UNIT "\"\n");
}

static void stops_nothing(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_resources resources = {0};
    struct systemd_scope scope = scope_of(&resources);
    struct mock mock = {.behaviour = {.no_such_unit = true}};

    (void)argument;
    mock_start(&mock);
    CHECK_OK(systemd_stop_scope(&scope, &error), &error);
    CHECK(!error.text);
}

static void no_systemd(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_resources resources = {0};
    struct systemd_scope scope = scope_of(&resources);

    (void)argument;
    scope.user = true;
    CHECK(setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/holdfast-test", 1) == 0);
    CHECK(setenv("XDG_RUNTIME_DIR", "/nonexistent", 1) == 0);
    CHECK(systemd_start_scope(&scope, 4711, &error) == -ENOENT);
    CHECK(error_says(&error,
                     "cannot reach systemd: sd_bus_open_user: ENOENT (No such file or directory); use "
                     "--cgroup-manager cgroupfs where systemd is not running; XDG_RUNTIME_DIR"));
}

#define TEST(body)                                                                                           \
    static void test_##body(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_child(body, NULL);                                                                                \
    }

TEST(scope_in_slice)
TEST(slice_in_slice)
TEST(of_the_user)
TEST(without_bus)
TEST(all_updates)
TEST(wrong_values)
TEST(unit_left_behind)
TEST(unit_in_use)
TEST(job_fails)
TEST(stops)
TEST(stops_nothing)
TEST(no_systemd)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scope_in_slice),   cmocka_unit_test(test_slice_in_slice),
        cmocka_unit_test(test_of_the_user),      cmocka_unit_test(test_without_bus),
        cmocka_unit_test(test_all_updates),      cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_unit_left_behind), cmocka_unit_test(test_unit_in_use),
        cmocka_unit_test(test_job_fails),        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_stops_nothing),    cmocka_unit_test(test_no_systemd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
