/* SPDX-License-Identifier: Apache-2.0 */
#include "process/seccomp_enosys.h"

#include <seccomp.h>
#include <stddef.h>
#include <string.h>

/* Calls of x86_64 from this number on are x32's; both come with the same audit architecture (seccomp(2)). */
#define X32_BEGIN 0x40000000u

/* -1 is no call: a tracer writes it to have one skipped. What becomes of it the filter says. */
#define NO_CALL 0xffffffffu

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))

/* For each architecture: what doesn't match goes on behind this. */
#define SECTION(architecture, last, end)                                                                     \
    {                                                                                                        \
        LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 0, 4), LOAD(nr),                       \
            BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 0, 2), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, end, 1, 0), \
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)                                            \
    }

#define SECTION_LENGTH 6

/* As runc has it: a tracer is expected to know new calls. */
static bool is_needed(uint32_t default_action)
{
    bool passes = default_action == SCMP_ACT_ALLOW || default_action == SCMP_ACT_LOG ||
                  (default_action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_TRACE;

    return !passes && default_action != SCMP_ACT_ERRNO(ENOSYS);
}

/* The largest number that the profile names; -1: it names no call of this architecture. Calls that the architecture
 * doesn't have, or has only by way of another one, have negative numbers in libseccomp. */
static int last_known(const struct config_seccomp *seccomp, uint32_t architecture)
{
    int last = -1;

    for (size_t i = 0; i < seccomp->rules_length; i++) {
        const struct strings *names = &seccomp->rules[i].names;

        for (size_t j = 0; j < names->length; j++) {
            int number = seccomp_syscall_resolve_name_arch(architecture, names->values[j]);

            last = number > last ? number : last;
        }
    }
    return last;
}

static size_t add_section(const struct config_seccomp *seccomp, uint32_t architecture,
                          struct sock_filter *filter)
{
    bool is_x32 = architecture == SCMP_ARCH_X32;
    uint32_t audit = is_x32 ? AUDIT_ARCH_X86_64 : architecture; /* but for x32 libseccomp uses the kernel's */
    uint32_t end = architecture == SCMP_ARCH_X86_64 ? X32_BEGIN : NO_CALL;
    int last = last_known(seccomp, architecture);
    const struct sock_filter section[SECTION_LENGTH] = SECTION(audit, (uint32_t)last, end);

    if (last < 0)
        return 0;
    memcpy(filter, section, sizeof(section));
    return SECTION_LENGTH;
}

int seccomp_make_enosys(const struct config_seccomp *seccomp, struct sock_filter **ret_filter,
                        size_t *ret_length)
{
    struct sock_filter *filter = NULL;
    uint32_t native = seccomp_arch_native();
    size_t length = 0;

    if (is_needed(seccomp->default_action)) {
        filter = calloc((seccomp->architectures_length + 1) * SECTION_LENGTH, sizeof(*filter));
        if (!filter)
            return -ENOMEM;
        length = add_section(seccomp, native, filter);
        for (size_t i = 0; i < seccomp->architectures_length; i++)
            if (seccomp->architectures[i] != native)
                length += add_section(seccomp, seccomp->architectures[i], &filter[length]);
    }
    *ret_filter = filter;
    *ret_length = length;
    return 0;
}
