/* SPDX-License-Identifier: Apache-2.0 */
/* A policy for devices as a program for the kernel (bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE). */
#ifndef CGROUP_DEVICE_PROGRAM_H
#define CGROUP_DEVICE_PROGRAM_H

#include "cgroup/device_rules.h"

struct device_program {
    struct bpf_insn *instructions;
    size_t length;
};

/* Compiles it, into the arena. No system call is made. */
int device_program_compile(const struct device_policy *policy, struct arena *arena,
                           struct device_program *ret_program, struct error *error) MUST_USE;

/* Its descriptor in the kernel, the caller's; -errno. What the verifier has against it is the error's kernel text.
 * -EPERM: bpf(2) is not for this process, above all in a user namespace. */
int device_program_load(const struct device_program *program, struct error *error) MUST_USE;

#endif
