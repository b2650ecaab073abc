/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources of a configuration, and what `holdfast update` reads: the limits of the container's cgroup. */
#ifndef CONFIG_RESOURCES_H
#define CONFIG_RESOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number that may be absent. */
struct config_number {
    bool given;
    int64_t value;
};

struct config_device_rule {
    bool allow;
    char type; /* 'a' (all), 'c' or 'b' */
    /* Without a number the rule is for all of them. */
    struct config_number major, minor;
    bool read, write, mknod; /* "access"; none given: all three */
};

struct config_memory {
    struct config_number limit, reservation, swap, kernel, kernel_tcp; /* bytes; -1: unlimited */
    struct config_number swappiness;
    bool disable_oom_killer, use_hierarchy, check_before_update;
};

struct config_cpu {
    struct config_number shares, quota, burst, period, realtime_runtime, realtime_period, idle;
    const char *cpus, *mems; /* lists as in cpuset(7): "0-3,7"; NULL: absent */
};

struct config_weight_device {
    int64_t major, minor;
    struct config_number weight, leaf_weight;
};

struct config_rate_device {
    int64_t major, minor;
    uint64_t rate; /* bytes or operations a second */
};

struct config_rates {
    struct config_rate_device *values;
    size_t length;
};

struct config_block_io {
    struct config_number weight, leaf_weight;
    struct config_weight_device *weight_devices;
    size_t weight_devices_length;
    struct config_rates read_bytes, write_bytes, read_operations, write_operations;
};

struct config_hugepage_limit {
    const char *page_size; /* "2MB" */
    uint64_t limit;        /* bytes */
};

struct config_interface_priority {
    const char *name;
    uint32_t priority;
};

struct config_rdma {
    const char *device;
    struct config_number handles, objects;
};

struct config_key_value {
    const char *key, *value;
};

struct config_resources {
    struct config_device_rule *devices;
    size_t devices_length;
    struct config_memory memory;
    struct config_cpu cpu;
    struct config_number pids; /* -1: unlimited */
    struct config_block_io block_io;
    struct config_hugepage_limit *hugepages;
    size_t hugepages_length;
    struct config_number network_class;
    struct config_interface_priority *network_priorities;
    size_t network_priorities_length;
    struct config_rdma *rdma;
    size_t rdma_length;
    struct config_key_value *unified; /* files of cgroup v2 and what is written to them */
    size_t unified_length;
};

#endif
