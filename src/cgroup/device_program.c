/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program, for a policy of n rules, the last one first:
 *
 *     type, rights, major, minor of the access      struct bpf_cgroup_dev_ctx
 *     for each rule, if it is about the device:
 *         "deny":   if one of its rights is still open, denied
 *         "allow":  its rights are settled; if none is open any more, allowed
 *     what holds without a rule
 *
 * System calls: bpf(BPF_PROG_LOAD)
 */
#include "cgroup/device_program.h"
#include "base/fd.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOG_SIZE ((size_t)64 * 1024)
#define LOG_SHOWN 400 /* bytes: the verifier's last words say what is wrong */

/* As many instructions as are emitted around the rules, and at most for one. */
#define AROUND_RULES 8
#define PER_RULE 7

/* The registers: the kernel passes the context in 1 and takes the result from 0. */
enum { RESULT, CONTEXT, TYPE, OPEN_RIGHTS, MAJOR, MINOR };

#define INSTRUCTION(code_, to, from, offset, value)                                                          \
    ((struct bpf_insn){                                                                                      \
        .code = (code_), .dst_reg = (to), .src_reg = (from), .off = (int16_t)(offset), .imm = (value)})

#define LOAD(to, member)                                                                                     \
    INSTRUCTION(BPF_LDX | BPF_MEM | BPF_W, to, CONTEXT, offsetof(struct bpf_cgroup_dev_ctx, member), 0)
#define MOVE(to, value) INSTRUCTION(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value)
#define COPY(to, from) INSTRUCTION(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define AND(to, value) INSTRUCTION(BPF_ALU64 | BPF_AND | BPF_K, to, 0, 0, value)
#define SHIFT_RIGHT(to, bits) INSTRUCTION(BPF_ALU64 | BPF_RSH | BPF_K, to, 0, 0, bits)
#define JUMP(offset) INSTRUCTION(BPF_JMP | BPF_JA, 0, 0, offset, 0)
/* Of 32 bits, because a value of 64 would be sign-extended: major 0xffffffff. */
#define JUMP_UNLESS_EQUAL(on, value, offset) INSTRUCTION(BPF_JMP32 | BPF_JNE | BPF_K, on, 0, offset, value)
#define JUMP_IF_ANY(on, bits, offset) INSTRUCTION(BPF_JMP32 | BPF_JSET | BPF_K, on, 0, offset, bits)
#define EXIT INSTRUCTION(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static void emit(struct device_program *program, struct bpf_insn instruction)
{
    program->instructions[program->length++] = instruction;
}

static void emit_begin(struct device_program *program)
{
    emit(program, LOAD(TYPE, access_type));
    emit(program, COPY(OPEN_RIGHTS, TYPE));
    emit(program, AND(TYPE, 0xffff));
    emit(program, SHIFT_RIGHT(OPEN_RIGHTS, 16));
    emit(program, LOAD(MAJOR, major));
    emit(program, LOAD(MINOR, minor));
}

static void emit_result(struct device_program *program, bool allow)
{
    emit(program, MOVE(RESULT, allow));
    emit(program, EXIT);
}

/* Settles a rule's rights, for a device that it is about. */
static void emit_decision(struct device_program *program, const struct device_rule *rule)
{
    if (rule->allow) {
        emit(program, AND(OPEN_RIGHTS, (int32_t)~rule->rights));
        emit(program, JUMP_UNLESS_EQUAL(OPEN_RIGHTS, 0, 2));
    } else {
        emit(program, JUMP_IF_ANY(OPEN_RIGHTS, (int32_t)rule->rights, 1));
        emit(program, JUMP(2));
    }
    emit_result(program, rule->allow);
}

static void emit_rule(struct device_program *program, const struct device_rule *rule)
{
    int number_of_checks = (rule->type != 'a') + (rule->major != DEVICE_ANY) + (rule->minor != DEVICE_ANY);
    int next = number_of_checks + 4; /* a decision has four */

    if (rule->type != 'a')
        emit(program,
             JUMP_UNLESS_EQUAL(TYPE, rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, --next));
    if (rule->major != DEVICE_ANY)
        emit(program, JUMP_UNLESS_EQUAL(MAJOR, (int32_t)(uint32_t)rule->major, --next));
    if (rule->minor != DEVICE_ANY)
        emit(program, JUMP_UNLESS_EQUAL(MINOR, (int32_t)(uint32_t)rule->minor, --next));
    emit_decision(program, rule);
}

int device_program_compile(const struct device_policy *policy, struct arena *arena,
                           struct device_program *ret_program, struct error *error)
{
    struct device_program program = {0};

    program.instructions =
        arena_allocate(arena, AROUND_RULES + policy->length * PER_RULE, sizeof(*program.instructions));
    if (!program.instructions)
        return error_memory(error);
    emit_begin(&program);
    for (size_t i = policy->length; i > 0; i--)
        emit_rule(&program, &policy->rules[i - 1]);
    emit_result(&program, policy->allow);
    *ret_program = program;
    return 0;
}

/* The kernel writes into log. */
static int load(const struct device_program *program, char *log, /* NOLINT(readability-non-const-parameter) */
                size_t log_size)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof(attributes));
    attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attributes.insns = (uint64_t)(uintptr_t)program->instructions;
    attributes.insn_cnt = (uint32_t)program->length;
    attributes.license = (uint64_t)(uintptr_t) "Apache-2.0";
    attributes.log_level = log ? 1 : 0;
    attributes.log_buf = (uint64_t)(uintptr_t)log;
    attributes.log_size = (uint32_t)log_size;
    snprintf(attributes.prog_name, sizeof(attributes.prog_name), "holdfast_device");
    return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes));
}

/* Loads it again, for the verifier's reason. */
static void add_log(const struct device_program *program, struct error *error)
{
    CLEANUP_FREE char *log = calloc(1, LOG_SIZE);
    CLEANUP_FD int fd = log ? load(program, log, LOG_SIZE) : -1;
    size_t length = log ? strnlen(log, LOG_SIZE - 1) : 0;

    if (fd < 0 && length > 0)
        error_kernel(error, length > LOG_SHOWN ? log + length - LOG_SHOWN : log);
}

int device_program_load(const struct device_program *program, struct error *error)
{
    int fd = load(program, NULL, 0);
    int status;

    if (fd >= 0)
        return fd;
    status =
        error_call(error, errno, "bpf(BPF_PROG_LOAD)",
                   "cannot load the program with the rules for devices (%zu instructions)", program->length);
    if (status == -EPERM)
        error_hint(error, "rules for devices need CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN, on the host, "
                          "and are not to be had in a user namespace");
    else
        add_log(program, error);
    return status;
}
