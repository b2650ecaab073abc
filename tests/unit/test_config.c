/* SPDX-License-Identifier: Apache-2.0 */
/* src/config: what a config.json becomes. */
#include "config/position.h"
#include "config_full.h"
#include "config_helpers.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/capability.h>
#include <sys/resource.h>

static void test_positions(void **state)
{
    static const char text[] = " {\"a\" : [ 1 , {\"b\\\"}\":2,\"c\":\"]\\\\\"} ,[]\n, true ],\"d\":{},"
                               "\"e.f\":{\"g[0].h\":7},\n\"i.j\":8 }";
    static const struct {
        const char *path, *value; /* the beginning of the value; NULL: the text does not have it */
    } cases[] = {
        {"", "{\"a\""}, {"a", "[ 1"},     {"a[0]", "1 "},  {"a[1]", "{\"b"},    {"a[1].c", "\"]\\\\\"}"},
        {"a[2]", "[]"}, {"a[3]", "true"}, {"a[4]", NULL},  {"a[2][0]", NULL},   {"d", "{}"},
        {"d.e", NULL},  {"e", NULL},      {"e.f", "{\"g"}, {"e.f.g[0].h", "7"}, {"e.f.g[0]", NULL},
        {"i.j", "8"},   {"a.b", NULL},    {"d[0]", NULL},  {"a[0].x", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const char *value = position_value(text, cases[i].path);

        if (!cases[i].value) {
            assert_null(value);
            continue;
        }
        assert_non_null(value);
        assert_memory_equal(value, cases[i].value, strlen(cases[i].value));
    }
    assert_int_equal(position_line(text, "a[1].c"), 1);
    assert_int_equal(position_line(text, "a[3]"), 2);
    assert_int_equal(position_line(text, "a[9]"), 1);
    assert_int_equal(position_line(text, "d.e"), 2);
    assert_int_equal(position_line(text, "e.f.x.y"), 2);
    assert_int_equal(position_line(text, "i.j"), 3);
}

/* What is unknown, empty or at the edge of what is allowed. */
static void test_accepted(void **state)
{
    static const char *const cases[] = {
        TOP("'annotations':{'a':'b'},'windows':{'x':1},'unknown':{'y':[1.5]}"),
        TOP("'mounts':null,'process':null,'linux':null,'hooks':null"),
        TOP("'hooks':{'prestart':[],'poststop':null},'hostname':'','annotations':{}"),
        LINUX("'resources':{},'cgroupsPath':'','sysctl':{},'intelRdt':null,'rootfsPropagation':''"),
        PROCESS("'consoleSize':'ignored','scheduler':null,'apparmorProfile':'','oomScoreAdj':null"),
        SECCOMP("'listenerPath':'','syscalls':[]"),
        DEVICE("'path':'/dev/x','type':'p'"),
        LINUX("'namespaces':[{'type':'user','path':'/proc/1/ns/user'}]"),
        LINUX("'namespaces':[{'type':'uts'}]},'hostname':'" TEXT_16 TEXT_16 TEXT_16 TEXT_16 "','x':{"),
        UID_RANGES(RANGE("0", "0", "4294967295")),
        UID_RANGES(RANGE("0", "100", "10") "," RANGE("10", "110", "5")),
        UID_RANGES(RANGE("10", "110", "5") "," RANGE("0", "100", "10")),
        MOUNT("'destination':'relative','options':[]"),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_CONFIG struct config config = {0};
        CLEANUP_ERROR struct error error = {0};

        if (read_quoted(&config, cases[i], &error) < 0) {
            CLEANUP_FREE char *line = error_format(&error);

            fail_msg("refused: %s: %s", cases[i], line);
        }
        assert_int_equal(error.code, 0);
    }
}

static void read_full(struct config *config)
{
    CLEANUP_ERROR struct error error = {0};

    if (read_quoted(config, full, &error) < 0) {
        CLEANUP_FREE char *line = error_format(&error);

        fail_msg("%s", line);
    }
}

static void test_reads_root_and_mounts(void **state)
{
    CLEANUP_CONFIG struct config config = {0};

    (void)state;
    read_full(&config);
    assert_string_equal(config.file, "config.json");
    assert_string_equal(config.rootfs, "rootfs");
    assert_null(config.bundle);
    assert_true(config.rootfs_readonly);
    assert_string_equal(config.hostname, "box");
    assert_string_equal(config.domainname, "example.org");
    assert_int_equal(config.mounts_length, 3);
    assert_string_equal(config.mounts[0].destination, "/proc");
    assert_string_equal(config.mounts[0].type, "proc");
    assert_string_equal(config.mounts[0].source, "proc");
    assert_int_equal(config.mounts[0].options.length, 0);
    assert_int_equal(config.mounts[0].uid_mappings.length, 0);
    assert_string_equal(config.mounts[1].destination, "data");
    assert_null(config.mounts[1].type);
    assert_string_equal(config.mounts[1].source, "/srv");
    assert_strings(&config.mounts[1].options, "rbind|ro");
    assert_mapping(&config.mounts[1].uid_mappings, 0, 0, 5, 2);
    assert_mapping(&config.mounts[1].gid_mappings, 0, 1, 6, 3);
    assert_string_equal(config.mounts[2].type, "none");
    assert_null(config.mounts[2].source);
    assert_false(config.no_pivot_root);
}

static void test_reads_process(void **state)
{
    CLEANUP_CONFIG struct config config = {0};
    const struct config_process *process = &config.process;

    (void)state;
    read_full(&config);
    assert_true(config.has_process && config.console);
    assert_strings(&process->args, "sh|-c|a b");
    assert_strings(&process->env, "A=b|C=");
    assert_string_equal(process->cwd, "/w");
    assert_true(process->terminal && process->has_console_size);
    assert_int_equal(process->console_rows, 24);
    assert_int_equal(process->console_columns, 80);
    assert_int_equal(process->uid, 1000);
    assert_int_equal(process->gid, 100);
    assert_true(process->has_umask);
    assert_int_equal(process->umask, 022);
    assert_int_equal(process->additional_gids_length, 2);
    assert_int_equal(process->additional_gids[0], 5);
    assert_int_equal(process->additional_gids[1], 4294967294);
    assert_true(process->capabilities.given);
    assert_true(process->capabilities.bounding == (1u << CAP_CHOWN | 1u << CAP_KILL));
    assert_true(process->capabilities.effective == 1u << CAP_KILL);
    assert_true(process->capabilities.inheritable == 0);
    assert_true(process->capabilities.permitted == 1u << CAP_KILL);
    assert_true(process->capabilities.ambient == 1u << CAP_SYS_ADMIN);
    assert_int_equal(process->rlimits_length, 2);
    assert_int_equal(process->rlimits[0].resource, RLIMIT_NOFILE);
    assert_string_equal(process->rlimits[0].name, "RLIMIT_NOFILE");
    assert_true(process->rlimits[0].soft == 1024 && process->rlimits[0].hard == 4096);
    assert_int_equal(process->rlimits[1].resource, RLIMIT_MEMLOCK);
    assert_true(process->rlimits[1].soft == 0 && process->rlimits[1].hard == INT64_MAX);
    assert_true(process->no_new_privileges);
}

static void test_reads_linux(void **state)
{
    CLEANUP_CONFIG struct config config = {0};

    (void)state;
    read_full(&config);
    assert_int_equal(config.namespaces_length, 6);
    assert_int_equal(config.namespaces[0].flag, CLONE_NEWNS);
    assert_string_equal(config.namespaces[0].name, "mount");
    assert_null(config.namespaces[0].path);
    assert_ptr_equal(config_namespace(&config, CLONE_NEWNET), &config.namespaces[3]);
    assert_string_equal(config.namespaces[3].path, "/run/netns/a");
    assert_null(config_namespace(&config, CLONE_NEWPID));
    assert_int_equal(config.uid_mappings.length, 2);
    assert_mapping(&config.uid_mappings, 0, 0, 1000, 1);
    assert_mapping(&config.uid_mappings, 1, 1, 100000, 9);
    assert_mapping(&config.gid_mappings, 0, 0, 100, 1);
    assert_int_equal(config.devices_length, 4);
    assert_device(&config.devices[0], "/dev/fuse", 'c', 10, 229, 0600);
    assert_int_equal(config.devices[0].uid, 1);
    assert_int_equal(config.devices[0].gid, 2);
    assert_device(&config.devices[1], "/dev/sda", 'b', 8, 0, 0);
    assert_device(&config.devices[2], "/dev/u", 'c', 4095, 1048575, 0666);
    assert_device(&config.devices[3], "/dev/fifo", 'p', 0, 0, 0666);
    assert_strings(&config.masked_paths, "/proc/kcore");
    assert_strings(&config.readonly_paths, "/proc/sys|/proc/bus");
    assert_string_equal(config.mount_label, "system_u:object_r:x");
    assert_int_equal(config.rootfs_propagation, PROPAGATION_SLAVE);
    assert_true(config.rootfs_propagation_recursive);
}

static void test_reads_seccomp(void **state)
{
    CLEANUP_CONFIG struct config config = {0};
    const struct config_seccomp *seccomp = &config.seccomp;

    (void)state;
    read_full(&config);
    assert_true(seccomp->given);
    assert_int_equal(seccomp->default_action, SCMP_ACT_ERRNO(38));
    assert_int_equal(seccomp->architectures_length, 2);
    assert_int_equal(seccomp->architectures[0], SCMP_ARCH_X86_64);
    assert_int_equal(seccomp->architectures[1], SCMP_ARCH_X86);
    assert_true(seccomp->log && !seccomp->spec_allow && !seccomp->wait_killable);
    assert_int_equal(seccomp->rules_length, 4);
    assert_strings(&seccomp->rules[0].names, "read|write");
    assert_int_equal(seccomp->rules[0].action, SCMP_ACT_ALLOW);
    assert_int_equal(seccomp->rules[0].arguments_length, 0);
    assert_int_equal(seccomp->rules[1].action, SCMP_ACT_ERRNO(EPERM));
    assert_int_equal(seccomp->rules[1].arguments_length, 1);
    assert_int_equal(seccomp->rules[1].arguments[0].index, 1);
    assert_true(seccomp->rules[1].arguments[0].value == 8);
    assert_true(seccomp->rules[1].arguments[0].value_two == 3);
    assert_int_equal(seccomp->rules[1].arguments[0].compare, SCMP_CMP_MASKED_EQ);
    assert_int_equal(seccomp->rules[2].action, SCMP_ACT_TRACE(7));
    assert_int_equal(seccomp->rules[3].action, SCMP_ACT_NOTIFY);
    assert_string_equal(seccomp->listener_path, "/run/listener");
    assert_string_equal(seccomp->listener_metadata, "m");
}

static void test_propagation_words(void **state)
{
    static const struct {
        const char *json;
        enum config_propagation propagation;
        bool recursive;
    } cases[] = {
        {LINUX("'rootfsPropagation':'private'"), PROPAGATION_PRIVATE, false},
        {LINUX("'rootfsPropagation':'slave'"), PROPAGATION_SLAVE, false},
        {LINUX("'rootfsPropagation':'shared'"), PROPAGATION_SHARED, false},
        {LINUX("'rootfsPropagation':'unbindable'"), PROPAGATION_UNBINDABLE, false},
        {LINUX("'rootfsPropagation':'rprivate'"), PROPAGATION_PRIVATE, true},
        {LINUX("'rootfsPropagation':'rslave'"), PROPAGATION_SLAVE, true},
        {LINUX("'rootfsPropagation':'rshared'"), PROPAGATION_SHARED, true},
        {LINUX("'rootfsPropagation':'runbindable'"), PROPAGATION_UNBINDABLE, true},
        {LINUX(""), PROPAGATION_UNSET, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_CONFIG struct config config = {0};
        CLEANUP_ERROR struct error error = {0};

        assert_int_equal(read_quoted(&config, cases[i].json, &error), 0);
        assert_int_equal(config.rootfs_propagation, cases[i].propagation);
        assert_int_equal(config.rootfs_propagation_recursive, cases[i].recursive);
    }
}

/* jansson's integers end at 2^63 - 1, but clients write RLIM_INFINITY as 2^64 - 1. */
static void test_integers_above_signed_ones(void **state)
{
    static const char json[] = PROCESS(
        "'env':['A=18446744073709551615','B=\\'9223372036854775808'],"
        "'rlimits':[{'type':'RLIMIT_CPU','soft':9223372036854775807,'hard':9223372036854775808},"
        "           {'type':'RLIMIT_NOFILE','soft':12345678901234567890,'hard':18446744073709551615}]");
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    assert_int_equal(read_quoted(&config, json, &error), 0);
    assert_strings(&config.process.env, "A=18446744073709551615|B=\"9223372036854775808");
    assert_true(config.process.rlimits[0].soft == INT64_MAX);
    assert_true(config.process.rlimits[0].hard == UINT64_C(9223372036854775808));
    assert_true(config.process.rlimits[1].soft == UINT64_C(12345678901234567890));
    assert_true(config.process.rlimits[1].hard == UINT64_MAX);
}

static void test_id_mappings_to_host(void **state)
{
    static struct id_mapping ranges[] = {{0, 1000, 1}, {10, 4294967284, 10}};
    static const struct id_mappings mappings = {ranges, ARRAY_LENGTH(ranges)}, none = {0};
    static const struct {
        const struct id_mappings *mappings;
        uint32_t container_id;
        bool mapped;
        uint32_t host_id;
    } cases[] = {
        {&mappings, 0, true, 1000},        {&mappings, 1, false, 0},
        {&mappings, 9, false, 0},          {&mappings, 10, true, 4294967284},
        {&mappings, 19, true, 4294967293}, {&mappings, 20, false, 0},
        {&mappings, UINT32_MAX, false, 0}, {&none, 7, true, 7},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        uint32_t host_id = 0;

        assert_int_equal(id_mappings_to_host(cases[i].mappings, cases[i].container_id, &host_id),
                         cases[i].mapped);
        assert_int_equal(host_id, cases[i].host_id);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_positions),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_reads_root_and_mounts),
        cmocka_unit_test(test_reads_process),
        cmocka_unit_test(test_reads_linux),
        cmocka_unit_test(test_reads_seccomp),
        cmocka_unit_test(test_propagation_words),
        cmocka_unit_test(test_integers_above_signed_ones),
        cmocka_unit_test(test_id_mappings_to_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
