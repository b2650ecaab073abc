/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices the processes of a cgroup may open or make: linux.resources.devices, applied in their order, the last
 * that matches decides, and nothing is allowed before the first. What every container has is allowed after them, as runc
 * does: null, zero, full, random, urandom, tty, ptmx, the console, ptys, and mknod of any.
 */
#ifndef CGROUP_DEVICES_H
#define CGROUP_DEVICES_H

#include "base/error.h"
#include "config/resources.h"

/* Version 2: a program at the cgroup's directory, replacing one that holdfast attached before (bpf(2),
 * BPF_PROG_TYPE_CGROUP_DEVICE). */
int cgroup_devices_set_unified(int directory_fd, const struct config_device_rule *rules, size_t length,
                               struct error *error) MUST_USE;

/* Version 1: devices.deny and devices.allow in the directory of the devices hierarchy. */
int cgroup_devices_set_legacy(int directory_fd, const struct config_device_rule *rules, size_t length,
                              struct error *error) MUST_USE;

#endif
