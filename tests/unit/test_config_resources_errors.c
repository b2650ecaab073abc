/* SPDX-License-Identifier: Apache-2.0 */
/* src/config: each error in linux.resources of a config.json. */
#include "config_helpers.h"

#define DEVICE_RULE(members) RESOURCES("'devices':[{'allow':true," members "}]")
#define MEMORY(members) RESOURCES("'memory':{" members "}")
#define CPU(members) RESOURCES("'cpu':{" members "}")
#define BLOCK_IO(members) RESOURCES("'blockIO':{" members "}")
#define HUGEPAGES(members) RESOURCES("'hugepageLimits':[{" members "}]")
#define NETWORK(members) RESOURCES("'network':{" members "}")
#define RDMA(members) RESOURCES("'rdma':{" members "}")
#define UNIFIED(members) RESOURCES("'unified':{" members "}")
#define FROM_MINUS_ONE "but must be from -1 to 9223372036854775807"
#define FROM_ZERO "but must be from 0 to 9223372036854775807"

#define FOR_ALL "is for the types c and b only: type a means all devices"

static void test_device_rules(void **state)
{
    static const struct error_case cases[] = {
        CASE(LINUX("'resources':5"), AT "linux.resources: " NOT_AN_OBJECT),
        CASE(RESOURCES("'devices':5"), AT "linux.resources.devices: " NOT_AN_ARRAY),
        CASE(RESOURCES("'devices':[{}]"), AT "linux.resources.devices[0].allow: is missing"),
        CASE(RESOURCES("'devices':[{'allow':1}]"), AT "linux.resources.devices[0].allow: " NOT_A_BOOLEAN),
        CASE(DEVICE_RULE("'type':'p'"), AT "linux.resources.devices[0].type: is \"p\", " KNOWN "a, c, b"),
        CASE(DEVICE_RULE("'type':5"), AT "linux.resources.devices[0].type: " NOT_A_STRING),
        CASE(DEVICE_RULE("'type':'c','major':4096"),
             AT "linux.resources.devices[0].major: is 4096, but must be from -1 to 4095"),
        CASE(DEVICE_RULE("'type':'c','minor':-2"),
             AT "linux.resources.devices[0].minor: is -2, but must be from -1 to 1048575"),
        CASE(DEVICE_RULE("'type':'c','minor':1048576"),
             AT "linux.resources.devices[0].minor: is 1048576, but must be from -1 to 1048575"),
        CASE(DEVICE_RULE("'type':'a','major':8"), AT "linux.resources.devices[0].major: " FOR_ALL),
        CASE(DEVICE_RULE("'minor':0"), AT "linux.resources.devices[0].minor: " FOR_ALL),
        CASE(DEVICE_RULE("'access':'rx'"),
             AT "linux.resources.devices[0].access: is \"rx\", but must be made of r, w and m"),
        CASE(DEVICE_RULE("'access':5"), AT "linux.resources.devices[0].access: " NOT_A_STRING),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

#define MEMORY_AT AT "linux.resources.memory."

static void test_memory(void **state)
{
    static const struct error_case cases[] = {
        CASE(RESOURCES("'memory':5"), AT "linux.resources.memory: " NOT_AN_OBJECT),
        CASE(MEMORY("'limit':-2"), MEMORY_AT "limit: is -2, " FROM_MINUS_ONE),
        CASE(MEMORY("'limit':9223372036854775808"),
             MEMORY_AT "limit: is 9223372036854775808, " FROM_MINUS_ONE),
        CASE(MEMORY("'limit':'5'"), MEMORY_AT "limit: " NOT_A_NUMBER),
        CASE(MEMORY("'reservation':-9223372036854775808"),
             MEMORY_AT "reservation: is -9223372036854775808, " FROM_MINUS_ONE),
        CASE(MEMORY("'swap':-2"), MEMORY_AT "swap: is -2, " FROM_MINUS_ONE),
        CASE(MEMORY("'kernel':1.5"), MEMORY_AT "kernel: is a real number, but must be an integer"),
        CASE(MEMORY("'kernelTCP':-2"), MEMORY_AT "kernelTCP: is -2, " FROM_MINUS_ONE),
        CASE(MEMORY("'swappiness':101"), MEMORY_AT "swappiness: is 101, but must be from 0 to 100"),
        CASE(MEMORY("'swappiness':-1"), MEMORY_AT "swappiness: is -1, but must be from 0 to 100"),
        CASE(MEMORY("'swappiness':18446744073709551614"),
             MEMORY_AT "swappiness: is 18446744073709551614, but must be from 0 to 100"),
        CASE(MEMORY("'disableOOMKiller':1"), MEMORY_AT "disableOOMKiller: " NOT_A_BOOLEAN),
        CASE(MEMORY("'useHierarchy':1"), MEMORY_AT "useHierarchy: " NOT_A_BOOLEAN),
        CASE(MEMORY("'checkBeforeUpdate':1"), MEMORY_AT "checkBeforeUpdate: " NOT_A_BOOLEAN),
        CASE(MEMORY("'limit':10,'swap':9"),
             MEMORY_AT "swap: is 9, which is below the limit without swap, 10; it is "
                       "the limit of memory and swap together"),
        CASE(MEMORY("'swap':9"), MEMORY_AT "swap: is 9, but there is no limit without swap; set "
                                           "linux.resources.memory.limit too, to at most as much"),
        CASE(MEMORY("'swap':9,'limit':-1"), MEMORY_AT "swap: is 9, but there is no limit without swap; set "
                                                      "linux.resources.memory.limit too, to at most as much"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

#define CPU_AT AT "linux.resources.cpu."

static void test_cpu_and_pids(void **state)
{
    static const struct error_case cases[] = {
        CASE(RESOURCES("'cpu':5"), AT "linux.resources.cpu: " NOT_AN_OBJECT),
        CASE(CPU("'shares':-1"), CPU_AT "shares: is -1, " FROM_ZERO),
        CASE(CPU("'shares':18446744073709551615"), CPU_AT "shares: is 18446744073709551615, " FROM_ZERO),
        CASE(CPU("'quota':-2"), CPU_AT "quota: is -2, " FROM_MINUS_ONE),
        CASE(CPU("'burst':-1"), CPU_AT "burst: is -1, " FROM_ZERO),
        CASE(CPU("'period':-1"), CPU_AT "period: is -1, " FROM_ZERO),
        CASE(CPU("'realtimeRuntime':-2"), CPU_AT "realtimeRuntime: is -2, " FROM_MINUS_ONE),
        CASE(CPU("'realtimePeriod':-1"), CPU_AT "realtimePeriod: is -1, " FROM_ZERO),
        CASE(CPU("'idle':2"), CPU_AT "idle: is 2, but must be from 0 to 1"),
        CASE(CPU("'idle':true"), CPU_AT "idle: is a boolean, but must be a number"),
        CASE(CPU("'cpus':5"), CPU_AT "cpus: " NOT_A_STRING),
        CASE(CPU("'cpus':'0;1'"), CPU_AT "cpus: is \"0;1\", " LIST_OF("8191")),
        CASE(CPU("'mems':'1024'"), CPU_AT "mems: is \"1024\", " LIST_OF("1023")),
        CASE(RESOURCES("'pids':5"), AT "linux.resources.pids: " NOT_AN_OBJECT),
        CASE(RESOURCES("'pids':{}"), AT "linux.resources.pids.limit: is missing"),
        CASE(RESOURCES("'pids':{'limit':-2}"), AT "linux.resources.pids.limit: is -2, " FROM_MINUS_ONE),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

#define BLOCK_AT AT "linux.resources.blockIO."

static void test_block_io(void **state)
{
    static const struct error_case cases[] = {
        CASE(RESOURCES("'blockIO':5"), AT "linux.resources.blockIO: " NOT_AN_OBJECT),
        CASE(BLOCK_IO("'weight':9"), BLOCK_AT "weight: is 9, but must be from 10 to 1000, or 0 for none"),
        CASE(BLOCK_IO("'weight':1001"), BLOCK_AT "weight: is 1001, but must be from 0 to 1000"),
        CASE(BLOCK_IO("'leafWeight':-1"), BLOCK_AT "leafWeight: is -1, but must be from 0 to 1000"),
        CASE(BLOCK_IO("'weightDevice':5"), BLOCK_AT "weightDevice: " NOT_AN_ARRAY),
        CASE(BLOCK_IO("'weightDevice':[{'minor':1}]"), BLOCK_AT "weightDevice[0].major: is missing"),
        CASE(BLOCK_IO("'weightDevice':[{'major':1}]"), BLOCK_AT "weightDevice[0].minor: is missing"),
        CASE(BLOCK_IO("'weightDevice':[{'major':-1,'minor':1}]"),
             BLOCK_AT "weightDevice[0].major: is -1, but must be from 0 to 4095"),
        CASE(BLOCK_IO("'weightDevice':[{'major':1,'minor':1048576}]"),
             BLOCK_AT "weightDevice[0].minor: is 1048576, but must be from 0 to 1048575"),
        CASE(BLOCK_IO("'weightDevice':[{'major':1,'minor':1,'weight':1001}]"),
             BLOCK_AT "weightDevice[0].weight: is 1001, but must be from 0 to 1000"),
        CASE(BLOCK_IO("'weightDevice':[{'major':1,'minor':1,'leafWeight':5}]"),
             BLOCK_AT "weightDevice[0].leafWeight: is 5, but must be from 10 to 1000, or 0 for none"),
        CASE(BLOCK_IO("'throttleReadBpsDevice':[{'major':1,'minor':1,'rate':-1}]"),
             BLOCK_AT "throttleReadBpsDevice[0].rate: is -1, but must be from 0 to 18446744073709551615"),
        CASE(BLOCK_IO("'throttleWriteBpsDevice':[{'minor':1}]"),
             BLOCK_AT "throttleWriteBpsDevice[0].major: is missing"),
        CASE(BLOCK_IO("'throttleReadIOPSDevice':[{'major':4096,'minor':1}]"),
             BLOCK_AT "throttleReadIOPSDevice[0].major: is 4096, but must be from 0 to 4095"),
        CASE(BLOCK_IO("'throttleWriteIOPSDevice':{}"),
             BLOCK_AT "throttleWriteIOPSDevice: is an object, but must be an array"),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

#define PAGE_SIZE_RULE "but must be like 64KB, 2MB or 1GB"

static void test_other_resources(void **state)
{
    static const struct error_case cases[] = {
        CASE(HUGEPAGES("'limit':1"), AT "linux.resources.hugepageLimits[0].pageSize: is missing"),
        CASE(HUGEPAGES("'pageSize':'2MB'"), AT "linux.resources.hugepageLimits[0].limit: is missing"),
        CASE(HUGEPAGES("'pageSize':'2MB','limit':-1"),
             AT "linux.resources.hugepageLimits[0].limit: is -1, but must be from 0 to 18446744073709551615"),
        CASE(HUGEPAGES("'pageSize':'2M','limit':1"),
             AT "linux.resources.hugepageLimits[0].pageSize: is \"2M\", " PAGE_SIZE_RULE),
        CASE(HUGEPAGES("'pageSize':'02MB','limit':1"),
             AT "linux.resources.hugepageLimits[0].pageSize: is \"02MB\", " PAGE_SIZE_RULE),
        CASE(HUGEPAGES("'pageSize':'MB','limit':1"),
             AT "linux.resources.hugepageLimits[0].pageSize: is \"MB\", " PAGE_SIZE_RULE),
        CASE(HUGEPAGES("'pageSize':'2','limit':1"),
             AT "linux.resources.hugepageLimits[0].pageSize: is \"2\", " PAGE_SIZE_RULE),
        CASE(HUGEPAGES("'pageSize':'2TB','limit':1"),
             AT "linux.resources.hugepageLimits[0].pageSize: is \"2TB\", " PAGE_SIZE_RULE),
        CASE(NETWORK("'classID':4294967296"),
             AT "linux.resources.network.classID: is 4294967296, but must be from 0 to 4294967295"),
        CASE(NETWORK("'priorities':[{'priority':1}]"),
             AT "linux.resources.network.priorities[0].name: is missing"),
        CASE(NETWORK("'priorities':[{'name':'lo'}]"),
             AT "linux.resources.network.priorities[0].priority: is missing"),
        CASE(NETWORK("'priorities':[{'name':'lo','priority':-1}]"),
             AT "linux.resources.network.priorities[0].priority: is -1, but must be from 0 to 4294967295"),
        CASE(NETWORK("'priorities':[{'name':'a b','priority':1}]"), AT
             "linux.resources.network.priorities[0].name: is \"a b\", which can't be the name of a network "
             "interface"),
        CASE(RESOURCES("'rdma':[]"), AT "linux.resources.rdma: is an array, but must be an object"),
        CASE(RDMA("'x':5"), AT "linux.resources.rdma.x: " NOT_AN_OBJECT),
        CASE(RDMA("'':{}"), AT "linux.resources.rdma: has an empty key"),
        CASE(RDMA("'a b':{}"), AT "linux.resources.rdma.a b: can't be the name of a device"),
        CASE(RDMA("'x':{'hcaHandles':4294967296}"),
             AT "linux.resources.rdma.x.hcaHandles: is 4294967296, but must be from 0 to 4294967295"),
        CASE(RDMA("'x':{'hcaObjects':-1}"),
             AT "linux.resources.rdma.x.hcaObjects: is -1, but must be from 0 to 4294967295"),
        CASE(RESOURCES("'unified':5"), AT "linux.resources.unified: " NOT_AN_OBJECT),
        CASE(UNIFIED("'memory.high':5"), AT "linux.resources.unified.memory.high: " NOT_A_STRING),
        CASE(UNIFIED("'memory':'5'"),
             AT "linux.resources.unified.memory: can't be a file of a cgroup; a file is like "
                "\"memory.high\""),
        CASE(UNIFIED("'../memory.high':'5'"),
             AT "linux.resources.unified.../memory.high: can't be a file of a "
                "cgroup; a file is like \"memory.high\""),
        CASE(UNIFIED("'a/memory.high':'5'"),
             AT "linux.resources.unified.a/memory.high: can't be a file of a cgroup; "
                "a file is like \"memory.high\""),
    };

    (void)state;
    check_error_cases(cases, ARRAY_LENGTH(cases));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_device_rules),    cmocka_unit_test(test_memory),
        cmocka_unit_test(test_cpu_and_pids),    cmocka_unit_test(test_block_io),
        cmocka_unit_test(test_other_resources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
