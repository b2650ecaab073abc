/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold in a configuration beyond types and ranges, whether it was read or built. Errors are EINVAL
 * and placed by the JSON path of what is wrong.
 */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include "config/config.h"

/* -1 stands for "none" in the kernel: UINT32_MAX is not an id. */
#define MAXIMUM_ID (UINT32_MAX - 1)

/* The kernel's device numbers: 12 bits and 20 bits (include/linux/kdev_t.h). */
#define MAXIMUM_MAJOR UINT32_C(0xfff)
#define MAXIMUM_MINOR UINT32_C(0xfffff)

#define MAXIMUM_FILE_MODE UINT32_C(07777)

/* The most that any kernel is built for: NR_CPUS and MAX_NUMNODES. */
#define MAXIMUM_CPU 8191
#define MAXIMUM_NODE 1023

/* The whole configuration: all of the checks below, and what its parts demand of each other. */
int config_check(const struct config *config, struct error *error) MUST_USE;

/* The element of that index, alone and against those before it. */
int config_check_mount(const struct config *config, size_t index, struct error *error) MUST_USE;
int config_check_device(const struct config *config, size_t index, struct error *error) MUST_USE;
int config_check_namespace(const struct config *config, size_t index, struct error *error) MUST_USE;

/* Ranges that the kernel takes as a mapping (user_namespaces(7)). path is that of the list. */
int config_check_mappings(const struct config *config, const struct id_mappings *mappings, const char *path,
                          struct error *error) MUST_USE;

/* What is to be executed; nothing if the configuration has no process. */
int config_check_process(const struct config *config, struct error *error) MUST_USE;

/* Its part process.scheduler. */
int config_check_scheduler(const struct config *config, struct error *error) MUST_USE;

/* Each entry is NAME=VALUE. path is that of the list. */
int config_check_environment(const struct config *config, const struct strings *env, const char *path,
                             struct error *error) MUST_USE;

/* linux.resources; of a new container, or alone, as what a container is to get that may have other limits already. */
int config_check_new_resources(const struct config *config, struct error *error) MUST_USE;
int config_check_resources(const struct config *config, struct error *error) MUST_USE;

/* linux.sysctl; linux.seccomp; timeOffsets, netDevices, memoryPolicy and intelRdt of linux; hooks and
 * linux.cgroupsPath. */
int config_check_sysctl(const struct config *config, struct error *error) MUST_USE;
int config_check_seccomp(const struct config *config, struct error *error) MUST_USE;
int config_check_kernel(const struct config *config, struct error *error) MUST_USE;
int config_check_lifecycle(const struct config *config, struct error *error) MUST_USE;

/* A name that the kernel takes for a network interface. The place is left to the caller. */
int check_interface_name(const char *name, struct error *error) MUST_USE;

/* A path: not missing (NULL), not empty, no newline, which no line of a message or table could show. These
 * two leave the place to the caller. */
int check_path(const char *path, struct error *error) MUST_USE;
int check_absolute_path(const char *path, struct error *error) MUST_USE;

/* Places the error that was just set, by a path that is given as a format. Returns the error's -code. */
int config_place(const struct config *config, struct error *error, const char *path, ...) PRINTF(3, 4);

#endif
