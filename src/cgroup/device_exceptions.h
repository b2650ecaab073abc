/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy for devices in the form of version 1 and of systemd, where the order means nothing: everything is allowed or
 * denied, with exceptions (admin-guide/cgroup-v1/devices.rst of the kernel).
 */
#ifndef CGROUP_DEVICE_EXCEPTIONS_H
#define CGROUP_DEVICE_EXCEPTIONS_H

#include "cgroup/device_rules.h"

struct device_exceptions {
    bool allow;                 /* what holds for all others */
    struct device_rule *values; /* 'c' or 'b', allow is the opposite of the above; no device twice */
    size_t length;
};

/* In the arena. -EOPNOTSUPP for what can't be said in this form: a rule for a part of what an exception is for, as in
 * "allow c 1:*, deny c 1:5". The kernel would ignore it silently. */
int device_exceptions_make(const struct device_policy *policy, struct arena *arena,
                           struct device_exceptions *ret_exceptions, struct error *error) MUST_USE;

/* The text of devices.list, in the arena. What can't be read in it is skipped. */
int device_exceptions_parse(const char *list, struct arena *arena, struct device_exceptions *ret_exceptions,
                            struct error *error) MUST_USE;

/* The rights that the exception for the same device has; 0 if there is none. */
unsigned device_exceptions_find(const struct device_exceptions *exceptions, const struct device_rule *rule);

/* "c 1:3 rwm"; the text is text. */
#define DEVICE_LINE_SIZE 40
const char *device_rule_format(const struct device_rule *rule, unsigned rights, char text[DEVICE_LINE_SIZE]);

/* "rwm". */
const char *device_rights_format(unsigned rights, char text[4]);

#endif
