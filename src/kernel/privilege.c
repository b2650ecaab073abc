/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/privilege.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

int privilege_find(uint32_t capabilities, bool *ret_has, struct error *error)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};

    if (syscall(SYS_capget, &header, data) < 0)
        return error_call(error, errno, "capget", "cannot read this process's capabilities");
    *ret_has = (data[0].effective & capabilities) == capabilities;
    return 0;
}
