/* SPDX-License-Identifier: Apache-2.0 */
/* prlimit(2) for each limit; once more, to read the present one, where that failed. */
#include "process/rlimits.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

#define TEXT_SIZE 32

static const char *limit_text(uint64_t limit, char text[TEXT_SIZE])
{
    if (limit == RLIM64_INFINITY)
        return "unlimited";
    snprintf(text, TEXT_SIZE, "%" PRIu64, limit);
    return text;
}

static int explain(const struct config_rlimit *limit, int code, struct error *error)
{
    char soft[TEXT_SIZE], hard[TEXT_SIZE], present[TEXT_SIZE];
    struct rlimit64 now;
    const char *now_text = "unknown";
    __rlimit_resource_t resource = (__rlimit_resource_t)limit->resource;

    if (prlimit64(0, resource, NULL, &now) == 0)
        now_text = limit_text(now.rlim_max, present);
    error_call(error, code, "prlimit",
               "cannot set %s to %s (soft) and %s (hard), the present hard limit is %s", limit->name,
               limit_text(limit->soft, soft), limit_text(limit->hard, hard), now_text);
    if (limit->soft > limit->hard)
        error_hint(error, "the soft limit must not be above the hard limit");
    else if (code == EPERM && limit->resource == RLIMIT_NOFILE)
        error_hint(error, "raising a hard limit needs CAP_SYS_RESOURCE on the host, and at most fs.nr_open");
    else if (code == EPERM)
        error_hint(error, "raising a hard limit needs CAP_SYS_RESOURCE on the host");
    return -code;
}

int rlimits_apply(const struct config_process *process, struct error *error)
{
    for (size_t i = 0; i < process->rlimits_length; i++) {
        const struct config_rlimit *limit = &process->rlimits[i];
        struct rlimit64 wanted = {.rlim_cur = limit->soft, .rlim_max = limit->hard};

        if (prlimit64(0, (__rlimit_resource_t)limit->resource, &wanted, NULL) < 0)
            return explain(limit, errno, error);
    }
    return 0;
}
