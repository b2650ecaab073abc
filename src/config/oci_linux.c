/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: linux, but for its larger sections. */
#include "config/check.h"
#include "config/oci.h"

#include <sched.h>
#include <sys/stat.h>

const struct word oci_namespace_types[] = {
    {"mount", CLONE_NEWNS},      {"pid", CLONE_NEWPID},   {"network", CLONE_NEWNET},
    {"uts", CLONE_NEWUTS},       {"ipc", CLONE_NEWIPC},   {"user", CLONE_NEWUSER},
    {"cgroup", CLONE_NEWCGROUP}, {"time", CLONE_NEWTIME}, {NULL, 0},
};

static int read_namespace_type(const struct field *field, void *target, struct error *error)
{
    struct config_namespace *namespace = target;
    const struct word *type;
    int result = field_word(field, oci_namespace_types, &type, error);

    if (result < 0)
        return result;
    namespace->flag = (int)type->number;
    namespace->name = type->word;
    return 0;
}

static const struct property namespace_properties[] = {
    CUSTOM("type", read_namespace_type, REQUIRED),
    TEXT("path", struct config_namespace, path),
    {0},
};

const struct property oci_id_mapping_properties[] = {
    UINT32("containerID", struct id_mapping, container_id, MAXIMUM_ID, REQUIRED),
    UINT32("hostID", struct id_mapping, host_id, MAXIMUM_ID, REQUIRED),
    UINT32("size", struct id_mapping, size, UINT32_MAX, REQUIRED),
    {0},
};

static const struct word device_types[] = {
    {"c", 'c'}, {"b", 'b'}, {"u", 'c'}, /* unbuffered: the same to mknod(2) */
    {"p", 'p'}, {NULL, 0},
};

/* Device numbers may be left out for a FIFO only. */
static int read_device_type(const struct field *field, void *target, struct error *error)
{
    struct config_device *device = target;
    const struct word *type;
    int result = field_word(field, device_types, &type, error);

    if (result < 0)
        return result;
    device->type = (char)type->number;
    if (device->type == 'p')
        return 0;
    result = field_require(field->parent, "major", error);
    return result < 0 ? result : field_require(field->parent, "minor", error);
}

/* What stat(2) calls the mode, the type included, is what some engines write. */
static int read_file_mode(const struct field *field, void *place, struct error *error)
{
    mode_t *ret_mode = place;
    uint32_t mode;
    int result = field_uint32(field, S_IFMT | MAXIMUM_FILE_MODE, &mode, error);

    if (result == 0)
        *ret_mode = mode & MAXIMUM_FILE_MODE;
    return result;
}

static const struct config_device device_initial = {.mode = 0666};

static const struct property device_properties[] = {
    TEXT("path", struct config_device, path, REQUIRED),
    CUSTOM("type", read_device_type, REQUIRED),
    UINT32("major", struct config_device, major, MAXIMUM_MAJOR),
    UINT32("minor", struct config_device, minor, MAXIMUM_MINOR),
    CUSTOM("fileMode", read_file_mode, .offset = MEMBER_OFFSET(struct config_device, mode, mode_t)),
    UINT32("uid", struct config_device, uid, MAXIMUM_ID),
    UINT32("gid", struct config_device, gid, MAXIMUM_ID),
    {0},
};

static int read_propagation(const struct field *field, void *target, struct error *error)
{
    static const struct word words[] = {
        {"private", PROPAGATION_PRIVATE},
        {"slave", PROPAGATION_SLAVE},
        {"shared", PROPAGATION_SHARED},
        {"unbindable", PROPAGATION_UNBINDABLE},
        {"rprivate", PROPAGATION_PRIVATE},
        {"rslave", PROPAGATION_SLAVE},
        {"rshared", PROPAGATION_SHARED},
        {"runbindable", PROPAGATION_UNBINDABLE},
        {NULL, 0},
    };
    struct config *config = target;
    const struct word *row;
    const char *text;
    int result = field_string(field, &text, error);

    if (result < 0 || !*text)
        return result;
    result = field_word(field, words, &row, error);
    if (result < 0)
        return result;
    config->rootfs_propagation = row->number;
    config->rootfs_propagation_recursive = row->word[0] == 'r';
    return 0;
}

const struct property oci_linux_properties[] = {
    LIST("namespaces", struct config, namespaces, namespaces_length, namespace_properties),
    ID_MAPPINGS("uidMappings", struct config, uid_mappings),
    ID_MAPPINGS("gidMappings", struct config, gid_mappings),
    LIST("devices", struct config, devices, devices_length, device_properties, .initial = &device_initial),
    STRINGS("maskedPaths", struct config, masked_paths),
    STRINGS("readonlyPaths", struct config, readonly_paths),
    TEXT("mountLabel", struct config, mount_label),
    CUSTOM("rootfsPropagation", read_propagation),
    SECTION("seccomp", struct config, seccomp, oci_seccomp_properties),
    OBJECT("resources", oci_resources_properties, .offset = __builtin_offsetof(struct config, resources)),
    TEXT("cgroupsPath", struct config, cgroups_path),
    CUSTOM("sysctl", oci_read_sysctl),
    SECTION("intelRdt", struct config, intel_rdt, oci_intel_rdt_properties),
    CUSTOM("memoryPolicy", oci_read_memory_policy,
           .offset = MEMBER_OFFSET(struct config, memory_policy, struct config_memory_policy)),
    MAP("netDevices", struct config, net_devices, net_devices_length, oci_net_device_properties),
    CUSTOM("timeOffsets", oci_read_time_offsets),
    CUSTOM("personality", oci_read_personality),
    {0},
};
