/* SPDX-License-Identifier: Apache-2.0 */
/* src/plan: what comes below /dev, and whose mount it is put into. */
#include "plan_helpers.h"

#define DEV "{'destination':'/dev','type':'tmpfs'}"
#define BOUND_DEV "{'destination':'/dev','type':'bind','source':'/dev'}"
#define PTS "{'destination':'/dev/pts','type':'devpts'}"
#define BOUND_PTS "{'destination':'/dev/pts','type':'bind','source':'/dev/pts'}"
#define DEVICES(mounts, devices) TOP("'mounts':[" mounts "],'linux':{'devices':[" devices "]}")
#define TERMINAL(mounts)                                                                                     \
    TOP("'mounts':[" mounts "],'process':{'args':['a'],'cwd':'/','terminal':true,"                           \
        "'user':{'uid':1000,'gid':100}}")
#define CONSOLE "console /dev/console owner 1000:100"

#define NODE(name, numbers) "device /dev/" name " c " numbers " mode 0666 owner 0:0 (default device)\n"
#define NODES_BUT_NULL                                                                                       \
    NODE("zero", "1:5") NODE("full", "1:7") NODE("random", "1:8") NODE("urandom", "1:9") NODE("tty", "5:0")
#define LINK(name, to) "link /dev/" name " to " to " (default link)\n"
#define LINKS                                                                                                \
    LINK("ptmx", "pts/ptmx")                                                                                 \
    LINK("fd", "/proc/self/fd")                                                                              \
    LINK("stdin", "/proc/self/fd/0")                                                                         \
    LINK("stdout", "/proc/self/fd/1")                                                                        \
    LINK("stderr", "/proc/self/fd/2") LINK("core", "/proc/kcore if /proc/kcore exists")
#define CONFIGURED(line) line " (linux.devices[0])\n"

static const struct plan_case devices[] = {
    {TOP("'mounts':[]"), "default device", NODE("null", "1:3") NODES_BUT_NULL},
    {TOP("'mounts':[]"), "default link", LINKS},
    {TOP("'mounts':[" DEV "]"), "default", NODE("null", "1:3") NODES_BUT_NULL LINKS},
    /* the host's /dev is left as it is */
    {TOP("'mounts':[" BOUND_DEV "]"), "default", ""},
    {DEVICES(BOUND_DEV, "{'path':'/dev/x','type':'c','major':9,'minor':8}"), "linux.devices", ""},
    {TOP("'mounts':[" BOUND_DEV "," DEV "]"), "default link", LINKS},
    {TOP("'mounts':[" DEV "," BOUND_DEV "]"), "default link", ""},
    {TOP("'mounts':[{'destination':'/dev/','type':'tmpfs'}]"), "default device",
     NODE("null", "1:3") NODES_BUT_NULL},
    /* a default device that is configured */
    {DEVICES(DEV, "{'path':'/dev/null','type':'c','major':1,'minor':3,'fileMode':384,'uid':1,'gid':2}"),
     "default device", NODES_BUT_NULL},
    {DEVICES(DEV, "{'path':'/dev/null','type':'c','major':1,'minor':3,'fileMode':384,'uid':1,'gid':2}"),
     "linux.devices", CONFIGURED("device /dev/null c 1:3 mode 0600 owner 1:2")},
    /* ptmx has to be the container's own */
    {DEVICES(DEV, "{'path':'/dev/ptmx','type':'c','major':5,'minor':2}"), "linux.devices", ""},
    {DEVICES(DEV, "{'path':'/dev/ptmx','type':'c','major':5,'minor':2}"), "default link", LINKS},
    {DEVICES(DEV, "{'path':'/dev/u','type':'u','major':4095,'minor':1048575}"), "linux.devices",
     CONFIGURED("device /dev/u c 4095:1048575 mode 0666 owner 0:0")},
    {DEVICES(DEV, "{'path':'/dev/sda','type':'b','major':8,'minor':0,'fileMode':0}"), "linux.devices",
     CONFIGURED("device /dev/sda b 8:0 mode 0000 owner 0:0")},
    {DEVICES(DEV, "{'path':'/srv/fifo','type':'p'}"), "linux.devices",
     CONFIGURED("device /srv/fifo p 0:0 mode 0666 owner 0:0")},
};

static void test_devices(void **state)
{
    (void)state;
    check_plan_cases(devices, ARRAY_LENGTH(devices), &plain_machine);
}

/* Nodes can't be made there; a FIFO can. */
static void test_devices_in_user_namespace(void **state)
{
    static const struct plan_case cases[] = {
        {DEVICES(DEV, "{'path':'/dev/fuse','type':'c','major':10,'minor':229}"), "linux.devices",
         CONFIGURED("bind /dev/fuse from /dev/fuse rprivate device c 10:229")},
        {DEVICES(DEV, "{'path':'/dev/sda','type':'b','major':8,'minor':0,'fileMode':0}"), "linux.devices",
         CONFIGURED("bind /dev/sda from /dev/sda rprivate device b 8:0")},
        {DEVICES(DEV, "{'path':'/dev/fifo','type':'p','uid':3}"), "linux.devices",
         CONFIGURED("device /dev/fifo p 0:0 mode 0666 owner 3:0")},
    };
    const struct plan_environment environment = {.initial_user_namespace = false};

    (void)state;
    check_plan_cases(cases, ARRAY_LENGTH(cases), &environment);
}

/* Read-only comes when all is in /dev. */
static void test_sealed_dev(void **state)
{
    static const struct plan_case cases[] = {
        {TOP("'mounts':[{'destination':'/dev','type':'tmpfs','options':['ro','nosuid']}," PTS "],"
             "'process':{'args':['a'],'cwd':'/dev/w','terminal':true}"),
         "",
         "bind / from r recursive rprivate (root.path)\n"
         "mount /dev type tmpfs source tmpfs nosuid (mounts[0])\n"
         "mount /dev/pts type devpts source devpts (mounts[1])\n" NODE("null", "1:3") NODES_BUT_NULL LINKS
         "console /dev/console owner 0:0 (process.terminal)\n"
         "directory /dev/w mode 0755 (process.cwd)\n"
         "change /dev ro (mounts[0])\n"
         "switch / by pivot_root (root.path)\n"},
    };

    (void)state;
    check_plan_cases(cases, ARRAY_LENGTH(cases), &plain_machine);
}

static void test_console(void **state)
{
    static const struct plan_case cases[] = {
        {TERMINAL(DEV), "process", CONSOLE " (process.terminal)\n"},
        {TERMINAL(BOUND_DEV), "process", CONSOLE " (process.terminal)\n"},
        {TERMINAL(""), "process", CONSOLE " (process.terminal)\n"},
        {PROCESS("'terminal':false"), "process", ""},
    };
    static const struct plan_case labelled[] = {
        {TOP("'process':{'args':['a'],'cwd':'/','terminal':true},'linux':{'mountLabel':'u:r:t:s0'}"),
         "process", "console /dev/console owner 0:0 label u:r:t:s0 (process.terminal)\n"},
    };
    const struct plan_environment selinux = {.initial_user_namespace = true, .selinux = true};

    (void)state;
    check_plan_cases(cases, ARRAY_LENGTH(cases), &plain_machine);
    check_plan_cases(labelled, ARRAY_LENGTH(labelled), &selinux);
}

/* The operation of that kind, by what it comes from, in a plan that is compiled into *plan. */
static const struct operation *compile_and_find(struct plan *plan, struct config *config, const char *json,
                                                const char *origin)
{
    CLEANUP_ERROR struct error error = {0};

    read_config(config, json);
    assert_int_equal(plan_compile(plan, config, &plain_machine, &error), 0);
    for (size_t i = 0; i < plan->length; i++)
        if (strcmp(plan->operations[i].origin, origin) == 0)
            return &plan->operations[i];
    fail_msg("%s: nothing from %s", json, origin);
    return NULL;
}

/* Where the terminal is opened: the devpts that can be seen at /dev/pts in the end, or none. */
static void test_console_devpts(void **state)
{
    static const struct {
        const char *mounts;
        size_t devpts;
    } cases[] = {
        {TERMINAL(DEV "," PTS), 2},
        {TERMINAL(PTS), 1},
        {TERMINAL(DEV "," PTS "," PTS), 3},
        {TERMINAL("{'destination':'/dev/../dev/./pts/','type':'devpts'}"), 1},
        {TERMINAL(""), NO_OPERATION},
        {TERMINAL(DEV), NO_OPERATION},
        {TERMINAL(PTS "," DEV), NO_OPERATION},
        {TERMINAL(DEV "," PTS "," BOUND_PTS), NO_OPERATION},
        {TERMINAL(DEV "," PTS ",{'destination':'/dev/pts','type':'tmpfs'}"), NO_OPERATION},
        {TERMINAL(DEV "," BOUND_PTS), NO_OPERATION},
        {TERMINAL(DEV ",{'destination':'/srv','type':'devpts'}"), NO_OPERATION},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_CONFIG struct config config = {0};
        CLEANUP_PLAN struct plan plan = {0};
        const struct operation *console =
            compile_and_find(&plan, &config, cases[i].mounts, "process.terminal");

        assert_int_equal(console->console.devpts, cases[i].devpts);
        if (cases[i].devpts != NO_OPERATION)
            assert_true(plan.operations[cases[i].devpts].is_base);
    }
}

#define ONE_DEVICE(mounts, path) DEVICES(mounts, "{'path':'" path "','type':'c','major':9,'minor':8}")

/* CVE-2026-41579, CVE-2026-47766: an image's /dev may be a link; what is below it goes into our own mount. */
static void test_base_of_devices(void **state)
{
    static const struct {
        const char *json;
        size_t base;
        const char *target;
    } cases[] = {
        {ONE_DEVICE(DEV, "/dev/x"), 1, "/x"},
        {ONE_DEVICE(DEV, "/dev/a/b/x"), 1, "/a/b/x"},
        {ONE_DEVICE(DEV, "/dev//x"), 1, "/x"},
        {ONE_DEVICE(DEV, "/srv/../dev/x"), 1, "/x"},
        {ONE_DEVICE(DEV "," PTS "," DEV, "/dev/x"), 3, "/x"},
        {ONE_DEVICE("{'destination':'//dev/','type':'tmpfs'}", "/dev/x"), 1, "/x"},
        {ONE_DEVICE("{'destination':'dev','type':'tmpfs'}", "/dev/x"), 1, "/x"},
        {ONE_DEVICE(DEV, "/srv/x"), OPERATION_ROOT, "/srv/x"},
        {ONE_DEVICE(DEV, "/dev/../x"), OPERATION_ROOT, "/dev/../x"},
        {ONE_DEVICE(DEV, "/device/x"), OPERATION_ROOT, "/device/x"},
        {ONE_DEVICE("{'destination':'/device','type':'tmpfs'}", "/dev/x"), OPERATION_ROOT, "/dev/x"},
        {ONE_DEVICE("", "/dev/x"), OPERATION_ROOT, "/dev/x"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_CONFIG struct config config = {0};
        CLEANUP_PLAN struct plan plan = {0};
        const struct operation *device = compile_and_find(&plan, &config, cases[i].json, "linux.devices[0]");

        assert_int_equal(device->base, cases[i].base);
        assert_string_equal(device->target, cases[i].target);
        assert_true(plan.operations[cases[i].base].is_base);
    }
}

/* Links and the console go there as well; a bound /dev is a mount of ours, too. */
static void test_base_of_links_and_console(void **state)
{
    static const struct {
        const char *json, *origin, *target;
    } cases[] = {
        {TERMINAL(DEV), "default device", "/null"},
        {TERMINAL(DEV), "default link", "/ptmx"},
        {TERMINAL(DEV), "process.terminal", "/console"},
        {TERMINAL(BOUND_DEV), "process.terminal", "/console"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_CONFIG struct config config = {0};
        CLEANUP_PLAN struct plan plan = {0};
        const struct operation *found = compile_and_find(&plan, &config, cases[i].json, cases[i].origin);

        assert_int_equal(found->base, 1);
        assert_string_equal(found->target, cases[i].target);
    }
}

/* libcontainer's builder made it. */
static void test_kcore(void **state)
{
    CLEANUP_CONFIG struct config config = {0};

    (void)state;
    read_config(&config, TOP("'mounts':[" DEV "]"));
    config.dev_kcore = true;
    assert_plan_of(&config, &plain_machine, "default link",
                   LINKS LINK("kcore", "/proc/kcore if /proc/kcore exists"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_devices_in_user_namespace),
        cmocka_unit_test(test_sealed_dev),
        cmocka_unit_test(test_console),
        cmocka_unit_test(test_console_devpts),
        cmocka_unit_test(test_base_of_devices),
        cmocka_unit_test(test_base_of_links_and_console),
        cmocka_unit_test(test_kcore),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
