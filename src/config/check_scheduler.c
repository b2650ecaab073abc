/* SPDX-License-Identifier: Apache-2.0 */
/* What the members of process.scheduler demand of each other: "priority … is used by SCHED_FIFO and SCHED_RR",
 * "runtime … deadline … period … used by the deadline scheduler" (OCI config.md, Linux Process; sched(7)). */
#include "config/check.h"

#include <inttypes.h>
#include <linux/sched.h>

#define PRIORITY_LIMIT 99 /* sched(7): of the real-time policies, 1 is the lowest */

static bool is_real_time(const struct config_scheduler *scheduler)
{
    return scheduler->policy == SCHED_FIFO || scheduler->policy == SCHED_RR;
}

static int check_priority(const struct config *config, struct error *error)
{
    const struct config_scheduler *scheduler = &config->process.scheduler;

    if (is_real_time(scheduler) ? scheduler->priority >= 1 && scheduler->priority <= PRIORITY_LIMIT
                                : scheduler->priority == 0)
        return 0;
    if (is_real_time(scheduler))
        error_set(error, EINVAL, "is %d, but must be from 1 to %d for SCHED_FIFO and SCHED_RR",
                  scheduler->priority, PRIORITY_LIMIT);
    else
        error_set(error, EINVAL, "is %d, but only SCHED_FIFO and SCHED_RR have one", scheduler->priority);
    return config_place(config, error, "process.scheduler.priority");
}

/* The others have none of the three. */
static int check_no_deadline(const struct config *config, struct error *error)
{
    const struct config_scheduler *scheduler = &config->process.scheduler;
    const struct {
        const char *name;
        uint64_t value;
    } times[] = {
        {"runtime", scheduler->runtime},
        {"deadline", scheduler->deadline},
        {"period", scheduler->period},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(times); i++) {
        if (times[i].value == 0)
            continue;
        error_set(error, EINVAL, "is %" PRIu64 ", but only SCHED_DEADLINE has one", times[i].value);
        return config_place(config, error, "process.scheduler.%s", times[i].name);
    }
    return 0;
}

/* sched_setattr(2): "sched_runtime <= sched_deadline <= sched_period", and no period means the deadline. */
static int check_deadline(const struct config *config, struct error *error)
{
    const struct config_scheduler *scheduler = &config->process.scheduler;
    const char *name = NULL;

    if (scheduler->runtime == 0)
        name = "runtime";
    else if (scheduler->deadline < scheduler->runtime)
        name = "deadline";
    else if (scheduler->period != 0 && scheduler->period < scheduler->deadline)
        name = "period";
    if (!name)
        return 0;
    error_set(error, EINVAL, "does not fit: SCHED_DEADLINE needs 0 < runtime <= deadline <= period");
    return config_place(config, error, "process.scheduler.%s", name);
}

int config_check_scheduler(const struct config *config, struct error *error)
{
    int result;

    if (!config->process.scheduler.given)
        return 0;
    result = check_priority(config, error);
    if (result < 0)
        return result;
    return config->process.scheduler.policy == SCHED_DEADLINE ? check_deadline(config, error)
                                                              : check_no_deadline(config, error);
}
