/* SPDX-License-Identifier: Apache-2.0 */
/* What mounts of type "cgroup" and "cgroup2" become on each kind of machine. */
#include "plan_helpers.h"

#include "kernel/cgroup_environment.h"

#define CGROUP(type, options)                                                                                \
    "'mounts':[{'destination':'/sys/fs/cgroup','type':'" type "','source':'cgroup','options':[" options "]}" \
    "]"
#define NAMESPACES(namespaces) ",'linux':{'namespaces':[" namespaces "]}"
#define IDS "'uidMappings':[" ONE_ID "],'gidMappings':[" ONE_ID "]"
#define USER(namespaces) ",'linux':{'namespaces':[{'type':'user'}" namespaces "]," IDS "}"
#define OWN "{'type':'cgroup'}"
#define CONFIG(members) "{'ociVersion':'1.3.0','root':{'path':'r'}," members "}"

#define ORIGIN " (mounts[0])\n"
#define DEFAULT "nosuid nodev noexec"
#define TMPFS "mount /sys/fs/cgroup type tmpfs source tmpfs " DEFAULT " with mode=755" ORIGIN
#define SEALED "change /sys/fs/cgroup ro" ORIGIN
#define LINKS                                                                                                \
    "link /sys/fs/cgroup/cpu to cpu,cpuacct" ORIGIN "link /sys/fs/cgroup/cpuacct to cpu,cpuacct" ORIGIN
#define MOUNTED(name, source, attributes, parameters)                                                        \
    "mount /sys/fs/cgroup/" name " type cgroup source " source " " attributes " with " parameters ORIGIN
#define BOUND(name, own, rest) "bind /sys/fs/cgroup/" name " from " own " recursive" rest " rprivate" ORIGIN

#define ALL_MOUNTED(attributes)                                                                              \
    MOUNTED("cpu,cpuacct", "cgroup", attributes, "cpu,cpuacct")                                              \
    MOUNTED("systemd", "systemd", attributes, "name=systemd") MOUNTED("pids", "cgroup", attributes, "pids")
#define ALL_BOUND(rest)                                                                                      \
    BOUND("cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/own", rest)                                             \
    BOUND("systemd", "/sys/fs/cgroup/systemd", rest) BOUND("pids", "/sys/fs/cgroup/pids/a", rest)

static struct cgroup_hierarchy hierarchies[] = {
    {"cpu,cpuacct", "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/own", "/sys/fs/cgroup/cpu,cpuacct"},
    {"systemd", "name=systemd", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/systemd"},
    {"pids", "pids", "/sys/fs/cgroup/pids/a", "/sys/fs/cgroup/pids"},
};
static struct cgroup_hierarchy hidden[] = {{"pids", "pids", NULL, "/sys/fs/cgroup/pids"}};

static const struct cgroup_environment legacy = {.hierarchies = hierarchies, .length = 3};
static const struct cgroup_environment hybrid = {
    .unified = "/sys/fs/cgroup/unified", .hierarchies = hierarchies, .length = 3};
static const struct cgroup_environment unified = {.is_unified = true, .unified = "/sys/fs/cgroup"};
static const struct cgroup_environment without_own = {.hierarchies = hidden, .length = 1};
static const struct cgroup_environment nothing_mounted;

static struct plan_environment machine(const struct cgroup_environment *cgroups)
{
    return (struct plan_environment){.initial_user_namespace = true, .cgroups = cgroups};
}

static const struct plan_case hierarchies_cases[] = {
    {CONFIG(CGROUP("cgroup", "") NAMESPACES(OWN)), "mounts[0]", TMPFS ALL_MOUNTED(DEFAULT) LINKS},
    {CONFIG(CGROUP("cgroup", "'ro'") NAMESPACES(OWN)), "mounts[0]",
     TMPFS ALL_MOUNTED("ro " DEFAULT) LINKS SEALED},
    {CONFIG(CGROUP("cgroup", "'ro','rw','rro','rnoatime'") NAMESPACES(OWN)), "mounts[0]",
     TMPFS ALL_MOUNTED("ro " DEFAULT " noatime") LINKS SEALED},
    {CONFIG(CGROUP("cgroup", "")), "mounts[0]", TMPFS ALL_BOUND("") LINKS},
    {CONFIG(CGROUP("cgroup", "'ro','nosuid'")), "mounts[0]", TMPFS ALL_BOUND(" ro nosuid") LINKS SEALED},
    {CONFIG(CGROUP("cgroup", "") USER("," OWN)), "mounts[0]", TMPFS ALL_MOUNTED(DEFAULT) LINKS},
    /* CVE-2023-25809 */
    {CONFIG(CGROUP("cgroup", "") USER("")), "mounts[0]", TMPFS ALL_BOUND(" rro") LINKS SEALED},
    {CONFIG(CGROUP("cgroup", "'rw'") USER("")), "mounts[0]", TMPFS ALL_BOUND(" rro") LINKS SEALED},
    {CONFIG(CGROUP("cgroup", "'rrw'") USER("")), "mounts[0]", TMPFS ALL_BOUND(" rro") LINKS SEALED},
};

static void test_hierarchies(void **state)
{
    const struct plan_environment machines[] = {machine(&legacy), machine(&hybrid)};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(machines); i++)
        check_plan_cases(hierarchies_cases, ARRAY_LENGTH(hierarchies_cases), &machines[i]);
}

#define UNIFIED_MOUNT(rest) "mount /sys/fs/cgroup type cgroup2 source " rest ORIGIN
#define UNIFIED_BIND(rest) "bind /sys/fs/cgroup from /sys/fs/cgroup recursive" rest " rprivate" ORIGIN

static const struct plan_case unified_cases[] = {
    {CONFIG(CGROUP("cgroup", "") NAMESPACES(OWN)), "mounts[0]", UNIFIED_MOUNT("cgroup")},
    {CONFIG(CGROUP("cgroup2", "'ro','nosuid'") NAMESPACES(OWN)), "mounts[0]",
     UNIFIED_MOUNT("cgroup ro nosuid")},
    {CONFIG(CGROUP("cgroup", "'nsdelegate'") NAMESPACES(OWN)), "mounts[0]",
     UNIFIED_MOUNT("cgroup with nsdelegate")},
    /* a source that is a path must not make it a mount of the host's side */
    {CONFIG("'mounts':[{'destination':'/c','type':'cgroup','source':'/sys/fs/cgroup'}]" NAMESPACES(OWN)),
     "mounts[0]", "mount /c type cgroup2 source cgroup2" ORIGIN},
    {CONFIG(CGROUP("cgroup", "'ro','noexec'")), "mounts[0]", UNIFIED_BIND(" ro noexec")},
    {CONFIG(CGROUP("cgroup2", "'rw'") USER("," OWN)), "mounts[0]", UNIFIED_MOUNT("cgroup")},
    {CONFIG(CGROUP("cgroup2", "'rw'") USER("")), "mounts[0]", UNIFIED_BIND(" rro")},
};

static void test_unified(void **state)
{
    const struct plan_environment environment = machine(&unified);

    (void)state;
    check_plan_cases(unified_cases, ARRAY_LENGTH(unified_cases), &environment);
}

/* Beside the hierarchies of version 1, "cgroup2" is the unified one. */
static void test_cgroup2_on_hybrid(void **state)
{
    static const struct plan_case with_mount[] = {
        {CONFIG(CGROUP("cgroup2", "'ro'")), "mounts[0]",
         "bind /sys/fs/cgroup from /sys/fs/cgroup/unified recursive ro rprivate" ORIGIN},
        {CONFIG(CGROUP("cgroup2", "'ro'") NAMESPACES(OWN)), "mounts[0]", UNIFIED_MOUNT("cgroup ro")},
    };
    static const struct plan_case without_mount[] = {
        {CONFIG(CGROUP("cgroup2", "'ro'")), "mounts[0]", UNIFIED_MOUNT("cgroup ro")},
    };
    const struct plan_environment machines[] = {machine(&hybrid), machine(&legacy)};

    (void)state;
    check_plan_cases(with_mount, ARRAY_LENGTH(with_mount), &machines[0]);
    check_plan_cases(without_mount, ARRAY_LENGTH(without_mount), &machines[1]);
}

/* In an outer user namespace the configuration need not have one of its own. */
static void test_outer_user_namespace(void **state)
{
    static const struct plan_case inner[] = {
        {CONFIG(CGROUP("cgroup", "'rw'")), "mounts[0]", UNIFIED_BIND(" rro")},
        {CONFIG(CGROUP("cgroup", "'rw'") NAMESPACES(OWN)), "mounts[0]", UNIFIED_MOUNT("cgroup")},
    };
    struct plan_environment environment = machine(&unified);

    (void)state;
    environment.initial_user_namespace = false;
    check_plan_cases(inner, ARRAY_LENGTH(inner), &environment);
}

/* The tmpfs is a file system with a label, the hierarchies are not. */
static void test_selinux(void **state)
{
    static const struct plan_case labelled[] = {
        {CONFIG(CGROUP("cgroup", "") ",'linux':{'mountLabel':'u:r:t:s0'}"), "mounts[0]",
         "mount /sys/fs/cgroup type tmpfs source tmpfs " DEFAULT
         " with mode=755,context=u:r:t:s0" ORIGIN ALL_BOUND("") LINKS},
    };
    struct plan_environment environment = machine(&hybrid);

    (void)state;
    environment.selinux = true;
    check_plan_cases(labelled, ARRAY_LENGTH(labelled), &environment);
}

static void test_nothing_mounted(void **state)
{
    static const struct plan_case empty[] = {
        {CONFIG(CGROUP("cgroup", "'ro'")), "mounts[0]", TMPFS SEALED},
    };
    const struct plan_environment environment = machine(&nothing_mounted);

    (void)state;
    check_plan_cases(empty, ARRAY_LENGTH(empty), &environment);
}

/* The strings of the environment need not outlive the compilation. */
static void test_environment_may_go(void **state)
{
    char name[] = "cpu,cpuacct", controllers[] = "cpu,cpuacct", own[] = "/cg/own";
    struct cgroup_hierarchy hierarchy = {name, controllers, own, "/cg"};
    const struct cgroup_environment cgroups = {.hierarchies = &hierarchy, .length = 1};
    const struct plan_environment environment = machine(&cgroups);
    const char *json[] = {CONFIG(CGROUP("cgroup", "")), CONFIG(CGROUP("cgroup", "") NAMESPACES(OWN))};
    const char *lines[] = {TMPFS BOUND("cpu,cpuacct", "/cg/own", "") LINKS,
                           TMPFS MOUNTED("cpu,cpuacct", "cgroup", DEFAULT, "cpu,cpuacct") LINKS};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(json); i++) {
        CLEANUP_CONFIG struct config config = {0};
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_PLAN struct plan plan = {0};
        CLEANUP_FREE char *text = NULL;

        strcpy(name, "cpu,cpuacct");
        strcpy(controllers, name);
        strcpy(own, "/cg/own");
        read_config(&config, json[i]);
        assert_int_equal(plan_compile(&plan, &config, &environment, &error), 0);
        memset(name, 'x', sizeof(name) - 1);
        memset(controllers, 'x', sizeof(controllers) - 1);
        memset(own, 'x', sizeof(own) - 1);
        text = plan_text(&plan, "mounts[0]");
        assert_string_equal(text, lines[i]);
    }
}

static void assert_refused_on(const struct cgroup_environment *cgroups, const char *json, const char *line)
{
    const struct plan_environment environment = machine(cgroups);
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};
    struct plan plan;
    int status;

    read_config(&config, json);
    status = plan_compile(&plan, &config, &environment, &error);
    assert_true(status < 0);
    assert_int_equal(status, -error.code);
    assert_error_line(&error, line);
}

#define PLACE "config.json:1: mounts[0] (/sys/fs/cgroup): "
#define CANNOT_APPLY(word)                                                                                   \
    PLACE "option \"" word                                                                                   \
          "\" can't be applied: the hierarchy is the whole machine's; leave it out, or set it "              \
          "where the machine mounts its cgroups"

static void test_refused(void **state)
{
    (void)state;
    assert_refused_on(&unified, CONFIG(CGROUP("cgroup", "'nsdelegate'")), CANNOT_APPLY("nsdelegate"));
    assert_refused_on(&hybrid, CONFIG(CGROUP("cgroup", "'cpu'") NAMESPACES(OWN)), CANNOT_APPLY("cpu"));
    assert_refused_on(&hybrid, CONFIG(CGROUP("cgroup", "'sync'")), CANNOT_APPLY("sync"));
    assert_refused_on(&unified, CONFIG(CGROUP("cgroup", "'z'")),
                      PLACE "options \"z\" and \"Z\" are for bind mounts only");
    assert_refused_on(&hybrid, CONFIG(CGROUP("cgroup", "'idmap'")), PLACE "an idmap is for bind mounts only");
    assert_refused_on(&without_own, CONFIG(CGROUP("cgroup", "")),
                      PLACE
                      "the mount of the cgroup hierarchy pids does not show holdfast's own cgroup; add { "
                      "\"type\": \"cgroup\" } to linux.namespaces");
    assert_refused_on(NULL, CONFIG(CGROUP("cgroup", "")), PLACE "the machine's cgroups are not known");
}

/* Only a configuration that mounts cgroups makes holdfast look at the machine's. */
static void test_needs_cgroups(void **state)
{
    static const struct {
        const char *json;
        bool needs;
    } needs_cases[] = {
        {CONFIG(CGROUP("cgroup", "")), true},
        {CONFIG(CGROUP("cgroup2", "")), true},
        {CONFIG(CGROUP("tmpfs", "")), false},
        {CONFIG("'mounts':[{'destination':'/sys/fs/cgroup','source':'/','options':['bind']}]"), false},
        {CONFIG("'mounts':[]"), false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(needs_cases); i++) {
        CLEANUP_CONFIG struct config config = {0};

        read_config(&config, needs_cases[i].json);
        assert_int_equal(plan_needs_cgroups(&config), needs_cases[i].needs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hierarchies),
        cmocka_unit_test(test_unified),
        cmocka_unit_test(test_cgroup2_on_hybrid),
        cmocka_unit_test(test_outer_user_namespace),
        cmocka_unit_test(test_selinux),
        cmocka_unit_test(test_nothing_mounted),
        cmocka_unit_test(test_environment_may_go),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_needs_cgroups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
