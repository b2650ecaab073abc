/* SPDX-License-Identifier: Apache-2.0 */
/* The top level of config.json, its root and its mounts. */
#include "config/oci.h"

#include <string.h>

static int read_version(const struct field *field, void *target, struct error *error)
{
    const char *version;
    int result = field_string(field, &version, error);

    (void)target; /* says nothing */
    if (result < 0 || strncmp(version, "1.", 2) == 0)
        return result;
    return field_error(field, error, "is \"%s\", but holdfast knows version 1 only", version);
}

static const struct property root_properties[] = {
    TEXT("path", struct config, rootfs, REQUIRED),
    BOOLEAN("readonly", struct config, rootfs_readonly),
    {0},
};

const struct property oci_mount_properties[] = {
    TEXT("destination", struct config_mount, destination, REQUIRED),
    TEXT("type", struct config_mount, type),
    TEXT("source", struct config_mount, source),
    STRINGS("options", struct config_mount, options),
    ID_MAPPINGS("uidMappings", struct config_mount, uid_mappings),
    ID_MAPPINGS("gidMappings", struct config_mount, gid_mappings),
    {0},
};

const struct property oci_properties[] = {
    CUSTOM("ociVersion", read_version, REQUIRED),
    OBJECT("root", root_properties, REQUIRED),
    LIST("mounts", struct config, mounts, mounts_length, oci_mount_properties),
    CUSTOM("process", oci_read_process),
    TEXT("hostname", struct config, hostname),
    TEXT("domainname", struct config, domainname),
    OBJECT("linux", oci_linux_properties),
    OBJECT("hooks", oci_hooks_properties),
    MAP("annotations", struct config, annotations, annotations_length, NULL),
    IGNORED("solaris"), /* and the other platforms: not for Linux containers */
    IGNORED("windows"),
    IGNORED("vm"),
    IGNORED("zos"),
    IGNORED("freebsd"),
    {0},
};
