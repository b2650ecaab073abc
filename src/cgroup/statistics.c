/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/statistics.h"
#include "base/fd.h"
#include "cgroup/statistics_numbers.h"

/* The members that are always there. */
static json_t *make_skeleton(void)
{
    return json_pack("{s:{s:{},s:{}},s:{},s:{s:{},s:{},s:{},s:{}},s:{},s:{},s:{},s:{},s:n}", "cpu", "usage",
                     "throttling", "cpuset", "memory", "usage", "swap", "kernel", "kernelTCP", "pids",
                     "blkio", "hugetlb", "intel_rdt", "network_interfaces");
}

int cgroup_statistics(const struct cgroup *cgroup, struct json_t **ret_statistics, struct error *error)
{
    struct statistics statistics = {.cgroup = cgroup, .json = make_skeleton(), .directory_fd = -1};
    int status;

    if (!statistics.json)
        return error_memory(error);
    status = cgroup->is_unified ? statistics_set_unified(&statistics, error)
                                : statistics_set_legacy(&statistics, error);
    fd_close(&statistics.directory_fd);
    arena_clear(&statistics.arena);
    if (status < 0)
        json_decref(statistics.json);
    else
        *ret_statistics = statistics.json;
    return status;
}
