/* SPDX-License-Identifier: Apache-2.0 */
/* set_mempolicy(2). Its wrapper is libnuma's, which isn't needed for one call. */
#include "config/number_list.h"
#include "process/attributes.h"

#include <sys/syscall.h>
#include <unistd.h>

static int set_policy(const struct config_memory_policy *policy, struct error *error)
{
    struct number_list nodes;
    int result = policy->nodes ? number_list_parse(policy->nodes, NUMBER_LIST_BITS - 1, &nodes, error) : 0;

    if (result < 0) {
        error_place(error, "nodes");
        return result;
    }
    /* The kernel counts one bit less than it is told (set_mempolicy(2), "BUGS" of get_mempolicy(2)). */
    if (syscall(SYS_set_mempolicy, policy->mode, policy->nodes ? nodes.words : NULL,
                policy->nodes ? NUMBER_LIST_BITS + 1UL : 0UL) == 0)
        return 0;
    error_call(error, errno, "set_mempolicy", "cannot set the memory policy 0x%x for the nodes %s",
               (unsigned)policy->mode, policy->nodes ? policy->nodes : "(none)");
    if (error->code == ENOSYS)
        error_hint(error, "this kernel is built without NUMA");
    else if (error->code == EINVAL)
        error_hint(
            error,
            "this kernel does not know the mode or a flag, they do not go together or with these nodes, or "
            "none of the nodes has memory that the cgroup's cpuset allows");
    return -error->code;
}

int process_set_memory_policy(const struct config *config, struct error *error)
{
    if (!config->memory_policy.given || set_policy(&config->memory_policy, error) == 0)
        return 0;
    config_error_place(config, error, "linux.memoryPolicy");
    return -error->code;
}
