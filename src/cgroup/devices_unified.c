/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules for devices on version 2, where no file takes them but a program that is attached to the directory.
 *
 * System calls: bpf(BPF_PROG_QUERY), BPF_PROG_GET_FD_BY_ID for each that is attached, BPF_PROG_LOAD,
 * BPF_PROG_ATTACH, BPF_PROG_DETACH
 *
 * RLIMIT_MEMLOCK is left alone: since Linux 5.11 programs are accounted to the memory cgroup.
 */
#include "base/fd.h"
#include "cgroup/device_program.h"
#include "cgroup/devices.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* BPF_CGROUP_MAX_PROGS of the kernel: no directory can have more. */
#define PROGRAMS_LIMIT 64

struct attached {
    int fds[PROGRAMS_LIMIT];
    size_t length;
};

static void attached_clear(struct attached *attached)
{
    while (attached->length > 0)
        fd_close(&attached->fds[--attached->length]);
}

static int call(enum bpf_cmd command, union bpf_attr *attributes)
{
    int result = (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));

    return result < 0 ? -errno : result;
}

static int add_program(struct attached *attached, uint32_t id, struct error *error)
{
    union bpf_attr attributes;
    int fd;

    memset(&attributes, 0, sizeof(attributes));
    attributes.prog_id = id;
    fd = call(BPF_PROG_GET_FD_BY_ID, &attributes);
    if (fd == -ENOENT) /* detached in the meantime */
        return 0;
    if (fd < 0)
        return error_call(error, fd, "bpf(BPF_PROG_GET_FD_BY_ID)",
                          "cannot open the program with the cgroup's rules for devices");
    attached->fds[attached->length++] = fd;
    return 0;
}

/* The programs for devices that are attached to this very directory. */
static int find_attached(int directory_fd, struct attached *attached, struct error *error)
{
    uint32_t ids[PROGRAMS_LIMIT];
    union bpf_attr attributes;
    int status;

    memset(&attributes, 0, sizeof(attributes));
    attributes.query.target_fd = (uint32_t)directory_fd;
    attributes.query.attach_type = BPF_CGROUP_DEVICE;
    attributes.query.prog_ids = (uint64_t)(uintptr_t)ids;
    attributes.query.prog_cnt = PROGRAMS_LIMIT;
    status = call(BPF_PROG_QUERY, &attributes);
    if (status < 0) {
        error_call(error, status, "bpf(BPF_PROG_QUERY)", "cannot find out which rules for devices there are");
        if (status == -EPERM)
            error_hint(error, "rules for devices need CAP_NET_ADMIN or CAP_SYS_ADMIN on the host, and are "
                              "not to be had in a user namespace");
        return status;
    }
    for (uint32_t i = 0; status == 0 && i < attributes.query.prog_cnt; i++)
        status = add_program(attached, ids[i], error);
    return status;
}

static int attach(int directory_fd, int program_fd, const int *replaced_fd, struct error *error)
{
    union bpf_attr attributes;
    int status;

    memset(&attributes, 0, sizeof(attributes));
    attributes.target_fd = (uint32_t)directory_fd;
    attributes.attach_bpf_fd = (uint32_t)program_fd;
    attributes.attach_type = BPF_CGROUP_DEVICE;
    attributes.attach_flags = BPF_F_ALLOW_MULTI;
    if (replaced_fd) {
        attributes.attach_flags |= BPF_F_REPLACE;
        attributes.replace_bpf_fd = (uint32_t)*replaced_fd;
    }
    status = call(BPF_PROG_ATTACH, &attributes);
    if (status < 0)
        return error_call(error, status, "bpf(BPF_PROG_ATTACH)",
                          "cannot attach the program with the rules for devices to the cgroup");
    return 0;
}

static int detach(int directory_fd, int program_fd, struct error *error)
{
    union bpf_attr attributes;
    int status;

    memset(&attributes, 0, sizeof(attributes));
    attributes.target_fd = (uint32_t)directory_fd;
    attributes.attach_bpf_fd = (uint32_t)program_fd;
    attributes.attach_type = BPF_CGROUP_DEVICE;
    status = call(BPF_PROG_DETACH, &attributes);
    if (status < 0 && status != -ENOENT)
        return error_call(error, status, "bpf(BPF_PROG_DETACH)",
                          "cannot detach the program with the cgroup's former rules for devices");
    return 0;
}

static int detach_all(int directory_fd, const struct attached *attached, struct error *error)
{
    int status = 0;

    for (size_t i = 0; status == 0 && i < attached->length; i++)
        status = detach(directory_fd, attached->fds[i], error);
    return status;
}

/* A single one is replaced, so that no access falls between the two; of several, all are detached afterwards. */
static int replace(int directory_fd, int program_fd, const struct attached *attached, struct error *error)
{
    bool is_single = attached->length == 1;
    int status = attach(directory_fd, program_fd, is_single ? &attached->fds[0] : NULL, error);

    if (status < 0 || is_single)
        return status;
    return detach_all(directory_fd, attached, error);
}

static int set(int directory_fd, const struct device_policy *policy, struct arena *arena, struct error *error)
{
    CLEANUP(attached_clear) struct attached attached = {0};
    CLEANUP_FD int program_fd = -1;
    struct device_program program;
    int status = find_attached(directory_fd, &attached, error);

    if (status < 0)
        return status;
    if (device_policy_allows_all(policy))
        return detach_all(directory_fd, &attached, error);
    status = device_program_compile(policy, arena, &program, error);
    if (status < 0)
        return status;
    program_fd = device_program_load(&program, error);
    return program_fd < 0 ? program_fd : replace(directory_fd, program_fd, &attached, error);
}

int cgroup_devices_set_unified(int directory_fd, const struct config_device_rule *rules, size_t length,
                               struct error *error)
{
    struct arena arena = {0};
    struct device_policy policy;
    int status = device_policy_make(rules, length, &arena, &policy, error);

    if (status == 0)
        status = set(directory_fd, &policy, &arena, error);
    arena_clear(&arena);
    return status;
}
