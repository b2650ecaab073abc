/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of a unit (systemd.resource-control(5), org.freedesktop.systemd1(5)), before they become a message. */
#ifndef CGROUP_SYSTEMD_PROPERTIES_H
#define CGROUP_SYSTEMD_PROPERTIES_H

#include "base/arena.h"
#include "base/error.h"
#include "config/resources.h"

enum systemd_type {
    SYSTEMD_FLAG,    /* number */
    SYSTEMD_NUMBER,  /* number; UINT64_MAX is systemd's "infinity" */
    SYSTEMD_PIDS,    /* number, the only one of the array */
    SYSTEMD_TEXT,    /* text */
    SYSTEMD_TEXTS,   /* text, the only one of the array */
    SYSTEMD_BITS,    /* bytes, the lowest bit of the first is number 0 */
    SYSTEMD_DEVICES, /* devices */
};

struct systemd_device {
    char path[64]; /* "/dev/char/1:3", "char-pts", "block-*" */
    char rights[4];
};

struct systemd_property {
    const char *name;
    enum systemd_type type;
    uint64_t number;
    const char *text;
    const uint8_t *bytes;
    const struct systemd_device *devices;
    size_t length; /* of bytes or devices */
};

/* In the order in which systemd applies them: the last one of a name counts. */
struct systemd_properties {
    struct arena *arena;
    struct systemd_property *values;
    size_t length;
};

/* Each adds one; 0 or -ENOMEM. */
int systemd_add_flag(struct systemd_properties *properties, const char *name, bool value,
                     struct error *error) MUST_USE;
int systemd_add_number(struct systemd_properties *properties, const char *name, uint64_t value,
                       struct error *error) MUST_USE;
int systemd_add(struct systemd_properties *properties, const struct systemd_property *property,
                struct error *error) MUST_USE;

/* Adds what systemd has properties for: memory, CPU, pids, cpuset; on version 2 also those of resources.unified. A 0 is
 * an absent limit, as in runc. Other limits are left to the cgroup's files. */
int systemd_add_resources(struct systemd_properties *properties, const struct config_resources *resources,
                          bool is_unified, struct error *error) MUST_USE;

/* Adds DevicePolicy and DeviceAllow. systemd can only say which devices are allowed; rules that say more are "none is
 * allowed" to it, and it is for cgroup_devices_set_… to say what holds after. */
int systemd_add_devices(struct systemd_properties *properties, const struct config_device_rule *rules,
                        size_t length, struct error *error) MUST_USE;

#endif
