/* SPDX-License-Identifier: Apache-2.0 */
#include "process/own_memory.h"
#include "kernel/privilege.h"

#include <linux/capability.h>
#include <sys/prctl.h>

int own_memory_protect(struct error *error)
{
    bool may_trace;
    int status = privilege_find(UINT32_C(1) << CAP_SYS_PTRACE, &may_trace, error);

    if (status < 0 || !may_trace || prctl(PR_SET_DUMPABLE, 0) == 0)
        return status;
    return error_call(error, errno, "prctl", "cannot protect the process");
}
