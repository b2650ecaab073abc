/* SPDX-License-Identifier: Apache-2.0 */
/* src/config: what hooks, resources, scheduling and the kernel's other services of a config.json become; a process and
 * resources alone. */
#include "config_full.h"
#include "config_helpers.h"

#include <linux/ioprio.h>
#include <linux/sched.h>
#include <sys/personality.h>
#include <time.h>

static void assert_read(int result, const struct error *error)
{
    CLEANUP_FREE char *line = result < 0 ? error_format(error) : NULL;

    if (result < 0)
        fail_msg("%s", line);
}

static int read_full(void **state)
{
    static struct config config;
    CLEANUP_ERROR struct error error = {0};

    assert_read(read_quoted(&config, full, &error), &error);
    *state = &config;
    return 0;
}

static int clear_full(void **state)
{
    config_clear(*state);
    return 0;
}

static void assert_number(struct config_number number, int64_t value)
{
    assert_true(number.given);
    assert_true(number.value == value);
}

static void assert_pair(const struct config_key_value *pair, const char *key, const char *value)
{
    assert_string_equal(pair->key, key);
    assert_string_equal(pair->value, value);
}

static void test_hooks(void **state)
{
    static const char *const first_paths[] = {"/bin/a", "/bin/c", "/bin/d", "/bin/e", "/bin/f", "/bin/g"};
    const struct config *config = *state;
    const struct config_hook *hook = config->hooks[HOOK_PRESTART].values;

    for (int kind = 0; kind < HOOK_KINDS; kind++) {
        assert_int_equal(config->hooks[kind].length, kind == HOOK_PRESTART ? 2 : 1);
        assert_string_equal(config->hooks[kind].values[0].path, first_paths[kind]);
    }
    assert_strings(&hook[0].args, "a|-v");
    assert_strings(&hook[0].env, "A=b");
    assert_int_equal(hook[0].timeout, 5);
    assert_string_equal(hook[1].path, "/bin/b");
    assert_int_equal(hook[1].args.length, 0);
    assert_int_equal(hook[1].timeout, 0);
    assert_true(config->hooks[HOOK_POSTSTOP].values[0].timeout == UINT32_MAX);
}

static void test_annotations_and_sysctl(void **state)
{
    const struct config *config = *state;

    assert_int_equal(config->annotations_length, 2);
    assert_pair(&config->annotations[0], "org.example.a", "b");
    assert_pair(&config->annotations[1], "empty", "");
    assert_int_equal(config->sysctl_length, 4);
    assert_pair(&config->sysctl[0], "net.ipv4.ip_forward", "1");
    assert_pair(&config->sysctl[1], "net.ipv4.conf.eth0/1.forwarding", "0");
    assert_pair(&config->sysctl[2], "kernel.msgmax", "8192");
    assert_pair(&config->sysctl[3], "kernel.domainname", "d");
    assert_string_equal(config->cgroups_path, "/a/b");
}

static void test_process(void **state)
{
    const struct config_process *process = &((struct config *)*state)->process;
    const struct config_scheduler *scheduler = &process->scheduler;

    assert_string_equal(process->apparmor_profile, "profile");
    assert_string_equal(process->selinux_label, "u:r:t:s0");
    assert_number(process->oom_score_adjustment, -999);
    assert_true(scheduler->given);
    assert_int_equal(scheduler->policy, SCHED_DEADLINE);
    assert_int_equal(scheduler->nice, -20);
    assert_int_equal(scheduler->priority, 0);
    assert_true(scheduler->flags == (SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_DL_OVERRUN));
    assert_true(scheduler->runtime == 1024);
    assert_true(scheduler->deadline == INT64_MAX - 1);
    assert_true(scheduler->period == INT64_MAX);
    assert_true(process->has_io_priority);
    assert_int_equal(process->io_priority_class, IOPRIO_CLASS_BE);
    assert_int_equal(process->io_priority, 7);
    assert_string_equal(process->initial_affinity, "0-3, 7");
    assert_string_equal(process->final_affinity, "8191");
}

static void test_device_rules(void **state)
{
    const struct config_resources *resources = &((struct config *)*state)->resources;
    const struct config_device_rule *rules = resources->devices;

    assert_int_equal(resources->devices_length, 3);
    assert_true(!rules[0].allow && rules[0].type == 'a' && !rules[0].major.given && !rules[0].minor.given);
    assert_true(rules[0].read && rules[0].write && rules[0].mknod);
    assert_true(rules[1].allow && rules[1].type == 'c' && !rules[1].minor.given);
    assert_number(rules[1].major, 10);
    assert_true(rules[1].read && !rules[1].write && rules[1].mknod);
    assert_true(rules[2].allow && rules[2].type == 'b' && !rules[2].major.given);
    assert_number(rules[2].minor, 1048575);
    assert_true(!rules[2].read && !rules[2].write && !rules[2].mknod);
}

static void test_memory_and_cpu(void **state)
{
    const struct config_resources *resources = &((struct config *)*state)->resources;
    const struct config_memory *memory = &resources->memory;
    const struct config_cpu *cpu = &resources->cpu;

    assert_number(memory->limit, 1073741824);
    assert_number(memory->reservation, 4096);
    assert_number(memory->swap, -1);
    assert_number(memory->kernel, INT64_MAX);
    assert_number(memory->kernel_tcp, 0);
    assert_number(memory->swappiness, 100);
    assert_true(memory->disable_oom_killer && memory->use_hierarchy && memory->check_before_update);
    assert_number(cpu->shares, 512);
    assert_number(cpu->quota, -1);
    assert_number(cpu->burst, 7);
    assert_number(cpu->period, 100000);
    assert_number(cpu->realtime_runtime, 950000);
    assert_number(cpu->realtime_period, 1000000);
    assert_number(cpu->idle, 1);
    assert_string_equal(cpu->cpus, "0-3,7");
    assert_string_equal(cpu->mems, "0");
    assert_number(resources->pids, -1);
}

static void assert_rate(const struct config_rates *rates, size_t length, int64_t minor, uint64_t rate)
{
    assert_int_equal(rates->length, length);
    assert_true(rates->values[0].major == 8 && rates->values[0].minor == minor &&
                rates->values[0].rate == rate);
}

static void test_block_io(void **state)
{
    const struct config_block_io *block_io = &((struct config *)*state)->resources.block_io;

    assert_number(block_io->weight, 10);
    assert_number(block_io->leaf_weight, 1000);
    assert_int_equal(block_io->weight_devices_length, 1);
    assert_true(block_io->weight_devices[0].major == 8 && block_io->weight_devices[0].minor == 0);
    assert_number(block_io->weight_devices[0].weight, 500);
    assert_false(block_io->weight_devices[0].leaf_weight.given);
    assert_rate(&block_io->read_bytes, 1, 1, INT64_MAX);
    assert_rate(&block_io->write_bytes, 1, 2, 2);
    assert_rate(&block_io->read_operations, 1, 3, 3);
    assert_rate(&block_io->write_operations, 2, 4, 4);
}

static void test_other_resources(void **state)
{
    const struct config_resources *resources = &((struct config *)*state)->resources;

    assert_int_equal(resources->hugepages_length, 1);
    assert_string_equal(resources->hugepages[0].page_size, "2MB");
    assert_true(resources->hugepages[0].limit == INT64_MAX);
    assert_number(resources->network_class, UINT32_MAX);
    assert_int_equal(resources->network_priorities_length, 1);
    assert_string_equal(resources->network_priorities[0].name, "lo");
    assert_int_equal(resources->network_priorities[0].priority, 5);
    assert_int_equal(resources->rdma_length, 2);
    assert_string_equal(resources->rdma[0].device, "mlx5_1");
    assert_number(resources->rdma[0].handles, 3);
    assert_number(resources->rdma[0].objects, UINT32_MAX);
    assert_string_equal(resources->rdma[1].device, "mlx4_0");
    assert_true(!resources->rdma[1].handles.given && !resources->rdma[1].objects.given);
    assert_int_equal(resources->unified_length, 2);
    assert_pair(&resources->unified[0], "memory.high", "1000");
    assert_pair(&resources->unified[1], "hugetlb.1GB.max", "0");
}

static void test_kernel(void **state)
{
    const struct config *config = *state;

    assert_true(config->intel_rdt.given && config->intel_rdt.enable_monitoring);
    assert_string_equal(config->intel_rdt.class_id, "class");
    assert_string_equal(config->intel_rdt.l3_cache_schema, "L3:0=f");
    assert_string_equal(config->intel_rdt.memory_bandwidth_schema, "MB:0=20");
    assert_strings(&config->intel_rdt.schemata, "L2:0=1");
    assert_true(config->memory_policy.given);
    assert_int_equal(config->memory_policy.mode, 2 | 1 << 15 | 1 << 13); /* set_mempolicy(2): MPOL_BIND */
    assert_string_equal(config->memory_policy.nodes, "0-1");
    assert_int_equal(config->net_devices_length, 2);
    assert_string_equal(config->net_devices[0].host_name, "eth0");
    assert_string_equal(config->net_devices[0].name, "net%d");
    assert_string_equal(config->net_devices[1].host_name, "eth1");
    assert_null(config->net_devices[1].name);
    assert_int_equal(config->time_offsets_length, 2);
    assert_int_equal(config->time_offsets[0].clock, CLOCK_MONOTONIC);
    assert_true(config->time_offsets[0].seconds == INT64_MAX && config->time_offsets[0].nanoseconds == 0);
    assert_int_equal(config->time_offsets[1].clock, CLOCK_BOOTTIME);
    assert_true(config->time_offsets[1].seconds == -7 && config->time_offsets[1].nanoseconds == 999999999);
    assert_true(config->has_personality);
    assert_int_equal(config->personality, PER_LINUX32);
}

/* What the specification gives nobody by default. */
static void test_absent(void **state)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    assert_read(read_quoted(&config, PROCESS("'env':[]"), &error), &error);
    assert_false(config.process.oom_score_adjustment.given);
    assert_false(config.process.scheduler.given);
    assert_false(config.process.has_io_priority);
    assert_false(config.has_personality);
    assert_false(config.memory_policy.given);
    assert_false(config.intel_rdt.given);
    assert_false(config.seccomp.given);
    assert_false(config.resources.pids.given);
    assert_null(config.cgroups_path);
}

#define WITH(namespaces, members) LINUX("'namespaces':[" namespaces "]," members)
#define SCHEDULER(members) PROCESS("'scheduler':{" members "}")
#define POLICY(members) LINUX("'memoryPolicy':{" members "}")

/* What is unusual, at the edge, or left out, and right. */
static void test_accepted(void **state)
{
    static const char *const cases[] = {
        RESOURCES("'devices':[{'allow':true,'type':'a','major':-1,'minor':-1,'access':''},{'allow':false,'"
                  "type':''}]"),
        RESOURCES("'memory':{'limit':5,'swap':5,'swappiness':18446744073709551615}"),
        RESOURCES("'memory':{'swap':-1},'cpu':{'cpus':' 1 , ,3-3,','mems':'1023'},'pids':{'limit':0}"),
        RESOURCES("'blockIO':{'weight':0,'leafWeight':0},'network':{},'rdma':{},'unified':{}"),
        RESOURCES("'hugepageLimits':[{'pageSize':'64KB','limit':0},{'pageSize':'16GB','limit':0}]"),
        PROCESS("'oomScoreAdj':1000,'execCPUAffinity':{'initial':'','final':'0'}"),
        SCHEDULER("'policy':'SCHED_OTHER','nice':19,'priority':0,'runtime':0"),
        SCHEDULER("'policy':'SCHED_FIFO','priority':99"),
        SCHEDULER("'policy':'SCHED_RR','priority':1,'flags':[]"),
        SCHEDULER("'policy':'SCHED_DEADLINE','runtime':5,'deadline':5"),
        SCHEDULER("'policy':'SCHED_DEADLINE','runtime':5,'deadline':6,'period':6"),
        PROCESS("'ioPriority':{'class':'IOPRIO_CLASS_IDLE'}"),
        POLICY("'mode':'MPOL_DEFAULT'"),
        POLICY("'mode':'MPOL_LOCAL','nodes':''"),
        POLICY("'mode':'MPOL_PREFERRED'"),
        POLICY("'mode':'MPOL_PREFERRED','nodes':'0','flags':['MPOL_F_RELATIVE_NODES']"),
        POLICY("'mode':'MPOL_PREFERRED_MANY','nodes':'0','flags':['MPOL_F_NUMA_BALANCING']"),
        POLICY("'mode':'MPOL_WEIGHTED_INTERLEAVE','nodes':'0,2'"),
        POLICY("'mode':'MPOL_INTERLEAVE','nodes':'0-3','flags':['MPOL_F_STATIC_NODES']"),
        LINUX("'personality':{'domain':'LINUX'},'intelRdt':{'closID':'/','l3CacheSchema':'L3:0=f\\nL3:1=f'}"),
        LINUX("'cgroupsPath':'system.slice:prefix:..name'"),
        WITH("{'type':'network','path':'/n'}",
             "'sysctl':{'net.core.somaxconn':''},'netDevices':{'a':{'name':''}}"),
        WITH("{'type':'network'}", "'netDevices':{'a':{'name':'x%d'},'b':{'name':'x%d'},'c':{'name':'"
                                   "0123456789abcde"
                                   "'}}"),
        WITH("{'type':'ipc'}",
             "'sysctl':{'kernel.sem':'1','kernel/shm_rmid_forced':'1','fs/mqueue/msg_max':'5'}"),
        WITH("{'type':'time'}", "'timeOffsets':{'monotonic':{}}"),
        WITH("{'type':'time','path':'/t'}", "'timeOffsets':{}"),
        SECCOMP("'listenerPath':'relative'"),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_CONFIG struct config config = {0};
        CLEANUP_ERROR struct error error = {0};
        int result = read_quoted(&config, cases[i], &error);

        if (result < 0)
            print_error("%s\n", cases[i]);
        assert_read(result, &error);
    }
}

/* What counts as absent although it is there. */
static void test_written_but_not_meant(void **state)
{
    static const char json[] =
        RESOURCES("'devices':[{'allow':true,'type':'a','major':-1,'minor':-1}],"
                  "'memory':{'swappiness':18446744073709551615},'blockIO':{'weight':0}");
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    assert_read(read_quoted(&config, json, &error), &error);
    assert_false(config.resources.devices[0].major.given);
    assert_false(config.resources.devices[0].minor.given);
    assert_false(config.resources.memory.swappiness.given);
    assert_false(config.resources.block_io.weight.given);
}

/* Those of 64 bits without a sign take all of them. */
static void test_integers_above_signed_ones(void **state)
{
    static const char json[] =
        TOP("'process':{'args':['a'],'cwd':'/"
            "','scheduler':{'policy':'SCHED_DEADLINE','runtime':9223372036854775808,"
            "'deadline':18446744073709551614,'period':18446744073709551615}},"
            "'linux':{'resources':{'hugepageLimits':[{'pageSize':'2MB','limit':18446744073709551615}],"
            "'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':1,'rate':18446744073709551615}]}}}");
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    assert_read(read_quoted(&config, json, &error), &error);
    assert_true(config.process.scheduler.runtime == UINT64_C(1) << 63);
    assert_true(config.process.scheduler.deadline == UINT64_MAX - 1);
    assert_true(config.process.scheduler.period == UINT64_MAX);
    assert_true(config.resources.hugepages[0].limit == UINT64_MAX);
    assert_rate(&config.resources.block_io.read_bytes, 1, 1, UINT64_MAX);
}

static void test_monitoring_words(void **state)
{
    static const struct {
        const char *json;
        bool monitoring;
    } cases[] = {
        {LINUX("'intelRdt':{}"), false},
        {LINUX("'intelRdt':{'enableMonitoring':true}"), true},
        {LINUX("'intelRdt':{'enableCMT':true,'enableMBM':false}"), true},
        {LINUX("'intelRdt':{'enableMonitoring':false,'enableMBM':true}"), true},
        {LINUX("'intelRdt':{'enableMonitoring':false,'enableCMT':false}"), false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_CONFIG struct config config = {0};
        CLEANUP_ERROR struct error error = {0};

        assert_read(read_quoted(&config, cases[i].json, &error), &error);
        assert_true(config.intel_rdt.given);
        assert_int_equal(config.intel_rdt.enable_monitoring, cases[i].monitoring);
    }
}

typedef int reader(struct config *config, const char *text, size_t length, const char *file,
                   struct error *error);

static int read_alone(reader *read, struct config *config, const char *json, struct error *error)
{
    CLEANUP_FREE char *text = quoted(json);

    return read(config, text, strlen(text), "part.json", error);
}

static void test_process_alone(void **state)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    assert_read(read_alone(config_read_process_json, &config,
                           "{'args':['a','b'],'cwd':'/w','terminal':true,'oomScoreAdj':5}", &error),
                &error);
    assert_true(config.has_process && config.console && config.process.terminal);
    assert_strings(&config.process.args, "a|b");
    assert_string_equal(config.process.cwd, "/w");
    assert_number(config.process.oom_score_adjustment, 5);
    assert_false(config.process.capabilities.given);
    config_clear(&config);
    assert_read(
        read_alone(config_read_process_json, &config, "{'args':['a'],'cwd':'/','capabilities':{}}", &error),
        &error);
    assert_true(config.process.capabilities.given);
}

static void test_resources_alone(void **state)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    assert_read(read_alone(config_read_resources_json, &config,
                           "{'pids':{'limit':5},'memory':{'swap':9},'unified':{'pids.max':'7'}}", &error),
                &error);
    assert_number(config.resources.pids, 5);
    assert_number(config.resources.memory.swap, 9);
    assert_pair(&config.resources.unified[0], "pids.max", "7");
    assert_false(config.has_process);
}

static void test_errors_alone(void **state)
{
    static const struct {
        reader *read;
        const char *json, *line;
    } cases[] = {
        {config_read_process_json, "{\n'cwd':'/'}", "part.json:1: args: is missing"},
        {config_read_process_json, "{'cwd':'/',\n\n'args':[]}",
         "part.json:3: args: is empty, but must begin with the program"},
        {config_read_process_json, "{'cwd':'/','args':['a',\n7]}",
         "part.json:2: args[1]: is a number, but must be a string"},
        {config_read_process_json, "{'cwd':'/','args':['a'],\n'env':['b',\n'c']}",
         "part.json:2: env[0]: must be NAME=VALUE"},
        {config_read_process_json, "{'cwd':'/','args':['a'],\n'scheduler':{'policy':'SCHED_RR'}}",
         "part.json:2: scheduler.priority: is 0, but must be from 1 to 99 for SCHED_FIFO and SCHED_RR"},
        {config_read_process_json, "[]", "part.json:1: is an array, but must be an object"},
        {config_read_resources_json, "{\n'pids':{}}", "part.json:2: pids.limit: is missing"},
        {config_read_resources_json, "{\n'cpu':{\n'cpus':'x'}}",
         "part.json:3: cpu.cpus: is \"x\", but must be a list of numbers up to 8191, such as 0-3,7"},
        {config_read_resources_json, "{'unified':\n{\n'a/b.c':'x'}}",
         "part.json:3: unified.a/b.c: can't be a file of a cgroup; a file is like \"memory.high\""},
        {config_read_resources_json, "", "part.json:1:0: '[' or '{' expected near end of file"},
    };
    static const struct config empty;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};
        struct config config;

        assert_int_equal(read_alone(cases[i].read, &config, cases[i].json, &error), -EINVAL);
        assert_error_line(&error, cases[i].line);
        assert_memory_equal(&config, &empty, sizeof(config));
    }
}

/* Errors that come later, of what carries a section out, are placed by the whole path all the same. */
static void test_place_in_a_section(void **state)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_ERROR struct error error = {0};

    (void)state;
    assert_read(read_alone(config_read_process_json, &config, "{'cwd':'/',\n'args':['a']}", &error), &error);
    error_set(&error, ENOENT, "no program");
    config_error_place(&config, &error, "process.args[0]");
    assert_error_line(&error, "part.json:2: args[0]: no program");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hooks, read_full, clear_full),
        cmocka_unit_test_setup_teardown(test_annotations_and_sysctl, read_full, clear_full),
        cmocka_unit_test_setup_teardown(test_process, read_full, clear_full),
        cmocka_unit_test_setup_teardown(test_device_rules, read_full, clear_full),
        cmocka_unit_test_setup_teardown(test_memory_and_cpu, read_full, clear_full),
        cmocka_unit_test_setup_teardown(test_block_io, read_full, clear_full),
        cmocka_unit_test_setup_teardown(test_other_resources, read_full, clear_full),
        cmocka_unit_test_setup_teardown(test_kernel, read_full, clear_full),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_written_but_not_meant),
        cmocka_unit_test(test_integers_above_signed_ones),
        cmocka_unit_test(test_monitoring_words),
        cmocka_unit_test(test_process_alone),
        cmocka_unit_test(test_resources_alone),
        cmocka_unit_test(test_errors_alone),
        cmocka_unit_test(test_place_in_a_section),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
