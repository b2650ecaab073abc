/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules for devices as both versions of cgroups need them: complete, with what every container has, and without
 * what a later rule overrides as a whole.
 *
 * Each of the rights that are asked for (read, write, mknod) is decided by the last rule that is about the device and
 * has the right; where there is none, by the policy's allow.
 */
#ifndef CGROUP_DEVICE_RULES_H
#define CGROUP_DEVICE_RULES_H

#include "base/arena.h"
#include "base/error.h"
#include "config/resources.h"
#include <linux/bpf.h>

#define DEVICE_ANY ((int64_t)-1)
#define DEVICE_ALL_RIGHTS ((unsigned)(BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE))

struct device_rule {
    bool allow;
    char type;            /* 'a' (all), 'c' or 'b' */
    int64_t major, minor; /* or DEVICE_ANY */
    unsigned rights;      /* BPF_DEVCG_ACC_…, at least one */
};

struct device_policy {
    bool allow;                /* what no rule is about */
    struct device_rule *rules; /* the last one wins */
    size_t length;
};

/* The policy of a configuration's rules, in the arena. A negative number stands for all numbers, as in runc. */
int device_policy_make(const struct config_device_rule *rules, size_t length, struct arena *arena,
                       struct device_policy *ret_policy, struct error *error) MUST_USE;

/* Whether nothing is denied. */
bool device_policy_allows_all(const struct device_policy *policy);

#endif
