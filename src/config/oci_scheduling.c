/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: process.scheduler, process.ioPriority and process.execCPUAffinity. */
#include "config/oci.h"

#include <linux/ioprio.h>
#include <linux/sched.h>

/* sched(7). SCHED_ISO has a number, but no kernel knows it; <linux/sched.h> leaves it out. */
static const struct word policies[] = {
    {"SCHED_OTHER", SCHED_NORMAL},
    {"SCHED_FIFO", SCHED_FIFO},
    {"SCHED_RR", SCHED_RR},
    {"SCHED_BATCH", SCHED_BATCH},
    {"SCHED_ISO", 4},
    {"SCHED_IDLE", SCHED_IDLE},
    {"SCHED_DEADLINE", SCHED_DEADLINE},
    {NULL, 0},
};

/* sched_setattr(2). */
static const struct word flags[] = {
    {"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},
    {"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
    {"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},
    {"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
    {"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},
    {"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX},
    {NULL, 0},
};

const struct property oci_scheduler_properties[] = {
    WORD("policy", struct config_scheduler, policy, policies, REQUIRED),
    INT32("nice", struct config_scheduler, nice, -20, 19),
    INT32("priority", struct config_scheduler, priority, INT32_MIN, INT32_MAX),
    FLAGS("flags", struct config_scheduler, flags, flags),
    UINT64("runtime", struct config_scheduler, runtime),
    UINT64("deadline", struct config_scheduler, deadline),
    UINT64("period", struct config_scheduler, period),
    {0},
};

static const struct word io_priority_classes[] = {
    {"IOPRIO_CLASS_RT", IOPRIO_CLASS_RT},
    {"IOPRIO_CLASS_BE", IOPRIO_CLASS_BE},
    {"IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE},
    {NULL, 0},
};

const struct property oci_io_priority_properties[] = {
    WORD("class", struct config_process, io_priority_class, io_priority_classes, REQUIRED),
    INT32("priority", struct config_process, io_priority, 0, 7),
    {0},
};

const struct property oci_affinity_properties[] = {
    TEXT("initial", struct config_process, initial_affinity),
    TEXT("final", struct config_process, final_affinity),
    {0},
};
