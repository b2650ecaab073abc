/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libseccomp: seccomp_init(3), seccomp_arch_add(3), seccomp_attr_set(3), seccomp_rule_add_array(3),
 * seccomp_export_bpf(3) into a memfd_create(2). The action for an architecture that isn't listed stays libseccomp's,
 * SCMP_ACT_KILL, as in runc.
 */
#include "process/seccomp.h"
#include "base/fd.h"
#include "process/seccomp_enosys.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT_LIMIT                                                                                         \
    ((size_t)16 * 1024 * 1024) /* beyond what the kernel takes, so that the error can say by how much */
#define ARGUMENTS_LIMIT 6      /* a system call has no more */

static void release_filter(scmp_filter_ctx *filter)
{
    if (*filter)
        seccomp_release(*filter);
}

#define CLEANUP_FILTER CLEANUP(release_filter)

void seccomp_clear(struct seccomp_program *program)
{
    free(program->filter);
    *program = (struct seccomp_program){0};
}

static int add_architectures(scmp_filter_ctx filter, const struct config_seccomp *seccomp,
                             struct error *error)
{
    for (size_t i = 0; i < seccomp->architectures_length; i++) {
        int result = seccomp_arch_add(filter, seccomp->architectures[i]);

        /* EEXIST: listed twice, or the native one. */
        if (result < 0 && result != -EEXIST)
            return error_call(error, result, "seccomp_arch_add", "seccomp: cannot add architectures[%zu]", i);
    }
    return 0;
}

/* The kernel's error numbers instead of libseccomp's own. */
static int set_raw_errors(scmp_filter_ctx filter, struct error *error)
{
    int result = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);

    return result < 0 ? error_call(error, result, "seccomp_attr_set", "seccomp: cannot set up libseccomp")
                      : 0;
}

static bool same_index_twice(const struct config_seccomp_rule *rule)
{
    unsigned int seen = 0;

    for (size_t i = 0; i < rule->arguments_length; i++) {
        unsigned int bit = 1U << rule->arguments[i].index;

        if (seen & bit)
            return true;
        seen |= bit;
    }
    return false;
}

static int check_arguments(const struct config_seccomp_rule *rule, struct error *error)
{
    for (size_t i = 0; i < rule->arguments_length; i++)
        if (rule->arguments[i].index >= ARGUMENTS_LIMIT)
            return error_set(error, EINVAL, "seccomp: args[%zu] has index %u, a system call has %d arguments",
                             i, rule->arguments[i].index, ARGUMENTS_LIMIT);
    return 0;
}

static int add_rule(scmp_filter_ctx filter, const struct config_seccomp_rule *rule, const char *name,
                    const struct scmp_arg_cmp *comparisons, size_t length, struct error *error)
{
    int number = seccomp_syscall_resolve_name(name);
    int result;

    if (number == __NR_SCMP_ERROR)
        return 0;
    result = seccomp_rule_add_array(filter, rule->action, number, (unsigned int)length, comparisons);
    /* EEXIST: another rule says the same already. */
    if (result < 0 && result != -EEXIST)
        return error_call(error, result, "seccomp_rule_add", "seccomp: cannot add a rule for %s", name);
    return 0;
}

/* Conditions on different arguments have to hold together. Where two are on the same one, each is a rule for
 * itself, as runc has always done it: profiles count on it. */
static int add_rules(scmp_filter_ctx filter, const struct config_seccomp_rule *rule, const char *name,
                     const struct scmp_arg_cmp *comparisons, struct error *error)
{
    int result = 0;

    if (!same_index_twice(rule))
        return add_rule(filter, rule, name, comparisons, rule->arguments_length, error);
    for (size_t i = 0; i < rule->arguments_length && result == 0; i++)
        result = add_rule(filter, rule, name, &comparisons[i], 1, error);
    return result;
}

static struct scmp_arg_cmp *copy_arguments(const struct config_seccomp_rule *rule)
{
    struct scmp_arg_cmp *comparisons = calloc(rule->arguments_length + 1, sizeof(*comparisons));

    for (size_t i = 0; comparisons && i < rule->arguments_length; i++)
        comparisons[i] = (struct scmp_arg_cmp){.arg = rule->arguments[i].index,
                                               .op = (enum scmp_compare)rule->arguments[i].compare,
                                               .datum_a = rule->arguments[i].value,
                                               .datum_b = rule->arguments[i].value_two};
    return comparisons;
}

/* By this call the listener leaves the process: it would wait for an answer from somebody who has nothing to hear the
 * question by. runc refuses write(2) for the same reason. */
static int check_notified(const struct config_seccomp_rule *rule, const char *name, struct error *error)
{
    if (rule->action != SCMP_ACT_NOTIFY || strcmp(name, "sendmsg") != 0)
        return 0;
    error_set(error, ENOTSUP, "seccomp: SCMP_ACT_NOTIFY for sendmsg is not supported");
    error_hint(error, "the listener is handed on by this call itself");
    return -ENOTSUP;
}

static int add_names(scmp_filter_ctx filter, const struct config_seccomp *seccomp,
                     const struct config_seccomp_rule *rule, struct error *error)
{
    CLEANUP_FREE struct scmp_arg_cmp *comparisons = NULL;
    int result = check_arguments(rule, error);

    if (result < 0 || rule->action == seccomp->default_action)
        return result;
    comparisons = copy_arguments(rule);
    if (!comparisons)
        return error_memory(error);
    for (size_t i = 0; i < rule->names.length && result == 0; i++) {
        result = check_notified(rule, rule->names.values[i], error);
        if (result == 0)
            result = add_rules(filter, rule, rule->names.values[i], comparisons, error);
    }
    return result;
}

static int compile(const struct config_seccomp *seccomp, scmp_filter_ctx filter, struct error *error)
{
    int result = add_architectures(filter, seccomp, error);

    if (result == 0)
        result = set_raw_errors(filter, error);
    for (size_t i = 0; i < seccomp->rules_length && result == 0; i++) {
        result = add_names(filter, seccomp, &seccomp->rules[i], error);
        if (result < 0)
            error_place(error, "syscalls[%zu]", i);
    }
    return result;
}

/* libseccomp writes it to a descriptor only. */
static int export(scmp_filter_ctx filter, char **ret_bytes, size_t *ret_size, struct error *error)
{
    CLEANUP_FD int fd = memfd_create("seccomp", MFD_CLOEXEC);
    int result;

    if (fd < 0)
        return error_call(error, errno, "memfd_create", "seccomp: cannot keep the filter");
    result = seccomp_export_bpf(filter, fd);
    if (result < 0)
        return error_call(error, result, "seccomp_export_bpf", "seccomp: cannot make the filter");
    if (lseek(fd, 0, SEEK_SET) < 0)
        return error_call(error, errno, "lseek", "seccomp: cannot read the filter");
    result = fd_read_all(fd, EXPORT_LIMIT, ret_bytes, ret_size);
    return result < 0 ? error_call(error, result, "read", "seccomp: cannot read the filter") : 0;
}

static int check_length(size_t length, struct error *error)
{
    if (length <= BPF_MAXINSNS)
        return 0;
    error_set(error, E2BIG, "seccomp: the profile takes %zu instructions, and the kernel allows %d", length,
              BPF_MAXINSNS);
    error_hint(error, "name fewer system calls with arguments, or fewer architectures");
    return -E2BIG;
}

/* What is in front, and the filter. */
static int join(const struct config_seccomp *seccomp, const char *bytes, size_t size,
                struct seccomp_program *ret_program, struct error *error)
{
    CLEANUP_FREE struct sock_filter *front = NULL;
    struct sock_filter *joined;
    size_t front_length = 0, length = size / sizeof(*joined);
    int result = seccomp_make_enosys(seccomp, &front, &front_length);

    if (result < 0)
        return error_memory(error);
    result = check_length(front_length + length, error);
    if (result < 0)
        return result;
    joined = calloc(front_length + length, sizeof(*joined));
    if (!joined)
        return error_memory(error);
    if (front)
        memcpy(joined, front, front_length * sizeof(*joined));
    memcpy(joined + front_length, bytes, length * sizeof(*joined));
    ret_program->filter = joined;
    ret_program->length = front_length + length;
    return 0;
}

/* seccomp(2) looks at the flags before it looks for the program, so without one it is EFAULT if it knows them. */
static bool kernel_knows(unsigned long flags)
{
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT;
}

static bool notifies(const struct config_seccomp *seccomp)
{
    for (size_t i = 0; i < seccomp->rules_length; i++)
        if (seccomp->rules[i].action == SCMP_ACT_NOTIFY && seccomp->rules[i].names.length > 0)
            return true;
    return false;
}

/* TSYNC_ESRCH: so that a positive result is always the listener (seccomp(2), "RETURN VALUE"). */
static int choose_flags(const struct config_seccomp *seccomp, unsigned long *ret_flags, struct error *error)
{
    unsigned long flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH;

    flags |= seccomp->log ? SECCOMP_FILTER_FLAG_LOG : 0;
    flags |= seccomp->spec_allow ? SECCOMP_FILTER_FLAG_SPEC_ALLOW : 0;
    flags |= notifies(seccomp) ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
    /* It is about notifications, and the kernel takes it with a listener only. */
    flags |= notifies(seccomp) && seccomp->wait_killable ? SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV : 0;
    if (!kernel_knows(flags)) {
        error_set(error, ENOTSUP, "seccomp: this kernel does not know all flags of the profile");
        error_hint(error, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV takes Linux 5.19");
        return -ENOTSUP;
    }
    *ret_flags = flags;
    return 0;
}

static int check_listener(const struct config_seccomp *seccomp, struct error *error)
{
    if (seccomp->default_action == SCMP_ACT_NOTIFY)
        return error_set(error, ENOTSUP, "seccomp: SCMP_ACT_NOTIFY for defaultAction is not supported");
    if (!notifies(seccomp) || seccomp->listener_path)
        return 0;
    error_set(error, EINVAL, "seccomp: SCMP_ACT_NOTIFY needs somebody who answers");
    error_hint(error, "set linux.seccomp.listenerPath");
    return -EINVAL;
}

int seccomp_build(const struct config_seccomp *seccomp, struct seccomp_program *ret_program,
                  struct error *error)
{
    CLEANUP_FILTER scmp_filter_ctx filter = NULL;
    CLEANUP_FREE char *bytes = NULL;
    struct seccomp_program program = {0};
    size_t size = 0;
    int result = check_listener(seccomp, error);

    if (result == 0)
        result = choose_flags(seccomp, &program.flags, error);
    if (result < 0)
        return result;
    filter = seccomp_init(seccomp->default_action);
    if (!filter)
        return error_set(error, EINVAL, "seccomp: libseccomp does not accept the default action 0x%08x",
                         seccomp->default_action);
    result = compile(seccomp, filter, error);
    if (result == 0)
        result = export(filter, &bytes, &size, error);
    if (result == 0)
        result = join(seccomp, bytes, size, &program, error);
    if (result == 0)
        *ret_program = program;
    return result;
}
