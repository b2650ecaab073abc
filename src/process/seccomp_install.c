/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp(2). */
#include "process/seccomp.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    int code;
    const char *hint;
} hints[] = {
    {EACCES, "without noNewPrivileges it needs CAP_SYS_ADMIN"},
    {EBUSY,
     "a filter around this one has a listener already, and the kernel allows one: remove SCMP_ACT_NOTIFY"},
};

int seccomp_install(const struct seccomp_program *program, int *ret_listener, struct error *error)
{
    const struct sock_fprog filter = {.len = (unsigned short)program->length, .filter = program->filter};
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, program->flags, &filter);

    if (result >= 0) {
        *ret_listener = program->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER ? (int)result : -1;
        return 0;
    }
    error_call(error, errno, "seccomp", "cannot install the seccomp filter");
    for (size_t i = 0; i < ARRAY_LENGTH(hints); i++)
        if (hints[i].code == error->code)
            error_hint(error, "%s", hints[i].hint);
    return -error->code;
}
