/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of an OCI config.json, a file a section: oci.c, oci_linux.c and so on. */
#ifndef CONFIG_OCI_H
#define CONFIG_OCI_H

#include "config/property.h"

/* Of the whole document; they fill struct config. */
extern const struct property oci_properties[];

/* Of the sections; they fill struct config too. */
extern const struct property oci_linux_properties[];

/* Of each element of mounts; they fill struct config_mount. */
extern const struct property oci_mount_properties[];

/* Of each element of a list of mappings; they fill struct id_mapping. */
extern const struct property oci_id_mapping_properties[];

/* Readers of process and linux.seccomp into struct config. */
custom_reader oci_read_process, oci_read_seccomp;

/* The kinds of namespaces, by their names in linux.namespaces; the numbers are CLONE_NEWNS and so on. */
extern const struct word oci_namespace_types[];

/* The words of linux.seccomp: actions, operators, flags. */
extern const struct word oci_seccomp_actions[], oci_seccomp_comparisons[], oci_seccomp_flags[];

/* libseccomp's number for "SCMP_ARCH_X86_64"; 0 if this libseccomp does not know it. */
uint32_t oci_seccomp_architecture(const char *name);

/* A row for a member of type struct id_mappings. */
#define ID_MAPPINGS(key, structure, member)                                                                  \
    LIST(key, structure, member.ranges, member.length, oci_id_mapping_properties)

#endif
