/* SPDX-License-Identifier: Apache-2.0 */
/* sched_setattr(2), ioprio_set(2), sched_setaffinity(2). */
#include "config/number_list.h"
#include "process/attributes.h"

#include <inttypes.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

/* struct sched_attr, as long as it was at first. glibc has it since 2.41 only, and <linux/sched/types.h> does not go
 * together with <sched.h>. */
struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

_Static_assert(sizeof(struct scheduling) == 48, "SCHED_ATTR_SIZE_VER0");

static const struct {
    int code;
    const char *hint;
} scheduler_hints[] = {
    {EPERM, "a real-time policy or a lower nice value needs CAP_SYS_NICE on the host; with the deadline "
            "policy the process "
            "may not be bound to some of the CPUs"},
    {EINVAL, "the policy does not go with these values: priority is 1 to 99 for the real-time policies and 0 "
             "for others; "
             "runtime <= deadline <= period"},
    {EBUSY, "the CPUs have no time left that this deadline needs"},
    {E2BIG, "this kernel does not know one of the flags"},
};

int process_set_scheduler(const struct config *config, struct error *error)
{
    const struct config_scheduler *wanted = &config->process.scheduler;
    struct scheduling scheduling = {
        .size = sizeof(scheduling),
        .policy = wanted->policy,
        .flags = wanted->flags,
        .nice = wanted->nice,
        .priority = (uint32_t)wanted->priority,
        .runtime = wanted->runtime,
        .deadline = wanted->deadline,
        .period = wanted->period,
    };

    if (!wanted->given || syscall(SYS_sched_setattr, 0, &scheduling, 0) == 0)
        return 0;
    error_call(error, errno, "sched_setattr",
               "cannot set the scheduling policy %" PRIu32 " (nice %" PRId32 ", priority %" PRId32 ")",
               wanted->policy, wanted->nice, wanted->priority);
    for (size_t i = 0; i < ARRAY_LENGTH(scheduler_hints); i++)
        if (scheduler_hints[i].code == error->code)
            error_hint(error, "%s", scheduler_hints[i].hint);
    config_error_place(config, error, "process.scheduler");
    return -error->code;
}

int process_set_io_priority(const struct config *config, struct error *error)
{
    const struct config_process *process = &config->process;

    if (!process->has_io_priority ||
        syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
                IOPRIO_PRIO_VALUE(process->io_priority_class, process->io_priority)) == 0)
        return 0;
    error_call(error, errno, "ioprio_set", "cannot set the priority %d of class %d", process->io_priority,
               process->io_priority_class);
    error_hint(error, error->code == EPERM
                          ? "the real-time class needs CAP_SYS_ADMIN or CAP_SYS_NICE on the host"
                          : "the classes are 1 to 3, the priorities 0 to 7");
    config_error_place(config, error, "process.ioPriority");
    return -error->code;
}

static int set_affinity(pid_t pid, const char *text, struct error *error)
{
    struct number_list list;
    int result = number_list_parse(text, NUMBER_LIST_BITS - 1, &list, error);

    if (result < 0)
        return result;
    if (syscall(SYS_sched_setaffinity, pid, sizeof(list.words), list.words) == 0)
        return 0;
    error_call(error, errno, "sched_setaffinity", "cannot run on the CPUs %s alone", text);
    if (error->code == EINVAL)
        error_hint(error, "none of them is online and in the cpuset of the process's cgroup");
    return -error->code;
}

int process_set_affinity(const struct config *config, pid_t pid, const char *list, const char *path,
                         struct error *error)
{
    if (!list || set_affinity(pid, list, error) == 0)
        return 0;
    config_error_place(config, error, path);
    return -error->code;
}
