/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of an OCI config.json, a file a section: oci.c, oci_linux.c and so on. */
#ifndef CONFIG_OCI_H
#define CONFIG_OCI_H

#include "config/property.h"

/* The version of the OCI runtime specification that holdfast follows. */
#define OCI_VERSION "1.3.0"

/* Of the whole document; they fill struct config. */
extern const struct property oci_properties[];

/* Of the sections; they fill struct config too. The rows of the hooks are in the order of enum config_hook_kind. */
extern const struct property oci_linux_properties[], oci_hooks_properties[];

/* Of sections that fill a struct of their own: config_resources, config_seccomp, config_intel_rdt,
 * config_scheduler. */
extern const struct property oci_resources_properties[], oci_seccomp_properties[], oci_intel_rdt_properties[],
    oci_scheduler_properties[];

/* Of process.ioPriority and process.execCPUAffinity; they fill struct config_process. */
extern const struct property oci_io_priority_properties[], oci_affinity_properties[];

/* Of each value of linux.netDevices; they fill struct config_net_device. */
extern const struct property oci_net_device_properties[];

/* Of each element of mounts; they fill struct config_mount. */
extern const struct property oci_mount_properties[];

/* Of each element of a list of mappings; they fill struct id_mapping. */
extern const struct property oci_id_mapping_properties[];

/* Readers of sections into struct config. oci_read_process_alone leaves capabilities that are absent not given. */
custom_reader oci_read_process, oci_read_process_alone, oci_read_sysctl, oci_read_time_offsets,
    oci_read_personality;

/* The reader of linux.memoryPolicy into struct config_memory_policy. */
custom_reader oci_read_memory_policy;

/* The kinds of namespaces, by their names in linux.namespaces; the numbers are CLONE_NEWNS and so on. */
extern const struct word oci_namespace_types[];

/* The words of linux.seccomp: actions, operators, flags. */
extern const struct word oci_seccomp_actions[], oci_seccomp_comparisons[], oci_seccomp_flags[];

/* The words of linux.memoryPolicy; the numbers are those of set_mempolicy(2). */
extern const struct word oci_memory_policy_modes[], oci_memory_policy_flags[];

/* libseccomp's number for "SCMP_ARCH_X86_64"; 0 if this libseccomp does not know it. */
uint32_t oci_seccomp_architecture(const char *name);

/* A row for a member of type struct id_mappings. */
#define ID_MAPPINGS(key, structure, member)                                                                  \
    LIST(key, structure, member.ranges, member.length, oci_id_mapping_properties)

#endif
