/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices the processes of a cgroup may open or make: linux.resources.devices in their order. Each right (read,
 * write, mknod) is decided by the last rule that is about the device and has it; nothing is allowed before the first.
 * What every container has is allowed after them, as runc does: null, zero, full, random, urandom, tty, ptmx, ptys (the
 * console is one), net/tun, and mknod of any.
 */
#ifndef CGROUP_DEVICES_H
#define CGROUP_DEVICES_H

#include "base/error.h"
#include "config/resources.h"

/* Version 2: a program at the cgroup's directory (bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE), which replaces those that are
 * attached there, systemd's included. If everything is allowed there is none. -EPERM: this process may not use bpf(2),
 * above all because it is in a user namespace; nothing has changed then, and a caller in a user namespace may go
 * on without (error_clear), as runc does: nobody can make device nodes there. */
int cgroup_devices_set_unified(int directory_fd, const struct config_device_rule *rules, size_t length,
                               struct error *error) MUST_USE;

/* Version 1: devices.deny and devices.allow in the directory of the devices hierarchy. -EPERM: the cgroup above denies
 * what is to be allowed. -EOPNOTSUPP, before anything has changed: the rules make an exception from an exception, which
 * version 1 can't express. */
int cgroup_devices_set_legacy(int directory_fd, const struct config_device_rule *rules, size_t length,
                              struct error *error) MUST_USE;

#endif
