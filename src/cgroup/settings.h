/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources as what is written to which file. The lists are made without a system call; applying them is another
 * step. What the tables leave out, because runc 1.1 ignores it as well:
 *
 *     both      memory.kernel and kernelTCP (deprecated in the kernel), useHierarchy
 *     version 2 swappiness, disableOOMKiller, leafWeight, realtimeRuntime, realtimePeriod, network: it has no file for
 *               them
 *
 * 0 stands for "not given" where the kernel has no use for it, as in runc: engines write all members.
 */
#ifndef CGROUP_SETTINGS_H
#define CGROUP_SETTINGS_H

#include "cgroup/cgroup.h"

/* The file need not be there. */
#define SETTING_OPTIONAL 0x1u
/* The kernel may refuse the value until a later setting is made (EINVAL): it is tried again after the others. */
#define SETTING_RETRY 0x2u
/* The value follows the file's first word, which stays: the period of cpu.max. */
#define SETTING_KEEPS_FIRST_WORD 0x4u

struct cgroup_setting {
    const char *controller; /* "memory" */
    const char *file, *value;
    const char *other_file, *other_value; /* instead, where file isn't there; NULL: nothing */
    const char *usage_file; /* the value must not be below the number in it; NULL: no such check */
    const char *place;      /* in the configuration: "linux.resources.memory.limit" */
    unsigned flags;         /* SETTING_… */
};

struct cgroup_settings {
    struct arena *arena;
    struct cgroup_setting *values;
    size_t length;
};

/* Version 2. EINVAL: values that contradict each other. */
int cgroup_settings_unified(const struct config_resources *resources, struct arena *arena,
                            struct cgroup_settings *ret_settings, struct error *error) MUST_USE;

/* Version 1. EINVAL: linux.resources.unified is given. */
int cgroup_settings_legacy(const struct config_resources *resources, struct arena *arena,
                           struct cgroup_settings *ret_settings, struct error *error) MUST_USE;

/* One of the two, as the machine is. */
int cgroup_settings_make(const struct cgroup *cgroup, const struct config_resources *resources,
                         struct arena *arena, struct cgroup_settings *ret_settings,
                         struct error *error) MUST_USE;

/* Makes them, in their order. ENOENT: the controller is not there. */
int cgroup_settings_apply(const struct cgroup *cgroup, const struct cgroup_settings *settings,
                          struct error *error) MUST_USE;

/* The conversions of runc 1.1: cpu.shares (2 to 262144) to cpu.weight (1 to 10000), and blkio.weight (10 to 1000) to
 * io.weight (1 to 10000). Values outside are taken to the nearest end. */
uint64_t cgroup_weight_of_shares(int64_t shares);
uint64_t cgroup_weight_of_block_io(int64_t weight);

/* memory.swap, which as on version 1 counts memory and swap together, as version 2 has it: the limit of swap alone, -1 if
 * unlimited. Not given where nothing is said of it. EINVAL: it contradicts memory.limit. */
int cgroup_swap_alone(const struct config_memory *memory, struct config_number *ret_swap,
                      struct error *error) MUST_USE;

/* For the two makers: a setting more; NULL when memory is short. */
struct cgroup_setting *cgroup_settings_add(struct cgroup_settings *settings, const char *controller,
                                           const char *file, const char *value, const char *place);

/* A table of numbers and texts. */
enum setting_form {
    FORM_NUMBER,       /* as it is */
    FORM_MAXIMUM,      /* "max" if negative */
    FORM_SHARES,       /* cgroup_weight_of_shares() */
    FORM_NOT_NEGATIVE, /* as it is; a negative one stands for "not given" */
};

struct setting_row {
    size_t offset; /* of the struct config_number in struct config_resources */
    const char *controller, *file, *place;
    enum setting_form form;
    bool takes_zero; /* 0 is a value */
    unsigned flags;
    const char *other_file;
    const char *usage_file; /* looked at with memory.checkBeforeUpdate */
};

int cgroup_settings_add_rows(struct cgroup_settings *settings, const struct config_resources *resources,
                             const struct setting_row *rows, size_t length, struct error *error) MUST_USE;

/* What both versions have alike: cpuset, pages of the hugetlb controller ("max" or "limit_in_bytes" is the end of
 * their files' names), rdma. */
int cgroup_settings_add_cpuset(struct cgroup_settings *settings, const struct config_resources *resources,
                               struct error *error) MUST_USE;
int cgroup_settings_add_hugepages(struct cgroup_settings *settings, const struct config_resources *resources,
                                  const char *end, struct error *error) MUST_USE;
int cgroup_settings_add_rdma(struct cgroup_settings *settings, const struct config_resources *resources,
                             struct error *error) MUST_USE;

/* Whether the number is given and says something. */
static inline bool cgroup_number_says(const struct config_number *number)
{
    return number->given && number->value != 0;
}

#endif
