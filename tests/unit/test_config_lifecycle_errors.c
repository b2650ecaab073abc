/* SPDX-License-Identifier: Apache-2.0 */
/* src/config: each error in hooks, scheduling and the kernel's other services of a config.json. */
#include "config_helpers.h"

#define WITH(namespaces, members) LINUX("'namespaces':[" namespaces "]," members)
#define SCHEDULER(members) PROCESS("'scheduler':{" members "}")
#define IO_PRIORITY(members) PROCESS("'ioPriority':{" members "}")
#define AFFINITY(members) PROCESS("'execCPUAffinity':{" members "}")
#define SYSCTL(namespace, members) WITH("{'type':'" namespace "'}", "'sysctl':{" members "}")
#define INTEL_RDT(members) LINUX("'intelRdt':{" members "}")
#define POLICY(members) LINUX("'memoryPolicy':{" members "}")
#define NET_DEVICES(members) WITH("{'type':'network'}", "'netDevices':{" members "}")
#define OFFSETS(members) WITH("{'type':'time'}", "'timeOffsets':{" members "}")
#define NOTIFY "'action':'SCMP_ACT_NOTIFY'"

static void test_hooks(void **state)
{
    static const struct error_case cases[] = {
        CASE(TOP("'hooks':{'prestart':{}}"), AT "hooks.prestart: is an object, but must be an array"),
        CASE(TOP("'hooks':{'createRuntime':[5]}"), AT "hooks.createRuntime[0]: " NOT_AN_OBJECT),
        CASE(TOP("'hooks':{'createContainer':[{}]}"), AT "hooks.createContainer[0].path: is missing"),
        CASE(TOP("'hooks':{'startContainer':[{'path':''}]}"), AT "hooks.startContainer[0].path: is empty"),
        CASE(TOP("'hooks':{'poststart':[{'path':'/a'},{'path':'b'}]}"),
             AT "hooks.poststart[1].path: is \"b\", but must be an absolute path"),
        CASE(HOOK("'path':'/a\\n'"), AT "hooks.poststop[0].path: has a newline"),
        CASE(HOOK("'path':5"), AT "hooks.poststop[0].path: " NOT_A_STRING),
        CASE(HOOK("'path':'/a','args':5"), AT "hooks.poststop[0].args: " NOT_AN_ARRAY),
        CASE(HOOK("'path':'/a','args':['a',5]"), AT "hooks.poststop[0].args[1]: " NOT_A_STRING),
        CASE(HOOK("'path':'/a','env':['A=b','C']"), AT "hooks.poststop[0].env[1]: must be NAME=VALUE"),
        CASE(HOOK("'path':'/a','timeout':0"),
             AT "hooks.poststop[0].timeout: is 0, but must be from 1 to 4294967295"),
        CASE(HOOK("'path':'/a','timeout':-1"),
             AT "hooks.poststop[0].timeout: is -1, but must be from 1 to 4294967295"),
        CASE(HOOK("'path':'/a','timeout':4294967296"),
             AT "hooks.poststop[0].timeout: is 4294967296, but must be from 1 to 4294967295"),
        CASE(HOOK("'path':'/a','timeout':1.5"),
             AT "hooks.poststop[0].timeout: is a real number, but must be an integer"),
        CASE(HOOK("'path':'/a','timeout':'1'"), AT "hooks.poststop[0].timeout: " NOT_A_NUMBER),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

static void test_annotations(void **state)
{
    static const struct error_case cases[] = {
        CASE(TOP("'annotations':5"), AT "annotations: " NOT_AN_OBJECT),
        CASE(TOP("'annotations':{'a':'b','':'c'}"), AT "annotations: has an empty key"),
        CASE(TOP("'annotations':{'org.example':5}"), AT "annotations.org.example: " NOT_A_STRING),
        CASE(TOP("'annotations':{'org.example':null}"),
             AT "annotations.org.example: is null, but must be a string"),
        CASE(TOP("\n'annotations':{'a':'b',\n'c.d[0]':5}"),
             "config.json:3: annotations.c.d[0]: " NOT_A_STRING),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

static void test_process(void **state)
{
    static const struct error_case cases[] = {
        CASE(PROCESS("'apparmorProfile':5"), AT "process.apparmorProfile: " NOT_A_STRING),
        CASE(PROCESS("'apparmorProfile':'a\\nb'"), AT "process.apparmorProfile: has a newline"),
        CASE(PROCESS("'selinuxLabel':5"), AT "process.selinuxLabel: " NOT_A_STRING),
        CASE(PROCESS("'selinuxLabel':'\\n'"), AT "process.selinuxLabel: has a newline"),
        CASE(PROCESS("'oomScoreAdj':'0'"), AT "process.oomScoreAdj: " NOT_A_NUMBER),
        CASE(PROCESS("'oomScoreAdj':-1001"),
             AT "process.oomScoreAdj: is -1001, but must be from -1000 to 1000"),
        CASE(PROCESS("'oomScoreAdj':1001"),
             AT "process.oomScoreAdj: is 1001, but must be from -1000 to 1000"),
        CASE(PROCESS("'oomScoreAdj':18446744073709551615"),
             AT "process.oomScoreAdj: is 18446744073709551615, but must be from -1000 to 1000"),
        CASE(IO_PRIORITY(""), AT "process.ioPriority.class: is missing"),
        CASE(IO_PRIORITY("'class':'RT'"), AT "process.ioPriority.class: is \"RT\", " KNOWN
                                             "IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE"),
        CASE(IO_PRIORITY("'class':'IOPRIO_CLASS_RT','priority':8"),
             AT "process.ioPriority.priority: is 8, but must be from 0 to 7"),
        CASE(IO_PRIORITY("'class':'IOPRIO_CLASS_RT','priority':-1"),
             AT "process.ioPriority.priority: is -1, but must be from 0 to 7"),
        CASE(PROCESS("'ioPriority':5"), AT "process.ioPriority: " NOT_AN_OBJECT),
        CASE(PROCESS("'execCPUAffinity':5"), AT "process.execCPUAffinity: " NOT_AN_OBJECT),
        CASE(AFFINITY("'initial':5"), AT "process.execCPUAffinity.initial: " NOT_A_STRING),
        CASE(AFFINITY("'initial':'a'"), AT "process.execCPUAffinity.initial: is \"a\", " LIST_OF("8191")),
        CASE(AFFINITY("'final':'0-'"), AT "process.execCPUAffinity.final: is \"0-\", " LIST_OF("8191")),
        CASE(AFFINITY("'final':'3-1'"), AT "process.execCPUAffinity.final: is \"3-1\", " LIST_OF("8191")),
        CASE(AFFINITY("'final':'1 2'"), AT "process.execCPUAffinity.final: is \"1 2\", " LIST_OF("8191")),
        CASE(AFFINITY("'final':'-1'"), AT "process.execCPUAffinity.final: is \"-1\", " LIST_OF("8191")),
        CASE(AFFINITY("'final':'0-8192'"),
             AT "process.execCPUAffinity.final: is \"0-8192\", " LIST_OF("8191")),
        CASE(AFFINITY("'final':'99999999999999999999'"),
             AT "process.execCPUAffinity.final: is \"99999999999999999999\", " LIST_OF("8191")),
        CASE(AFFINITY("'final':' , '"), AT "process.execCPUAffinity.final: is \" , \", which has no number"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

#define ONLY_DEADLINE "but only SCHED_DEADLINE has one"
#define DEADLINE_RULE "does not fit: SCHED_DEADLINE needs 0 < runtime <= deadline <= period"

static void test_scheduler(void **state)
{
    static const struct error_case cases[] = {
        CASE(PROCESS("'scheduler':5"), AT "process.scheduler: " NOT_AN_OBJECT),
        CASE(SCHEDULER(""), AT "process.scheduler.policy: is missing"),
        CASE(SCHEDULER("'policy':'OTHER'"), AT "process.scheduler.policy: is \"OTHER\", " KNOWN
                                               "SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, "
                                               "SCHED_ISO, SCHED_IDLE, SCHED_DEADLINE"),
        CASE(SCHEDULER("'policy':'SCHED_OTHER','nice':20"),
             AT "process.scheduler.nice: is 20, but must be from -20 to 19"),
        CASE(SCHEDULER("'policy':'SCHED_OTHER','nice':-21"),
             AT "process.scheduler.nice: is -21, but must be from -20 to 19"),
        CASE(SCHEDULER("'policy':'SCHED_FIFO','priority':2147483648"),
             AT "process.scheduler.priority: is 2147483648, but must be from -2147483648 to 2147483647"),
        CASE(SCHEDULER("'policy':'SCHED_FIFO','priority':100"),
             AT "process.scheduler.priority: is 100, but must be from 1 to 99 for SCHED_FIFO and SCHED_RR"),
        CASE(SCHEDULER("'policy':'SCHED_FIFO'"),
             AT "process.scheduler.priority: is 0, but must be from 1 to 99 for SCHED_FIFO and SCHED_RR"),
        CASE(SCHEDULER("'policy':'SCHED_BATCH','priority':-1"),
             AT "process.scheduler.priority: is -1, but only SCHED_FIFO and SCHED_RR have one"),
        CASE(SCHEDULER("'policy':'SCHED_IDLE','flags':['SCHED_FLAG_RECLAIM','X']"), AT
             "process.scheduler.flags[1]: is \"X\", " KNOWN
             "SCHED_FLAG_RESET_ON_FORK, SCHED_FLAG_RECLAIM, SCHED_FLAG_DL_OVERRUN, SCHED_FLAG_KEEP_POLICY, "
             "SCHED_FLAG_KEEP_PARAMS, SCHED_FLAG_UTIL_CLAMP_MIN, SCHED_FLAG_UTIL_CLAMP_MAX"),
        CASE(SCHEDULER("'policy':'SCHED_IDLE','flags':5"), AT "process.scheduler.flags: " NOT_AN_ARRAY),
        CASE(SCHEDULER("'policy':'SCHED_IDLE','runtime':-1"),
             AT "process.scheduler.runtime: is -1, but must be from 0 to 18446744073709551615"),
        CASE(SCHEDULER("'policy':'SCHED_IDLE','runtime':1"),
             AT "process.scheduler.runtime: is 1, " ONLY_DEADLINE),
        CASE(SCHEDULER("'policy':'SCHED_IDLE','deadline':2"),
             AT "process.scheduler.deadline: is 2, " ONLY_DEADLINE),
        CASE(SCHEDULER("'policy':'SCHED_IDLE','period':3"),
             AT "process.scheduler.period: is 3, " ONLY_DEADLINE),
        CASE(SCHEDULER("'policy':'SCHED_DEADLINE'"), AT "process.scheduler.runtime: " DEADLINE_RULE),
        CASE(SCHEDULER("'policy':'SCHED_DEADLINE','runtime':2,'deadline':1"),
             AT "process.scheduler.deadline: " DEADLINE_RULE),
        CASE(SCHEDULER("'policy':'SCHED_DEADLINE','runtime':1,'deadline':3,'period':2"),
             AT "process.scheduler.period: " DEADLINE_RULE),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

static void test_cgroups_path(void **state)
{
    static const struct error_case cases[] = {
        CASE(LINUX("'cgroupsPath':5"), AT "linux.cgroupsPath: " NOT_A_STRING),
        CASE(LINUX("'cgroupsPath':'a\\nb'"), AT "linux.cgroupsPath: has a newline"),
        CASE(LINUX("'cgroupsPath':'..'"), AT "linux.cgroupsPath: is \"..\", but must not have \"..\" in it"),
        CASE(LINUX("'cgroupsPath':'/a/../b'"),
             AT "linux.cgroupsPath: is \"/a/../b\", but must not have \"..\" in it"),
        CASE(LINUX("'cgroupsPath':'a/..'"),
             AT "linux.cgroupsPath: is \"a/..\", but must not have \"..\" in it"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

#define NEEDS(type)                                                                                          \
    "needs a namespace of type \"" type "\", or it would be the host's; add {\"type\": \"" type              \
    "\"} to linux.namespaces, or remove it"
#define HOSTS                                                                                                \
    "belongs to no namespace, so it would be the host's; remove it, and set it on the host if it is meant "  \
    "for all"
#define NOT_A_KEY "is not a key; a key is like \"net.ipv4.ip_forward\" or \"net/ipv4/ip_forward\""

static void test_sysctl(void **state)
{
    static const struct error_case cases[] = {
        CASE(LINUX("'sysctl':5"), AT "linux.sysctl: " NOT_AN_OBJECT),
        CASE(SYSCTL("network", "'net.a':5"), AT "linux.sysctl.net.a: " NOT_A_STRING),
        CASE(SYSCTL("network", "'':'5'"), AT "linux.sysctl: has an empty key"),
        CASE(SYSCTL("ipc", "'net.ipv4.ip_forward':'1'"),
             AT "linux.sysctl.net.ipv4.ip_forward: " NEEDS("network")),
        CASE(SYSCTL("ipc", "'net/ipv4/ip_forward':'1'"),
             AT "linux.sysctl.net.ipv4.ip_forward: " NEEDS("network")),
        CASE(SYSCTL("uts", "'kernel.shmmax':'1'"), AT "linux.sysctl.kernel.shmmax: " NEEDS("ipc")),
        CASE(SYSCTL("uts", "'kernel.sem':'1'"), AT "linux.sysctl.kernel.sem: " NEEDS("ipc")),
        CASE(SYSCTL("uts", "'kernel.msgmni':'1'"), AT "linux.sysctl.kernel.msgmni: " NEEDS("ipc")),
        CASE(SYSCTL("uts", "'fs.mqueue.msg_max':'1'"), AT "linux.sysctl.fs.mqueue.msg_max: " NEEDS("ipc")),
        CASE(SYSCTL("ipc", "'kernel.domainname':'1'"), AT "linux.sysctl.kernel.domainname: " NEEDS("uts")),
        CASE(SYSCTL("uts", "'kernel.hostname':'a'"),
             AT "linux.sysctl.kernel.hostname: is what \"hostname\" is for; "
                "set \"hostname\" at the top level instead"),
        CASE(SYSCTL("ipc", "'kernel.semaphore':'1'"), AT "linux.sysctl.kernel.semaphore: " HOSTS),
        CASE(SYSCTL("ipc", "'vm.swappiness':'1'"), AT "linux.sysctl.vm.swappiness: " HOSTS),
        CASE(SYSCTL("network", "'network':'1'"), AT "linux.sysctl.network: " HOSTS),
        CASE(SYSCTL("network", "'net..x':'1'"), AT "linux.sysctl.net..x: " NOT_A_KEY),
        CASE(SYSCTL("network", "'net.x.':'1'"), AT "linux.sysctl.net.x.: " NOT_A_KEY),
        CASE(SYSCTL("network", "'net.':'1'"), AT "linux.sysctl.net.: " NOT_A_KEY),
        CASE(SYSCTL("network", "'net/../kernel/core_pattern':'1'"),
             AT "linux.sysctl.net.//.kernel.core_pattern: " NOT_A_KEY),
        CASE(SYSCTL("network", "'net.//.kernel.core_pattern':'1'"),
             AT "linux.sysctl.net.//.kernel.core_pattern: " NOT_A_KEY),
        CASE(SYSCTL("network", "'net/./x':'1'"), AT "linux.sysctl.net./.x: " NOT_A_KEY),
        CASE(SYSCTL("network", "'fs.mqueue':'1'"), AT "linux.sysctl.fs.mqueue: " HOSTS),
        CASE(SYSCTL("network", "'net.a\\nb':'1'"), AT "linux.sysctl.net.a?b: " NOT_A_KEY),
        CASE(SYSCTL("network", "'net.a':'1','net/a':'2'"),
             AT "linux.sysctl.net.a: is there with dots and with slashes"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

static void test_intel_rdt(void **state)
{
    static const struct error_case cases[] = {
        CASE(LINUX("'intelRdt':5"), AT "linux.intelRdt: " NOT_AN_OBJECT),
        CASE(INTEL_RDT("'closID':5"), AT "linux.intelRdt.closID: " NOT_A_STRING),
        CASE(INTEL_RDT("'closID':'..'"),
             AT "linux.intelRdt.closID: is \"..\", which can't be the name of a class"),
        CASE(INTEL_RDT("'closID':'/a'"),
             AT "linux.intelRdt.closID: is \"/a\", which can't be the name of a class"),
        CASE(INTEL_RDT("'l3CacheSchema':5"), AT "linux.intelRdt.l3CacheSchema: " NOT_A_STRING),
        CASE(INTEL_RDT("'memBwSchema':'L3:0=1'"),
             AT "linux.intelRdt.memBwSchema: is \"L3:0=1\", but must be one line that begins with MB:"),
        CASE(INTEL_RDT("'memBwSchema':'MB:0=1\\n'"),
             AT "linux.intelRdt.memBwSchema: is \"MB:0=1?\", but must be one line that begins with MB:"),
        CASE(INTEL_RDT("'schemata':[5]"), AT "linux.intelRdt.schemata[0]: " NOT_A_STRING),
        CASE(INTEL_RDT("'enableMonitoring':1"), AT "linux.intelRdt.enableMonitoring: " NOT_A_BOOLEAN),
        CASE(INTEL_RDT("'enableCMT':1"), AT "linux.intelRdt.enableCMT: " NOT_A_BOOLEAN),
        CASE(INTEL_RDT("'enableMBM':1"), AT "linux.intelRdt.enableMBM: " NOT_A_BOOLEAN),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

#define POLICY_AT AT "linux.memoryPolicy."
#define NO_SUCH_FLAG "has one that the mode does not take"

static void test_memory_policy(void **state)
{
    static const struct error_case cases[] = {
        CASE(LINUX("'memoryPolicy':5"), AT "linux.memoryPolicy: " NOT_AN_OBJECT),
        CASE(POLICY("'nodes':'0'"), POLICY_AT "mode: is missing"),
        CASE(POLICY("'mode':'BIND'"),
             POLICY_AT "mode: is \"BIND\", " KNOWN "MPOL_DEFAULT, MPOL_BIND, MPOL_INTERLEAVE, "
                       "MPOL_WEIGHTED_INTERLEAVE, MPOL_PREFERRED, MPOL_PREFERRED_MANY, MPOL_LOCAL"),
        CASE(POLICY("'mode':'MPOL_BIND','flags':['X']"),
             POLICY_AT "flags[0]: is \"X\", " KNOWN "MPOL_F_NUMA_BALANCING, MPOL_F_RELATIVE_NODES, "
                       "MPOL_F_STATIC_NODES"),
        CASE(POLICY("'mode':'MPOL_BIND'"), POLICY_AT "nodes: is missing, but the mode needs it"),
        CASE(POLICY("'mode':'MPOL_INTERLEAVE'"), POLICY_AT "nodes: is missing, but the mode needs it"),
        CASE(POLICY("'mode':'MPOL_WEIGHTED_INTERLEAVE'"),
             POLICY_AT "nodes: is missing, but the mode needs it"),
        CASE(POLICY("'mode':'MPOL_PREFERRED_MANY'"), POLICY_AT "nodes: is missing, but the mode needs it"),
        CASE(POLICY("'mode':'MPOL_DEFAULT','nodes':'0'"),
             POLICY_AT "nodes: is \"0\", but the mode takes no nodes"),
        CASE(POLICY("'mode':'MPOL_LOCAL','nodes':'0'"),
             POLICY_AT "nodes: is \"0\", but the mode takes no nodes"),
        CASE(POLICY("'mode':'MPOL_BIND','nodes':'x'"), POLICY_AT "nodes: is \"x\", " LIST_OF("1023")),
        CASE(POLICY("'mode':'MPOL_BIND','nodes':5"), POLICY_AT "nodes: " NOT_A_STRING),
        CASE(POLICY("'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_STATIC_NODES','MPOL_F_RELATIVE_NODES']"),
             POLICY_AT "flags: has both MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES"),
        CASE(POLICY("'mode':'MPOL_INTERLEAVE','nodes':'0','flags':['MPOL_F_NUMA_BALANCING']"),
             POLICY_AT "flags: " NO_SUCH_FLAG),
        CASE(POLICY("'mode':'MPOL_LOCAL','flags':['MPOL_F_STATIC_NODES']"), POLICY_AT "flags: " NO_SUCH_FLAG),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

#define NO_NAME "which can't be the name of a network interface"
#define ONE_PERCENT "but \"%\" may only be in it as one \"%d\""

static void test_net_devices(void **state)
{
    static const struct error_case cases[] = {
        CASE(LINUX("'netDevices':{'eth0':{}}"), AT "linux.netDevices: needs a network namespace; add "
                                                   "{\"type\": \"network\"} to linux.namespaces, or "
                                                   "remove it"),
        CASE(NET_DEVICES("'eth0':5"), AT "linux.netDevices.eth0: " NOT_AN_OBJECT),
        CASE(NET_DEVICES("'eth0':{'name':5}"), AT "linux.netDevices.eth0.name: " NOT_A_STRING),
        CASE(NET_DEVICES("'':{}"), AT "linux.netDevices: has an empty key"),
        CASE(NET_DEVICES("'..':{}"), AT "linux.netDevices...: is \"..\", " NO_NAME),
        CASE(NET_DEVICES("'a/b':{}"), AT "linux.netDevices.a/b: is \"a/b\", " NO_NAME),
        CASE(NET_DEVICES("'0123456789abcdef':{}"),
             AT "linux.netDevices.0123456789abcdef: is \"0123456789abcdef\", "
                "but a network interface's name has at most 15 bytes"),
        CASE(NET_DEVICES("'eth0':{'name':'a:b'}"), AT "linux.netDevices.eth0.name: is \"a:b\", " NO_NAME),
        CASE(NET_DEVICES("'eth0':{'name':'a b'}"), AT "linux.netDevices.eth0.name: is \"a b\", " NO_NAME),
        CASE(NET_DEVICES("'eth0':{'name':'.'}"), AT "linux.netDevices.eth0.name: is \".\", " NO_NAME),
        CASE(NET_DEVICES("'eth0':{'name':'0123456789abcdef'}"),
             AT "linux.netDevices.eth0.name: is \"0123456789abcdef\", but a network interface's name has at "
                "most 15 "
                "bytes"),
        CASE(NET_DEVICES("'eth0':{'name':'a%s'}"), AT "linux.netDevices.eth0.name: is \"a%s\", " ONE_PERCENT),
        CASE(NET_DEVICES("'eth0':{'name':'a%d%d'}"),
             AT "linux.netDevices.eth0.name: is \"a%d%d\", " ONE_PERCENT),
        CASE(NET_DEVICES("'eth0':{'name':'a'},'eth1':{'name':'a'}"),
             AT "linux.netDevices.eth1: becomes \"a\", as linux.netDevices.eth0 does already"),
        CASE(NET_DEVICES("'eth0':{'name':'eth1'},'eth1':{}"),
             AT "linux.netDevices.eth1: becomes \"eth1\", as linux.netDevices.eth0 does already"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

static void test_time_and_personality(void **state)
{
    static const struct error_case cases[] = {
        CASE(LINUX("'timeOffsets':5"), AT "linux.timeOffsets: " NOT_AN_OBJECT),
        CASE(LINUX("'timeOffsets':{'boottime':{'secs':1}}"),
             AT "linux.timeOffsets: needs a time namespace; add {\"type\": \"time\"} to linux.namespaces, or "
                "remove it"),
        CASE(WITH("{'type':'time','path':'/t'}", "'timeOffsets':{'boottime':{'secs':1}}"),
             AT "linux.timeOffsets: can't be set for a time namespace that exists already; remove it, or the "
                "path of "
                "the time namespace"),
        CASE(OFFSETS("'monotonic':5"), AT "linux.timeOffsets.monotonic: " NOT_AN_OBJECT),
        CASE(OFFSETS("'monotonic':{'secs':'1'}"), AT "linux.timeOffsets.monotonic.secs: " NOT_A_NUMBER),
        CASE(OFFSETS("'boottime':{'secs':9223372036854775808}"),
             AT "linux.timeOffsets.boottime.secs: is 9223372036854775808, but must be from "
                "-9223372036854775808 to "
                "9223372036854775807"),
        CASE(OFFSETS("'boottime':{'nanosecs':1000000000}"),
             AT "linux.timeOffsets.boottime.nanosecs: is 1000000000, but must be from 0 to 999999999"),
        CASE(OFFSETS("'boottime':{'nanosecs':-1}"),
             AT "linux.timeOffsets.boottime.nanosecs: is -1, but must be from 0 to 999999999"),
        CASE(LINUX("'personality':5"), AT "linux.personality: " NOT_AN_OBJECT),
        CASE(LINUX("'personality':{}"), AT "linux.personality.domain: is missing"),
        CASE(LINUX("'personality':{'domain':'linux'}"),
             AT "linux.personality.domain: is \"linux\", " KNOWN "LINUX, LINUX32"),
        CASE(LINUX("'personality':{'domain':'LINUX','flags':['X']}"),
             AT "linux.personality.flags: has \"X\", but the specification defines no flags; remove it"),
        CASE(LINUX("'personality':{'domain':'LINUX','flags':5}"),
             AT "linux.personality.flags: " NOT_AN_ARRAY),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

static void test_seccomp_listener(void **state)
{
    static const struct error_case cases[] = {
        CASE(SECCOMP("'listenerPath':5"), AT "linux.seccomp.listenerPath: " NOT_A_STRING),
        CASE(SECCOMP("'listenerPath':'a\\nb'"), AT "linux.seccomp.listenerPath: has a newline"),
        CASE(SECCOMP("'listenerMetadata':5"), AT "linux.seccomp.listenerMetadata: " NOT_A_STRING),
        CASE(SECCOMP("'listenerMetadata':'x'"),
             AT "linux.seccomp.listenerMetadata: is for a listener, but there is no listenerPath"),
        CASE(RULE(NOTIFY), AT "linux.seccomp.listenerPath: is missing, but SCMP_ACT_NOTIFY needs it"),
        CASE(LINUX("'seccomp':{'defaultAction':'SCMP_ACT_NOTIFY','listenerPath':'/l'}"),
             AT "linux.seccomp.defaultAction: is SCMP_ACT_NOTIFY, which would stop the start itself; name "
                "the system "
                "calls in \"syscalls\""),
        CASE(SECCOMP("'listenerPath':'/l','syscalls':[{'names':['read'],'action':'SCMP_ACT_LOG'},"
                     "{'names':['mount','write']," NOTIFY "}]"),
             AT "linux.seccomp.syscalls[1].names[1]: is \"write\", which SCMP_ACT_NOTIFY is not for: it "
                "would stop the "
                "start itself"),
        CASE(RULE(NOTIFY ",'errnoRet':1"), AT "linux.seccomp.syscalls[0].errnoRet: is not for the action "
                                              "SCMP_ACT_NOTIFY; only SCMP_ACT_ERRNO and "
                                              "SCMP_ACT_TRACE return one"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hooks),
        cmocka_unit_test(test_annotations),
        cmocka_unit_test(test_process),
        cmocka_unit_test(test_scheduler),
        cmocka_unit_test(test_cgroups_path),
        cmocka_unit_test(test_sysctl),
        cmocka_unit_test(test_intel_rdt),
        cmocka_unit_test(test_memory_policy),
        cmocka_unit_test(test_net_devices),
        cmocka_unit_test(test_time_and_personality),
        cmocka_unit_test(test_seccomp_listener),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
