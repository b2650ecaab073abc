/* SPDX-License-Identifier: Apache-2.0 */
/* src/config: each error in a config.json, as the exact line that a user sees. */
#include "config_helpers.h"

#define NEEDS_UTS                                                                                            \
    "needs a uts namespace, or it would be the host's name; "                                                \
    "add {\"type\": \"uts\"} to linux.namespaces, or remove it"
#define NEEDS_USER                                                                                           \
    "needs a user namespace; add {\"type\": \"user\"} to linux.namespaces, or remove the mappings"
#define BOTH_MAPPINGS "is missing: a mount has mappings for both users and groups, or none"

static void test_syntax(void **state)
{
    static const struct error_case cases[] = {
        CASE("", "config.json:1:0: '[' or '{' expected near end of file"),
        CASE("{", "config.json:1:1: string or '}' expected near end of file"),
        CASE("{\n  'a': 1,\n}", "config.json:3:1: string or '}' expected near '}'"),
        CASE("{'a':1,'a':2}", "config.json:1:10: duplicate object key near '\"a\"'"),
        CASE(TOP("'x':'a\\u0000b'"), "config.json:1:56: \\u0000 is not allowed"),
        CASE("{'a':\xff}", "config.json:1:5: unable to decode byte 0xff"),
        CASE(TOP("'x':99999999999999999999"),
             "config.json:1:66: too big integer near '99999999999999999999'"),
        CASE("{'a':18446744073709551615,\n 'b':}", "config.json:2:6: unexpected token near '}'"),
        CASE("{} x", "config.json:1:4: end of file expected near 'x'"),
        CASE("[]", AT "is an array, but must be an object"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

static void test_top_level(void **state)
{
    static const struct error_case cases[] = {
        CASE("{}", AT "ociVersion: is missing"),
        CASE("{'ociVersion':1}", AT "ociVersion: is a number, but must be a string"),
        CASE("{'ociVersion':'2.0.0'}", AT "ociVersion: is \"2.0.0\", but holdfast knows version 1 only"),
        CASE("{'ociVersion':'1.0'}", AT "root: is missing"),
        CASE("{'ociVersion':'1.0','root':null}", AT "root: is missing"),
        CASE("{'ociVersion':'1.0','root':[]}", AT "root: is an array, but must be an object"),
        CASE("{'ociVersion':'1.0','root':{}}", AT "root.path: is missing"),
        CASE("{'ociVersion':'1.0','root':{'path':''}}", AT "root.path: is empty"),
        CASE("{'ociVersion':'1.0','root':{'path':'a\\n'}}", AT "root.path: has a newline"),
        CASE("{'ociVersion':'1.0','root':{'path':'r','readonly':1}}",
             AT "root.readonly: is a number, but must be a boolean"),
        CASE(TOP("'hostname':'h'"), AT "hostname: " NEEDS_UTS),
        CASE(TOP("'domainname':'d','linux':{'namespaces':[{'type':'pid'}]}"), AT "domainname: " NEEDS_UTS),
        CASE(TOP("'hostname':'a\\nb'"), AT "hostname: has a newline"),
        CASE(TOP("'hostname':{}"), AT "hostname: is an object, but must be a string"),
        CASE(TOP("'hostname':'" TEXT_16 TEXT_16 TEXT_16 TEXT_16 "x'"),
             AT "hostname: has 65 bytes, but at most 64 are possible"),
        CASE(TOP("'hooks':3"), AT "hooks: is a number, but must be an object"),
        CASE(TOP("'mounts':{}"), AT "mounts: is an object, but must be an array"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

static void test_mounts(void **state)
{
    static const struct error_case cases[] = {
        CASE(TOP("'mounts':[7]"), AT "mounts[0]: is a number, but must be an object"),
        CASE(TOP("'mounts':[null]"), AT "mounts[0]: is null, but must be an object"),
        CASE(MOUNT("'type':'proc'"), AT "mounts[0].destination: is missing"),
        CASE(MOUNT("'destination':''"), AT "mounts[0].destination: is empty"),
        CASE(MOUNT("'destination':'/a\\nb'"), AT "mounts[0].destination (/a?b): has a newline"),
        CASE(MOUNT("'destination':'/d','source':'a\\nb'"), AT "mounts[0].source (/d): has a newline"),
        CASE(MOUNT("'destination':'/d','type':[]"),
             AT "mounts[0].type (/d): is an array, but must be a string"),
        CASE(MOUNT("'destination':'/d','options':'ro'"),
             AT "mounts[0].options (/d): is a string, but must be an array"),
        CASE(MOUNT("'destination':'/d','options':['ro',1]"),
             AT "mounts[0].options[1] (/d): is a number, but must be a string"),
        CASE(MOUNT("'destination':'/d','options':[null]"),
             AT "mounts[0].options[0] (/d): is null, but must be a string"),
        CASE(MOUNT("'destination':'/d','uidMappings':[" ONE_ID "]"),
             AT "mounts[0].gidMappings (/d): " BOTH_MAPPINGS),
        CASE(MOUNT("'destination':'/d','gidMappings':[" ONE_ID "]"),
             AT "mounts[0].uidMappings (/d): " BOTH_MAPPINGS),
        CASE(MOUNT("'destination':'/d','uidMappings':[" ONE_ID "],'gidMappings':[" ONE_ID "," ONE_ID "]"),
             AT "mounts[0].gidMappings[1] (/d): has container ids that element 0 has already"),
        CASE(MOUNT("'destination':'/d','uidMappings':[{'hostID':1,'size':1}]"),
             AT "mounts[0].uidMappings[0].containerID (/d): is missing"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

static void test_process(void **state)
{
    static const struct error_case cases[] = {
        CASE(TOP("'process':'sh'"), AT "process: is a string, but must be an object"),
        CASE(TOP("'process':{'cwd':'/'}"), AT "process.args: is missing"),
        CASE(TOP("'process':{'cwd':'/','args':[]}"),
             AT "process.args: is empty, but must begin with the program"),
        CASE(TOP("'process':{'cwd':'/','args':['']}"),
             AT "process.args[0]: is empty, but must be the program"),
        CASE(TOP("'process':{'cwd':'/','args':[true]}"),
             AT "process.args[0]: is a boolean, but must be a string"),
        CASE(TOP("'process':{'args':['a']}"), AT "process.cwd: is missing"),
        CASE(TOP("'process':{'args':['a'],'cwd':'d'}"),
             AT "process.cwd: is \"d\", but must be an absolute path"),
        CASE(TOP("'process':{'args':['a'],'cwd':'/\\n'}"), AT "process.cwd: has a newline"),
        CASE(PROCESS("'env':['A=1','B']"), AT "process.env[1]: must be NAME=VALUE"),
        CASE(PROCESS("'env':['=secret']"), AT "process.env[0]: must be NAME=VALUE"),
        CASE(PROCESS("'terminal':'yes'"), AT "process.terminal: is a string, but must be a boolean"),
        CASE(PROCESS("'terminal':true,'consoleSize':{'height':1}"),
             AT "process.consoleSize.width: is missing"),
        CASE(PROCESS("'terminal':true,'consoleSize':{'height':65536,'width':1}"),
             AT "process.consoleSize.height: is 65536, but must be from 0 to 65535"),
        CASE(PROCESS("'user':{'uid':-1}"), AT "process.user.uid: is -1, but must be from 0 to 4294967294"),
        CASE(PROCESS("'user':{'uid':4294967295}"),
             AT "process.user.uid: is 4294967295, but must be from 0 to 4294967294"),
        CASE(PROCESS("'user':{'gid':18446744073709551615}"),
             AT "process.user.gid: is 18446744073709551615, but must be from 0 to 4294967294"),
        CASE(PROCESS("'user':{'gid':1.0}"), AT "process.user.gid: is a real number, but must be an integer"),
        CASE(PROCESS("'user':{'gid':1e3}"), AT "process.user.gid: is a real number, but must be an integer"),
        CASE(PROCESS("'user':{'gid':'root'}"), AT "process.user.gid: is a string, but must be a number"),
        CASE(PROCESS("'user':{'umask':512}"), AT "process.user.umask: is 512, but must be from 0 to 511"),
        CASE(PROCESS("'user':{'additionalGids':[1,4294967295]}"),
             AT "process.user.additionalGids[1]: is 4294967295, but must be from 0 to 4294967294"),
        CASE(PROCESS("'capabilities':[]"), AT "process.capabilities: is an array, but must be an object"),
        CASE(PROCESS("'capabilities':{'bounding':['CAP_KILL','CAP_NONE']}"),
             AT "process.capabilities.bounding[1]: is \"CAP_NONE\", which is not a known capability"),
        CASE(PROCESS("'capabilities':{'ambient':['KILL']}"),
             AT "process.capabilities.ambient[0]: is \"KILL\", which is not a known capability"),
        CASE(PROCESS("'capabilities':{'ambient':['CAP_KILL,x']}"),
             AT "process.capabilities.ambient[0]: is \"CAP_KILL,x\", which is not a known capability"),
        CASE(PROCESS("'capabilities':{'ambient':['5']}"),
             AT "process.capabilities.ambient[0]: is \"5\", which is not a known capability"),
        CASE(PROCESS("'rlimits':[{'type':'RLIMIT_X','soft':1,'hard':1}]"),
             AT "process.rlimits[0].type: is \"RLIMIT_X\", " KNOWN
                "RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_LOCKS, "
                "RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_RSS, "
                "RLIMIT_RTPRIO, RLIMIT_RTTIME, RLIMIT_SIGPENDING, RLIMIT_STACK"),
        CASE(PROCESS("'rlimits':[{'type':'RLIMIT_CPU','soft':1}]"), AT "process.rlimits[0].hard: is missing"),
        CASE(PROCESS("'rlimits':[{'type':'RLIMIT_CPU','soft':-1,'hard':1}]"),
             AT "process.rlimits[0].soft: is -1, but must be from 0 to 18446744073709551615"),
        CASE(PROCESS("'rlimits':[{'type':'RLIMIT_CPU','soft':18446744073709551615,'hard':7}]"),
             AT "process.rlimits[0].soft: is 18446744073709551615, which is above the hard limit 7"),
        CASE(PROCESS("'rlimits':[{'type':'RLIMIT_CPU','soft':1,'hard':1},{'type':'RLIMIT_CPU','soft':1,'hard'"
                     ":1}]"),
             AT "process.rlimits[1].type: is RLIMIT_CPU for the second time"),
        CASE(PROCESS("'noNewPrivileges':0"),
             AT "process.noNewPrivileges: is a number, but must be a boolean"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

static void test_namespaces_and_mappings(void **state)
{
    static const struct error_case cases[] = {
        CASE(TOP("'linux':[]"), AT "linux: is an array, but must be an object"),
        CASE(LINUX("'namespaces':['pid']"), AT "linux.namespaces[0]: is a string, but must be an object"),
        CASE(LINUX("'namespaces':[{}]"), AT "linux.namespaces[0].type: is missing"),
        CASE(LINUX("'namespaces':[{'type':'net'}]"), AT "linux.namespaces[0].type: is \"net\", " KNOWN
                                                        "mount, pid, network, uts, ipc, user, cgroup, time"),
        CASE(LINUX("'namespaces':[{'type':'pid'},{'type':'ipc'},{'type':'pid'}]"),
             AT "linux.namespaces[2].type: is \"pid\" for the second time"),
        CASE(LINUX("'namespaces':[{'type':'pid','path':'p'}]"),
             AT "linux.namespaces[0].path: is \"p\", but must be an absolute path"),
        CASE(LINUX("'namespaces':[{'type':'user'}]"),
             AT "linux.uidMappings: is missing, but a new user namespace needs it"),
        CASE(USER_NAMESPACE("'uidMappings':[" ONE_ID "]"),
             AT "linux.gidMappings: is missing, but a new user namespace needs it"),
        CASE(LINUX("'uidMappings':[" ONE_ID "]"), AT "linux.uidMappings: " NEEDS_USER),
        CASE(LINUX("'gidMappings':[" ONE_ID "]"), AT "linux.gidMappings: " NEEDS_USER),
        CASE(UID_RANGES(RANGE("0", "0", "0")), AT "linux.uidMappings[0]: has size 0"),
        CASE(UID_RANGES(RANGE("1", "0", "4294967295")),
             AT "linux.uidMappings[0]: goes beyond the highest container id, 4294967294"),
        CASE(UID_RANGES(RANGE("0", "1", "4294967295")),
             AT "linux.uidMappings[0]: goes beyond the highest host id, 4294967294"),
        CASE(UID_RANGES(RANGE("0", "0", "4294967296")),
             AT "linux.uidMappings[0].size: is 4294967296, but must be from 0 to 4294967295"),
        CASE(UID_RANGES(RANGE("4294967295", "0", "1")),
             AT "linux.uidMappings[0].containerID: is 4294967295, but must be from 0 to 4294967294"),
        CASE(UID_RANGES(RANGE("0", "0", "10") "," RANGE("9", "100", "1")),
             AT "linux.uidMappings[1]: has container ids that element 0 has already"),
        CASE(UID_RANGES(RANGE("9", "100", "1") "," RANGE("0", "0", "10")),
             AT "linux.uidMappings[1]: has container ids that element 0 has already"),
        CASE(UID_RANGES(RANGE("0", "0", "10") "," RANGE("10", "9", "1")),
             AT "linux.uidMappings[1]: has host ids that element 0 has already"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

static void test_devices_and_paths(void **state)
{
    static const struct error_case cases[] = {
        CASE(DEVICE("'type':'c','major':1,'minor':3"), AT "linux.devices[0].path: is missing"),
        CASE(DEVICE("'path':'dev/x','type':'p'"),
             AT "linux.devices[0].path: is \"dev/x\", but must be an absolute path"),
        CASE(DEVICE("'path':'/dev/x'"), AT "linux.devices[0].type: is missing"),
        CASE(DEVICE("'path':'/dev/x','type':'char'"),
             AT "linux.devices[0].type: is \"char\", " KNOWN "c, b, u, p"),
        CASE(DEVICE("'path':'/dev/x','type':'c','minor':3"), AT "linux.devices[0].major: is missing"),
        CASE(DEVICE("'path':'/dev/x','type':'b','major':3"), AT "linux.devices[0].minor: is missing"),
        CASE(DEVICE("'path':'/dev/x','type':'u','major':null,'minor':1"),
             AT "linux.devices[0].major: is missing"),
        CASE(DEVICE("'path':'/dev/x','type':'c','major':4096,'minor':3"),
             AT "linux.devices[0].major: is 4096, but must be from 0 to 4095"),
        CASE(DEVICE("'path':'/dev/x','type':'c','major':1,'minor':1048576"),
             AT "linux.devices[0].minor: is 1048576, but must be from 0 to 1048575"),
        CASE(DEVICE("'path':'/dev/x','type':'c','major':-1,'minor':0"),
             AT "linux.devices[0].major: is -1, but must be from 0 to 4095"),
        CASE(DEVICE("'path':'/dev/x','type':'p','fileMode':65536"),
             AT "linux.devices[0].fileMode: is 65536, but must be from 0 to 65535"),
        CASE(DEVICE("'path':'/dev/x','type':'p','uid':4294967295"),
             AT "linux.devices[0].uid: is 4294967295, but must be from 0 to 4294967294"),
        CASE(DEVICE("'path':'/dev/x','type':'p'},{'path':'/dev/x','type':'p','uid':1"),
             AT "linux.devices[1].path: is /dev/x, which linux.devices[0] makes as another device"),
        CASE(LINUX("'maskedPaths':['/a','b']"),
             AT "linux.maskedPaths[1]: is \"b\", but must be an absolute path"),
        CASE(LINUX("'maskedPaths':'/a'"), AT "linux.maskedPaths: is a string, but must be an array"),
        CASE(LINUX("'readonlyPaths':['']"), AT "linux.readonlyPaths[0]: is empty, but must be a path"),
        CASE(LINUX("'readonlyPaths':['/a\\nb']"), AT "linux.readonlyPaths[0]: has a newline"),
        CASE(LINUX("'rootfsPropagation':'rshare'"),
             AT "linux.rootfsPropagation: is \"rshare\", " KNOWN
                "private, slave, shared, unbindable, rprivate, rslave, rshared, runbindable"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

static void test_seccomp(void **state)
{
    static const struct error_case cases[] = {
        CASE(LINUX("'seccomp':{}"), AT "linux.seccomp.defaultAction: is missing"),
        CASE(LINUX("'seccomp':{'defaultAction':'ALLOW'}"),
             AT "linux.seccomp.defaultAction: is \"ALLOW\", " KNOWN
                "SCMP_ACT_KILL, SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD, SCMP_ACT_TRAP, SCMP_ACT_ERRNO, "
                "SCMP_ACT_TRACE, SCMP_ACT_ALLOW, SCMP_ACT_LOG, SCMP_ACT_NOTIFY"),
        CASE(SECCOMP("'defaultErrnoRet':1"),
             AT "linux.seccomp.defaultErrnoRet: is not for the action SCMP_ACT_ALLOW; only SCMP_ACT_ERRNO "
                "and SCMP_ACT_TRACE return one"),
        CASE(LINUX("'seccomp':{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':65536}"),
             AT "linux.seccomp.defaultErrnoRet: is 65536, but must be from 0 to 65535"),
        CASE(RULE("'action':'SCMP_ACT_LOG','errnoRet':1"),
             AT "linux.seccomp.syscalls[0].errnoRet: is not for the action SCMP_ACT_LOG; only SCMP_ACT_ERRNO "
                "and SCMP_ACT_TRACE return one"),
        CASE(RULE("'errnoRet':1"), AT "linux.seccomp.syscalls[0].action: is missing"),
        CASE(SECCOMP("'syscalls':[{'action':'SCMP_ACT_LOG'}]"),
             AT "linux.seccomp.syscalls[0].names: is missing"),
        CASE(SECCOMP("'syscalls':[{'names':[],'action':'SCMP_ACT_LOG'}]"),
             AT "linux.seccomp.syscalls[0].names: is empty, but must name a system call"),
        CASE(ARGUMENT("'index':6,'value':1,'op':'SCMP_CMP_EQ'"),
             AT "linux.seccomp.syscalls[0].args[0].index: is 6, but must be from 0 to 5"),
        CASE(ARGUMENT("'index':0,'value':1,'op':'=='"),
             AT "linux.seccomp.syscalls[0].args[0].op: is \"==\", " KNOWN
                "SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE, SCMP_CMP_EQ, SCMP_CMP_GE, SCMP_CMP_GT, "
                "SCMP_CMP_MASKED_EQ"),
        CASE(ARGUMENT("'index':0,'op':'SCMP_CMP_EQ'"),
             AT "linux.seccomp.syscalls[0].args[0].value: is missing"),
        CASE(SECCOMP("'architectures':['SCMP_ARCH_Z80']"),
             AT "linux.seccomp.architectures[0]: is \"SCMP_ARCH_Z80\", which this libseccomp does not know"),
        CASE(SECCOMP("'architectures':['x86_64']"),
             AT "linux.seccomp.architectures[0]: is \"x86_64\", which this libseccomp does not know"),
        CASE(SECCOMP("'architectures':['SCMP_ARCH_x86']"),
             AT "linux.seccomp.architectures[0]: is \"SCMP_ARCH_x86\", which this libseccomp does not know"),
        CASE(SECCOMP("'architectures':[3]"),
             AT "linux.seccomp.architectures[0]: is a number, but must be a string"),
        CASE(SECCOMP("'flags':['SECCOMP_FILTER_FLAG_X']"),
             AT "linux.seccomp.flags[0]: is \"SECCOMP_FILTER_FLAG_X\", " KNOWN
                "SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, "
                "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

/* The line is that of the key or element; of a missing one, that of what should have it. */
static void test_lines(void **state)
{
    static const struct error_case cases[] = {
        CASE("{\n'ociVersion':'1.3.0',\n'root':{'path':'r'},\n'mounts':[\n{'destination':'/"
             "a'},\n{'destination':'/data',\n'options':['rw',\n5]}]}",
             "config.json:8: mounts[1].options[1] (/data): is a number, but must be a string"),
        CASE("{'ociVersion':'1.3.0',\n'root':\n{'path':5}}",
             "config.json:3: root.path: is a number, but must be a string"),
        CASE("{'ociVersion':'1.3.0',\n'root':{\n'readonly':true}}", "config.json:2: root.path: is missing"),
        CASE("\n\n{'root':{'path':'r'}}", "config.json:3: ociVersion: is missing"),
        CASE("{'ociVersion':'1.3.0',\n'x':{'root':{'path':1},'y':['}',']','\\'',{}]},\n'\\u0072oot':{\n'path'"
             ":5}}",
             "config.json:4: root.path: is a number, but must be a string"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syntax),
        cmocka_unit_test(test_top_level),
        cmocka_unit_test(test_mounts),
        cmocka_unit_test(test_process),
        cmocka_unit_test(test_namespaces_and_mappings),
        cmocka_unit_test(test_devices_and_paths),
        cmocka_unit_test(test_seccomp),
        cmocka_unit_test(test_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
