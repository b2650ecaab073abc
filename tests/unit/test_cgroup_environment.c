/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's cgroups from the texts of /proc/PID/cgroup and /proc/PID/mountinfo. */
#include "config_helpers.h"

#include "kernel/cgroup_environment.h"

#define MOUNT_LINE(root, point, type, options)                                                               \
    "31 23 0:28 " root " " point " rw,relatime shared:9 - " type " cgroup " options "\n"

/* One case: the two texts, and what is found: "UNIFIED; NAME CONTROLLERS OWN; ...". */
struct environment_case {
    const char *cgroups, *mountinfo, *found;
};

static const struct environment_case cases[] = {
    {"", "", "-;"},
    /* hybrid, in the order of the mounts, with other file systems in between */
    {"9:name=systemd:/user\n2:cpu,cpuacct:/\n0::/x\n",
     MOUNT_LINE("/", "/sys/fs/cgroup", "tmpfs", "rw,mode=755")
         MOUNT_LINE("/", "/sys/fs/cgroup/unified", "cgroup2", "rw,nsdelegate")
             MOUNT_LINE("/", "/sys/fs/cgroup/cpu,cpuacct", "cgroup", "rw,cpu,cpuacct")
                 MOUNT_LINE("/", "/sys/fs/cgroup/systemd", "cgroup", "rw,xattr,name=systemd"),
     "/sys/fs/cgroup/unified; cpu,cpuacct cpu,cpuacct /sys/fs/cgroup/cpu,cpuacct; "
     "systemd name=systemd /sys/fs/cgroup/systemd/user;"},
    /* the directory's name is the host's business, and so is the order of the words */
    {"2:cpu,cpuacct:/a\n", MOUNT_LINE("/", "/cg/both", "cgroup", "rw,noprefix,cpuacct,cpu"),
     "-; both cpu,cpuacct /cg/both/a;"},
    /* a hierarchy counts once, the first mount of it; the last line may lack its newline */
    {"1:cpu:/", MOUNT_LINE("/", "/cg/cpu", "cgroup", "rw,cpu") MOUNT_LINE("/", "/other", "cgroup", "rw,cpu"),
     "-; cpu cpu /cg/cpu;"},
    /* a controller's name is a whole word */
    {"2:cpuacct:/\n3:cpu:/c\n", MOUNT_LINE("/", "/cg/cpu", "cgroup", "rw,cpu"), "-; cpu cpu /cg/cpu/c;"},
    {"2:cpu:/\n", MOUNT_LINE("/", "/cg/x", "cgroup", "rw,cpuset"), "-;"},
    /* a mount that shows a part of the hierarchy: from there on, or not at all */
    {"1:pids:/a/b\n", MOUNT_LINE("/a", "/cg/pids", "cgroup", "rw,pids"), "-; pids pids /cg/pids/b;"},
    {"1:pids:/a\n", MOUNT_LINE("/a", "/cg/pids", "cgroup", "rw,pids"), "-; pids pids /cg/pids;"},
    {"1:pids:/ab\n", MOUNT_LINE("/a", "/cg/pids", "cgroup", "rw,pids"), "-; pids pids -;"},
    {"1:pids:/\n", MOUNT_LINE("/../..", "/cg/pids", "cgroup", "rw,pids"), "-; pids pids -;"},
    /* a path may have colons, blanks and commas */
    {"1:pids:/a:b c,d\n", MOUNT_LINE("/", "/cg/pids", "cgroup", "rw,pids"), "-; pids pids /cg/pids/a:b c,d;"},
    /* mounted hierarchies without a line, and lines that are none */
    {"nonsense\n\n4\n5:\n0::/\n", MOUNT_LINE("/", "/cg/pids", "cgroup", "rw,pids"), "-;"},
};

static char *describe(const struct cgroup_environment *environment)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    fprintf(out, "%s;", environment->unified ? environment->unified : "-");
    for (size_t i = 0; i < environment->length; i++) {
        const struct cgroup_hierarchy *hierarchy = &environment->hierarchies[i];

        fprintf(out, " %s %s %s;", hierarchy->name, hierarchy->controllers,
                hierarchy->own ? hierarchy->own : "-");
    }
    assert_int_equal(fclose(out), 0);
    return text;
}

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_CGROUP_ENVIRONMENT struct cgroup_environment environment = {0};
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_FREE char *mountinfo = strdup(cases[i].mountinfo);
        CLEANUP_FREE char *found = NULL;

        assert_non_null(mountinfo);
        assert_int_equal(cgroup_environment_parse(&environment, cases[i].cgroups, mountinfo, &error), 0);
        assert_false(environment.is_unified);
        found = describe(&environment);
        assert_string_equal(found, cases[i].found);
    }
}

/* On a unified machine what is mounted over does not count. */
static void test_unified_own(void **state)
{
    static const struct {
        bool is_unified;
        const char *cgroups, *mountinfo, *own; /* NULL: not shown */
    } cases_of_own[] = {
        {false, "1:cpu:/\n0::/x\n", MOUNT_LINE("/", "/u", "cgroup2", "rw"), "/u/x"},
        {false, "0::/\n", MOUNT_LINE("/", "/u", "cgroup2", "rw"), "/u"},
        {false, "0::/a/b\n", MOUNT_LINE("/a", "/u", "cgroup2", "rw"), "/u/b"},
        {false, "0::/b\n", MOUNT_LINE("/a", "/u", "cgroup2", "rw"), NULL},
        {false, "10::/b\n", MOUNT_LINE("/", "/u", "cgroup2", "rw"), NULL},
        {true, "1:cpu:/\n0::/x\n",
         MOUNT_LINE("/", "/sys/fs/cgroup/cpu", "cgroup", "rw,cpu")
             MOUNT_LINE("/", "/sys/fs/cgroup/unified", "cgroup2", "rw")
                 MOUNT_LINE("/", "/sys/fs/cgroup", "cgroup2", "rw"),
         "/sys/fs/cgroup/x"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases_of_own); i++) {
        CLEANUP_CGROUP_ENVIRONMENT struct cgroup_environment environment = {.is_unified =
                                                                                cases_of_own[i].is_unified};
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_FREE char *mountinfo = strdup(cases_of_own[i].mountinfo);

        assert_non_null(mountinfo);
        assert_int_equal(cgroup_environment_parse(&environment, cases_of_own[i].cgroups, mountinfo, &error),
                         0);
        assert_int_equal(environment.length, 0);
        if (cases_of_own[i].own)
            assert_string_equal(environment.unified_own, cases_of_own[i].own);
        else
            assert_null(environment.unified_own);
    }
}

static void test_malformed_mount_table(void **state)
{
    static const struct cgroup_environment empty;
    struct cgroup_environment environment = {0};
    CLEANUP_ERROR struct error error = {0};
    char mountinfo[] = "31 23 0:28 / /sys/fs/cgroup rw\n";

    (void)state;
    assert_int_equal(cgroup_environment_parse(&environment, "", mountinfo, &error), -EINVAL);
    assert_error_line(&error, "line 1 of the mount table is malformed");
    assert_memory_equal(&environment, &empty, sizeof(environment));
}

/* This machine's: either kind, and every hierarchy with a name and controllers. */
static void test_read(void **state)
{
    CLEANUP_CGROUP_ENVIRONMENT struct cgroup_environment environment = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    assert_int_equal(cgroup_environment_read(&environment, &error), 0);
    if (environment.is_unified)
        assert_string_equal(environment.unified, "/sys/fs/cgroup");
    for (size_t i = 0; i < environment.length; i++) {
        assert_false(environment.is_unified);
        assert_true(*environment.hierarchies[i].name);
        assert_true(*environment.hierarchies[i].controllers);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_unified_own),
        cmocka_unit_test(test_malformed_mount_table),
        cmocka_unit_test(test_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
