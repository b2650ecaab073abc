/* SPDX-License-Identifier: Apache-2.0 */
#include "process/own_memory.h"

#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool may_trace(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};

    return syscall(SYS_capget, &header, data) == 0 && (data[0].effective & (UINT32_C(1) << CAP_SYS_PTRACE));
}

int own_memory_protect(struct error *error)
{
    if (!may_trace() || prctl(PR_SET_DUMPABLE, 0) == 0)
        return 0;
    return error_call(error, errno, "prctl", "cannot protect the process");
}
