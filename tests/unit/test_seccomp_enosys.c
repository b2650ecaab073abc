/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that a profile is too old to know. */
#include "child.h"

#include "process/seccomp.h"
#include "process/seccomp_enosys.h"

#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define REFUSED SCMP_ACT_ERRNO(EXDEV)

static void install(const struct config_seccomp *seccomp)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_SECCOMP struct seccomp_program program = {0};
    int listener = 4711;

    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK_OK(seccomp_build(seccomp, &program, &error), &error);
    CHECK_OK(seccomp_install(&program, &listener, &error), &error);
    CHECK(listener == -1);
}

static void check_newer(const void *argument)
{
    static const char *allowed[] = {"getppid", "exit_group", "write"};
    static const char *refused[] = {"openat2", "no_such_call"};
    struct config_seccomp_rule rules[] = {
        {.names = {allowed, ARRAY_LENGTH(allowed)}, .action = SCMP_ACT_ALLOW},
        {.names = {refused, ARRAY_LENGTH(refused)}, .action = REFUSED},
    };
    struct config_seccomp seccomp = {.given = true, .default_action = REFUSED, .rules = rules};

    seccomp.rules_length = argument ? 2 : 1;
    install(&seccomp);
    CHECK(syscall(SYS_getppid) > 0);
    CHECK(syscall(SYS_exit_group - 1) == -1 && errno == EXDEV);
    /* A call that is named to be refused is known as well. */
    CHECK(syscall(SYS_exit_group + 1) == -1 && errno == (argument ? EXDEV : ENOSYS));
    CHECK(syscall(SYS_openat2) == -1 && errno == (argument ? EXDEV : ENOSYS));
    CHECK(syscall(SYS_openat2 + 1) == -1 && errno == ENOSYS);
    CHECK(syscall(4000) == -1 && errno == ENOSYS);
    syscall(SYS_exit_group, 0);
}

static void test_newer(void **state)
{
    (void)state;
    in_child(check_newer, NULL);
    in_child(check_newer, "openat2");
}

/* What is in front of the filter, instructions in all: six an architecture. */
static void test_enosys_sections(void **state)
{
    static const struct {
        uint32_t default_action;
        uint32_t architectures[3];
        size_t architectures_length;
        const char *name;
        size_t sections;
    } cases[] = {
        {SCMP_ACT_ERRNO(EPERM), {0}, 0, "read", 1},
        {SCMP_ACT_KILL_PROCESS, {0}, 0, "read", 1},
        {SCMP_ACT_TRAP, {0}, 0, "read", 1},
        {SCMP_ACT_ERRNO(ENOSYS), {0}, 0, "read", 0},
        {SCMP_ACT_ALLOW, {0}, 0, "read", 0},
        {SCMP_ACT_LOG, {0}, 0, "read", 0},
        {SCMP_ACT_TRACE(7), {0}, 0, "read", 0},
        {SCMP_ACT_ERRNO(EPERM), {0}, 0, "no_such_call", 0},
        {SCMP_ACT_ERRNO(EPERM), {SCMP_ARCH_S390X, SCMP_ARCH_PPC64LE}, 2, "read", 3},
#ifdef __x86_64__
        /* A call of the one architecture alone. */
        {SCMP_ACT_ERRNO(EPERM), {SCMP_ARCH_S390X}, 1, "arch_prctl", 1},
        {SCMP_ACT_ERRNO(EPERM), {SCMP_ARCH_X86_64}, 1, "read", 1},
#endif
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_FREE struct sock_filter *filter = NULL;
        const char *name = cases[i].name;
        uint32_t architectures[3];
        struct config_seccomp_rule rule = {.names = {&name, 1}, .action = SCMP_ACT_KILL};
        struct config_seccomp seccomp = {.given = true,
                                         .default_action = cases[i].default_action,
                                         .architectures = architectures,
                                         .architectures_length = cases[i].architectures_length,
                                         .rules = &rule,
                                         .rules_length = 1};
        size_t length = 4711;

        memcpy(architectures, cases[i].architectures, sizeof(architectures));
        assert_int_equal(seccomp_make_enosys(&seccomp, &filter, &length), 0);
        assert_int_equal(length, 6 * cases[i].sections);
    }
}

#ifdef __x86_64__
/* As a program of 32 bits makes it. */
static long call_i386(long number)
{
    long result;

    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number) : "memory", "r8", "r9", "r10", "r11");
    return result;
}

static const char *few[] = {"getppid", "exit_group", "write"};

/* getppid is 64 there, getpid 20, exit_group 252. */
static void check_i386(const void *argument)
{
    uint32_t architectures[] = {SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32};
    struct config_seccomp_rule rule = {.names = {few, ARRAY_LENGTH(few)}, .action = SCMP_ACT_ALLOW};
    struct config_seccomp seccomp = {.given = true,
                                     .default_action = REFUSED,
                                     .architectures = architectures,
                                     .architectures_length = ARRAY_LENGTH(architectures),
                                     .rules = &rule,
                                     .rules_length = 1};
    pid_t parent = getppid();

    (void)argument;
    install(&seccomp);
    CHECK(call_i386(64) == parent);
    CHECK(call_i386(20) == -EXDEV);
    CHECK(call_i386(253) == -ENOSYS);
    CHECK(call_i386(252 - 1) == -EXDEV);
    /* x32: known, and newer. */
    CHECK(syscall(0x40000000 + SYS_getuid) == -1 && errno == EXDEV);
    CHECK(syscall(0x40000000 + 4000) == -1 && errno == ENOSYS);
    CHECK(syscall(SYS_getuid) == -1 && errno == EXDEV);
    CHECK(syscall(4000) == -1 && errno == ENOSYS);
    syscall(SYS_exit_group, 0);
}

/* x32 where the profile doesn't list it: no new call, but a foreign one. */
static void check_x32_unlisted(const void *argument)
{
    struct config_seccomp_rule rule = {.names = {few, ARRAY_LENGTH(few)}, .action = SCMP_ACT_ALLOW};
    struct config_seccomp seccomp = {
        .given = true, .default_action = REFUSED, .rules = &rule, .rules_length = 1};

    (void)argument;
    install(&seccomp);
    syscall(0x40000000 + 4000);
    syscall(SYS_exit_group, 0);
}

static void try_i386(const void *argument)
{
    (void)argument;
    signal(SIGSEGV, SIG_DFL); /* the test's own handler goes on with the next test */
    (void)!call_i386(20);
}

/* Without CONFIG_IA32_EMULATION, with ia32_emulation=0, and in some virtual machines, the call is SIGSEGV. */
static void test_i386(void **state)
{
    int status = child_status(try_i386, NULL);

    (void)state;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)
        skip();
    in_child(check_i386, NULL);
}

static void test_x32(void **state)
{
    int status = child_status(check_x32_unlisted, NULL);

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_newer),
        cmocka_unit_test(test_enosys_sections),
#ifdef __x86_64__
        cmocka_unit_test(test_i386),
        cmocka_unit_test(test_x32),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
