/* SPDX-License-Identifier: Apache-2.0 */
/* src/config: no property of the specification is silently dropped. */
#include "config_full.h"
#include "config_helpers.h"

#include <jansson.h>

/* Every property of the OCI specification 1.3, from its JSON schemas: none may be dropped. It is read, and
 * then objects to 1.5; or it is ignored on purpose. */
enum treatment { READ = EINVAL, IGNORED = 0 };

static const struct {
    const char *path;
    enum treatment treatment;
} properties[] = {
    {"ociVersion", READ},
    {"hooks", READ},
    {"hooks.prestart", READ},
    {"hooks.prestart[0].path", READ},
    {"hooks.prestart[0].args", READ},
    {"hooks.prestart[0].env", READ},
    {"hooks.prestart[0].timeout", READ},
    {"hooks.createRuntime", READ},
    {"hooks.createRuntime[0].path", READ},
    {"hooks.createContainer", READ},
    {"hooks.createContainer[0].path", READ},
    {"hooks.startContainer", READ},
    {"hooks.startContainer[0].path", READ},
    {"hooks.poststart", READ},
    {"hooks.poststart[0].path", READ},
    {"hooks.poststop", READ},
    {"hooks.poststop[0].path", READ},
    {"annotations", READ},
    {"annotations.empty", READ},
    {"hostname", READ},
    {"domainname", READ},
    {"mounts", READ},
    {"mounts[1].source", READ},
    {"mounts[1].destination", READ},
    {"mounts[1].options", READ},
    {"mounts[1].type", READ},
    {"mounts[1].uidMappings", READ},
    {"mounts[1].uidMappings[0].containerID", READ},
    {"mounts[1].uidMappings[0].hostID", READ},
    {"mounts[1].uidMappings[0].size", READ},
    {"mounts[1].gidMappings", READ},
    {"mounts[1].gidMappings[0].containerID", READ},
    {"mounts[1].gidMappings[0].hostID", READ},
    {"mounts[1].gidMappings[0].size", READ},
    {"root", READ},
    {"root.path", READ},
    {"root.readonly", READ},
    {"process", READ},
    {"process.args", READ},
    {"process.commandLine", IGNORED},
    {"process.consoleSize", READ},
    {"process.consoleSize.height", READ},
    {"process.consoleSize.width", READ},
    {"process.cwd", READ},
    {"process.env", READ},
    {"process.terminal", READ},
    {"process.user", READ},
    {"process.user.uid", READ},
    {"process.user.gid", READ},
    {"process.user.umask", READ},
    {"process.user.additionalGids", READ},
    {"process.user.username", IGNORED},
    {"process.capabilities", READ},
    {"process.capabilities.bounding", READ},
    {"process.capabilities.permitted", READ},
    {"process.capabilities.effective", READ},
    {"process.capabilities.inheritable", READ},
    {"process.capabilities.ambient", READ},
    {"process.apparmorProfile", READ},
    {"process.oomScoreAdj", READ},
    {"process.selinuxLabel", READ},
    {"process.ioPriority", READ},
    {"process.ioPriority.class", READ},
    {"process.ioPriority.priority", READ},
    {"process.noNewPrivileges", READ},
    {"process.scheduler", READ},
    {"process.scheduler.policy", READ},
    {"process.scheduler.nice", READ},
    {"process.scheduler.priority", READ},
    {"process.scheduler.flags", READ},
    {"process.scheduler.runtime", READ},
    {"process.scheduler.deadline", READ},
    {"process.scheduler.period", READ},
    {"process.rlimits", READ},
    {"process.rlimits[0].hard", READ},
    {"process.rlimits[0].soft", READ},
    {"process.rlimits[0].type", READ},
    {"process.execCPUAffinity", READ},
    {"process.execCPUAffinity.initial", READ},
    {"process.execCPUAffinity.final", READ},
    {"linux", READ},
    {"linux.devices", READ},
    {"linux.devices[0].type", READ},
    {"linux.devices[0].path", READ},
    {"linux.devices[0].fileMode", READ},
    {"linux.devices[0].major", READ},
    {"linux.devices[0].minor", READ},
    {"linux.devices[0].uid", READ},
    {"linux.devices[0].gid", READ},
    {"linux.netDevices", READ},
    {"linux.netDevices.eth0", READ},
    {"linux.netDevices.eth0.name", READ},
    {"linux.uidMappings", READ},
    {"linux.uidMappings[0].containerID", READ},
    {"linux.uidMappings[0].hostID", READ},
    {"linux.uidMappings[0].size", READ},
    {"linux.gidMappings", READ},
    {"linux.gidMappings[0].containerID", READ},
    {"linux.gidMappings[0].hostID", READ},
    {"linux.gidMappings[0].size", READ},
    {"linux.namespaces", READ},
    {"linux.namespaces[0].type", READ},
    {"linux.namespaces[0].path", READ},
    {"linux.resources", READ},
    {"linux.resources.devices", READ},
    {"linux.resources.devices[1].allow", READ},
    {"linux.resources.devices[1].type", READ},
    {"linux.resources.devices[1].major", READ},
    {"linux.resources.devices[1].minor", READ},
    {"linux.resources.devices[1].access", READ},
    {"linux.resources.memory", READ},
    {"linux.resources.memory.limit", READ},
    {"linux.resources.memory.reservation", READ},
    {"linux.resources.memory.swap", READ},
    {"linux.resources.memory.kernel", READ},
    {"linux.resources.memory.kernelTCP", READ},
    {"linux.resources.memory.swappiness", READ},
    {"linux.resources.memory.disableOOMKiller", READ},
    {"linux.resources.memory.useHierarchy", READ},
    {"linux.resources.memory.checkBeforeUpdate", READ},
    {"linux.resources.cpu", READ},
    {"linux.resources.cpu.shares", READ},
    {"linux.resources.cpu.quota", READ},
    {"linux.resources.cpu.burst", READ},
    {"linux.resources.cpu.period", READ},
    {"linux.resources.cpu.realtimeRuntime", READ},
    {"linux.resources.cpu.realtimePeriod", READ},
    {"linux.resources.cpu.idle", READ},
    {"linux.resources.cpu.cpus", READ},
    {"linux.resources.cpu.mems", READ},
    {"linux.resources.pids", READ},
    {"linux.resources.pids.limit", READ},
    {"linux.resources.blockIO", READ},
    {"linux.resources.blockIO.weight", READ},
    {"linux.resources.blockIO.leafWeight", READ},
    {"linux.resources.blockIO.weightDevice", READ},
    {"linux.resources.blockIO.weightDevice[0].major", READ},
    {"linux.resources.blockIO.weightDevice[0].minor", READ},
    {"linux.resources.blockIO.weightDevice[0].weight", READ},
    {"linux.resources.blockIO.weightDevice[0].leafWeight", READ},
    {"linux.resources.blockIO.throttleReadBpsDevice", READ},
    {"linux.resources.blockIO.throttleReadBpsDevice[0].major", READ},
    {"linux.resources.blockIO.throttleReadBpsDevice[0].minor", READ},
    {"linux.resources.blockIO.throttleReadBpsDevice[0].rate", READ},
    {"linux.resources.blockIO.throttleWriteBpsDevice", READ},
    {"linux.resources.blockIO.throttleWriteBpsDevice[0].major", READ},
    {"linux.resources.blockIO.throttleWriteBpsDevice[0].minor", READ},
    {"linux.resources.blockIO.throttleWriteBpsDevice[0].rate", READ},
    {"linux.resources.blockIO.throttleReadIOPSDevice", READ},
    {"linux.resources.blockIO.throttleReadIOPSDevice[0].major", READ},
    {"linux.resources.blockIO.throttleReadIOPSDevice[0].minor", READ},
    {"linux.resources.blockIO.throttleReadIOPSDevice[0].rate", READ},
    {"linux.resources.blockIO.throttleWriteIOPSDevice", READ},
    {"linux.resources.blockIO.throttleWriteIOPSDevice[0].major", READ},
    {"linux.resources.blockIO.throttleWriteIOPSDevice[0].minor", READ},
    {"linux.resources.blockIO.throttleWriteIOPSDevice[0].rate", READ},
    {"linux.resources.hugepageLimits", READ},
    {"linux.resources.hugepageLimits[0].pageSize", READ},
    {"linux.resources.hugepageLimits[0].limit", READ},
    {"linux.resources.network", READ},
    {"linux.resources.network.classID", READ},
    {"linux.resources.network.priorities", READ},
    {"linux.resources.network.priorities[0].name", READ},
    {"linux.resources.network.priorities[0].priority", READ},
    {"linux.resources.rdma", READ},
    {"linux.resources.rdma.mlx5_1", READ},
    {"linux.resources.rdma.mlx5_1.hcaHandles", READ},
    {"linux.resources.rdma.mlx5_1.hcaObjects", READ},
    {"linux.resources.unified", READ},
    {"linux.cgroupsPath", READ},
    {"linux.rootfsPropagation", READ},
    {"linux.seccomp", READ},
    {"linux.seccomp.defaultAction", READ},
    {"linux.seccomp.defaultErrnoRet", READ},
    {"linux.seccomp.flags", READ},
    {"linux.seccomp.listenerPath", READ},
    {"linux.seccomp.listenerMetadata", READ},
    {"linux.seccomp.architectures", READ},
    {"linux.seccomp.syscalls", READ},
    {"linux.seccomp.syscalls[1].names", READ},
    {"linux.seccomp.syscalls[1].action", READ},
    {"linux.seccomp.syscalls[1].errnoRet", READ},
    {"linux.seccomp.syscalls[1].args", READ},
    {"linux.seccomp.syscalls[1].args[0].index", READ},
    {"linux.seccomp.syscalls[1].args[0].value", READ},
    {"linux.seccomp.syscalls[1].args[0].valueTwo", READ},
    {"linux.seccomp.syscalls[1].args[0].op", READ},
    {"linux.sysctl", READ},
    {"linux.maskedPaths", READ},
    {"linux.readonlyPaths", READ},
    {"linux.mountLabel", READ},
    {"linux.intelRdt", READ},
    {"linux.intelRdt.closID", READ},
    {"linux.intelRdt.l3CacheSchema", READ},
    {"linux.intelRdt.memBwSchema", READ},
    {"linux.intelRdt.schemata", READ},
    {"linux.intelRdt.enableMonitoring", READ},
    {"linux.intelRdt.enableCMT", READ},
    {"linux.intelRdt.enableMBM", READ},
    {"linux.memoryPolicy", READ},
    {"linux.memoryPolicy.mode", READ},
    {"linux.memoryPolicy.nodes", READ},
    {"linux.memoryPolicy.flags", READ},
    {"linux.personality", READ},
    {"linux.personality.domain", READ},
    {"linux.personality.flags", READ},
    {"linux.timeOffsets", READ},
    {"linux.timeOffsets.boottime", READ},
    {"linux.timeOffsets.boottime.secs", READ},
    {"linux.timeOffsets.boottime.nanosecs", READ},
    {"linux.timeOffsets.monotonic", READ},
    {"linux.timeOffsets.monotonic.secs", READ},
    {"linux.timeOffsets.monotonic.nanosecs", READ},
    {"solaris", IGNORED},
    {"windows", IGNORED},
    {"vm", IGNORED},
    {"zos", IGNORED},
    {"freebsd", IGNORED},
};

/* Sets the value of a path such as "mounts[1].type" in the tree; only its last member may be missing. */
static void set_value(json_t *json, const char *path, double value)
{
    for (;;) {
        size_t length = strcspn(path, ".[");
        CLEANUP_FREE char *name = strndup(path, length);

        path += length;
        if (!*path) {
            assert_int_equal(json_object_set_new(json, name, json_real(value)), 0);
            return;
        }
        json = json_object_get(json, name);
        if (*path == '[') {
            json = json_array_get(json, strtoul(path + 1, NULL, 10));
            path = strchr(path, ']') + 1;
        }
        assert_non_null(json);
        path++;
    }
}

static char *full_with(const char *path, double value)
{
    CLEANUP_FREE char *text = quoted(full);
    json_t *json = json_loads(text, 0, NULL);
    char *changed;

    assert_non_null(json);
    set_value(json, path, value);
    changed = json_dumps(json, 0);
    json_decref(json);
    assert_non_null(changed);
    return changed;
}

static void test_no_property_is_dropped(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(properties); i++) {
        CLEANUP_FREE char *text = full_with(properties[i].path, 1.5);
        CLEANUP_CONFIG struct config config = {0};
        CLEANUP_ERROR struct error error = {0};

        if (config_read_json(&config, text, strlen(text), "c", &error) != -(int)properties[i].treatment)
            fail_msg("%s: %s", properties[i].path, error.text ? error.text : "accepted");
        if (error.code != 0)
            assert_non_null(strstr(error.place, properties[i].path));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_property_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
