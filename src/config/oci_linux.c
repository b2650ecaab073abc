/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: linux, but for seccomp. */
#include "config/check.h"
#include "config/oci.h"

#include <sched.h>

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

static const struct config_device device_initial = {.mode = 0666};

static const struct property device_properties[] = {
    TEXT("path", struct config_device, path, REQUIRED),
    CUSTOM("type", read_device_type, REQUIRED),
    UINT32("major", struct config_device, major, MAXIMUM_MAJOR),
    UINT32("minor", struct config_device, minor, MAXIMUM_MINOR),
    UINT32("fileMode", struct config_device, mode, MAXIMUM_FILE_MODE),
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
    CUSTOM("seccomp", oci_read_seccomp),
    UNSUPPORTED("resources"),
    UNSUPPORTED("cgroupsPath"),
    UNSUPPORTED("sysctl"),
    UNSUPPORTED("intelRdt"),
    UNSUPPORTED("memoryPolicy"),
    UNSUPPORTED("netDevices"),
    UNSUPPORTED("timeOffsets"),
    UNSUPPORTED("personality"),
    {0},
};
