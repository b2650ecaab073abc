/* SPDX-License-Identifier: Apache-2.0 */
/* Each filter is installed in a child, which then makes the system call it is about. */
#include "child.h"

#include "process/seccomp.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define REFUSED SCMP_ACT_ERRNO(EXDEV) /* an error that getppid(2) and the like never give by themselves */

struct call {
    long number;
    unsigned long arguments[2];
    int code; /* the errno it has to fail with; 0: succeeds */
};

struct filter_case {
    const char *what;
    uint32_t default_action;
    struct config_seccomp_rule rules[2];
    size_t rules_length;
    struct call calls[3];
    size_t calls_length;
};

#define NAMES(...)                                                                                           \
    {                                                                                                        \
        .values = (const char *[]){__VA_ARGS__}, .length = ARRAY_LENGTH(((const char *[]){__VA_ARGS__}))     \
    }

static struct config_seccomp_argument fcntl_f_getfd[] = {{1, F_GETFD, 0, SCMP_CMP_EQ}};
static struct config_seccomp_argument fcntl_either[] = {{1, F_GETFD, 0, SCMP_CMP_EQ},
                                                        {1, F_GETFL, 0, SCMP_CMP_EQ}};
static struct config_seccomp_argument fcntl_both[] = {{0, 1, 0, SCMP_CMP_EQ}, {1, F_GETFD, 0, SCMP_CMP_EQ}};
static struct config_seccomp_argument masked[] = {{0, 0xf0, 0x20, SCMP_CMP_MASKED_EQ}};

static const struct filter_case filter_cases[] = {
    {"a listed call gets the action",
     SCMP_ACT_ALLOW,
     {{NAMES("getppid", "getuid"), REFUSED, NULL, 0}},
     1,
     {{SYS_getppid, {0}, EXDEV}, {SYS_getuid, {0}, EXDEV}, {SYS_getgid, {0}, 0}},
     3},
    {"unknown names are skipped",
     SCMP_ACT_ALLOW,
     {{NAMES("no_such_call", "getppid"), REFUSED, NULL, 0}},
     1,
     {{SYS_getppid, {0}, EXDEV}, {SYS_getuid, {0}, 0}},
     2},
    {"a rule with the default action is skipped",
     SCMP_ACT_ALLOW,
     {{NAMES("getuid"), SCMP_ACT_ALLOW, NULL, 0}, {NAMES("getppid"), REFUSED, NULL, 0}},
     2,
     {{SYS_getppid, {0}, EXDEV}, {SYS_getuid, {0}, 0}},
     2},
    {"the default action is for the rest",
     REFUSED,
     {{NAMES("getppid", "exit_group", "write"), SCMP_ACT_ALLOW, NULL, 0}},
     1,
     {{SYS_getppid, {0}, 0}, {SYS_getuid, {0}, EXDEV}},
     2},
    {"a condition on an argument",
     SCMP_ACT_ALLOW,
     {{NAMES("fcntl"), REFUSED, fcntl_f_getfd, 1}},
     1,
     {{SYS_fcntl, {1, F_GETFD}, EXDEV}, {SYS_fcntl, {1, F_GETFL}, 0}},
     2},
    {"conditions on the same argument: any",
     SCMP_ACT_ALLOW,
     {{NAMES("fcntl"), REFUSED, fcntl_either, 2}},
     1,
     {{SYS_fcntl, {1, F_GETFD}, EXDEV}, {SYS_fcntl, {1, F_GETFL}, EXDEV}},
     2},
    {"conditions on different arguments: all",
     SCMP_ACT_ALLOW,
     {{NAMES("fcntl"), REFUSED, fcntl_both, 2}},
     1,
     {{SYS_fcntl, {1, F_GETFD}, EXDEV}, {SYS_fcntl, {2, F_GETFD}, 0}, {SYS_fcntl, {1, F_GETFL}, 0}},
     3},
    {"a masked condition: value is the mask, valueTwo what has to be there",
     SCMP_ACT_ALLOW,
     {{NAMES("alarm"), REFUSED, masked, 1}},
     1,
     {{SYS_alarm, {0x25}, EXDEV}, {SYS_alarm, {0x35}, 0}},
     2},
    {"the same rule twice",
     SCMP_ACT_ALLOW,
     {{NAMES("getppid"), REFUSED, NULL, 0}, {NAMES("getppid"), REFUSED, NULL, 0}},
     2,
     {{SYS_getppid, {0}, EXDEV}},
     1},
};

static void check_calls(const struct filter_case *test)
{
    for (size_t i = 0; i < test->calls_length; i++) {
        const struct call *call = &test->calls[i];
        long result = syscall(call->number, call->arguments[0], call->arguments[1]);
        int code = result < 0 ? errno : 0;

        if (code != call->code)
            fprintf(stderr, "%s: call %zu: %s\n", test->what, i, error_name(code));
        CHECK(code == call->code);
    }
}

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

static void check_filter(const void *argument)
{
    const struct filter_case *test = argument;
    struct config_seccomp_rule rules[2] = {test->rules[0], test->rules[1]};
    struct config_seccomp seccomp = {.given = true,
                                     .default_action = test->default_action,
                                     .rules = rules,
                                     .rules_length = test->rules_length};

    install(&seccomp);
    check_calls(test);
    /* Nothing more, for the sanitizers would make calls that the filter doesn't have. */
    syscall(SYS_exit_group, 0);
}

static void test_filters(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(filter_cases); i++)
        in_child(check_filter, &filter_cases[i]);
}

static void check_kill(const void *argument)
{
    const char *names[] = {"getppid"};
    struct config_seccomp_rule rule = {.names = {names, 1}, .action = SCMP_ACT_KILL_PROCESS};
    struct config_seccomp seccomp = {
        .given = true, .default_action = SCMP_ACT_ALLOW, .rules = &rule, .rules_length = 1};

    (void)argument;
    install(&seccomp);
    syscall(SYS_getppid);
}

static void test_kill(void **state)
{
    int status = child_status(check_kill, NULL);

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static const char *getppid_name[] = {"getppid"};

static void test_flags(void **state)
{
    static const struct {
        bool log, spec_allow, wait_killable, notify;
        unsigned long flags;
    } cases[] = {
        {false, false, false, false, 0},
        {true, false, false, false, SECCOMP_FILTER_FLAG_LOG},
        {false, true, false, false, SECCOMP_FILTER_FLAG_SPEC_ALLOW},
        {false, false, true, false, 0},
        {false, false, false, true, SECCOMP_FILTER_FLAG_NEW_LISTENER},
        {true, true, true, true,
         SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_NEW_LISTENER |
             SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_SECCOMP struct seccomp_program program = {0};
        struct config_seccomp_rule rule = {.names = {getppid_name, 1},
                                           .action = cases[i].notify ? SCMP_ACT_NOTIFY : SCMP_ACT_KILL};
        struct config_seccomp seccomp = {.given = true,
                                         .default_action = SCMP_ACT_ALLOW,
                                         .log = cases[i].log,
                                         .spec_allow = cases[i].spec_allow,
                                         .wait_killable = cases[i].wait_killable,
                                         .listener_path = "/agent",
                                         .rules = &rule,
                                         .rules_length = 1};

        assert_int_equal(seccomp_build(&seccomp, &program, &error), 0);
        assert_int_equal(program.flags,
                         cases[i].flags | SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH);
    }
}

/* Whether the program compares anything with the value. */
static bool program_has(const struct seccomp_program *program, uint32_t value)
{
    for (size_t i = 0; i < program->length; i++)
        if (program->filter[i].code == (BPF_JMP | BPF_JEQ | BPF_K) && program->filter[i].k == value)
            return true;
    return false;
}

static void test_architectures(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_SECCOMP struct seccomp_program program = {0};
    uint32_t architectures[] = {SCMP_ARCH_ARM, SCMP_ARCH_AARCH64, SCMP_ARCH_X86, SCMP_ARCH_X86};
    struct config_seccomp_rule rule = {.names = {getppid_name, 1}, .action = SCMP_ACT_KILL};
    struct config_seccomp seccomp = {.given = true,
                                     .default_action = SCMP_ACT_ALLOW,
                                     .architectures = architectures,
                                     .architectures_length = ARRAY_LENGTH(architectures),
                                     .rules = &rule,
                                     .rules_length = 1};

    (void)state;
    assert_int_equal(seccomp_build(&seccomp, &program, &error), 0);
    assert_true(program_has(&program, seccomp_arch_native()));
    for (size_t i = 0; i < ARRAY_LENGTH(architectures); i++)
        assert_true(program_has(&program, architectures[i]));
    assert_false(program_has(&program, SCMP_ARCH_S390X));
}

static struct config_seccomp_argument seventh[] = {{6, 0, 0, SCMP_CMP_EQ}};
static struct config_seccomp_argument far[] = {{UINT32_MAX, 0, 0, SCMP_CMP_EQ}};

static const char *read_name[] = {"read"};

static const char *sendmsg_name[] = {"sendmsg"};

#define SENDMSG                                                                                              \
    {                                                                                                        \
        sendmsg_name, 1                                                                                      \
    }

#define READ                                                                                                 \
    {                                                                                                        \
        read_name, 1                                                                                         \
    }

static void test_refusals(void **state)
{
    static const struct {
        uint32_t default_action, architecture;
        const char *listener;
        struct config_seccomp_rule rule;
        int code;
        const char *says;
    } cases[] = {
        {SCMP_ACT_NOTIFY, 0, "/a", {READ, SCMP_ACT_KILL, NULL, 0}, ENOTSUP, "NOTIFY for defaultAction"},
        {SCMP_ACT_ALLOW, 0, NULL, {READ, SCMP_ACT_NOTIFY, NULL, 0}, EINVAL, "needs somebody who answers"},
        {SCMP_ACT_ALLOW, 0, "/a", {SENDMSG, SCMP_ACT_NOTIFY, NULL, 0}, ENOTSUP, "syscalls[0]: seccomp: SCMP"},
        {SCMP_ACT_ALLOW, 0, NULL, {READ, SCMP_ACT_KILL, seventh, 1}, EINVAL, "args[0] has index 6"},
        {SCMP_ACT_ALLOW, 0, NULL, {READ, SCMP_ACT_KILL, far, 1}, EINVAL, "has index 4294967295"},
        {SCMP_ACT_ALLOW, 1, NULL, {READ, SCMP_ACT_KILL, NULL, 0}, EINVAL, "architectures[0]"},
        {0x12345678, 0, NULL, {READ, SCMP_ACT_KILL, NULL, 0}, EINVAL, "action 0x12345678"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};
        struct config_seccomp_rule rule = cases[i].rule;
        uint32_t architecture = cases[i].architecture;
        struct config_seccomp seccomp = {.given = true,
                                         .default_action = cases[i].default_action,
                                         .architectures = &architecture,
                                         .architectures_length = architecture != 0,
                                         .listener_path = cases[i].listener,
                                         .rules = &rule,
                                         .rules_length = 1};
        struct seccomp_program program = {0};

        assert_int_equal(seccomp_build(&seccomp, &program, &error), -cases[i].code);
        assert_int_equal(error.code, cases[i].code);
        assert_null(program.filter);
        assert_true(error_says(&error, cases[i].says));
    }
}

/* Without no_new_privs and without CAP_SYS_ADMIN. */
static void check_unprivileged(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_seccomp seccomp = {.given = true, .default_action = SCMP_ACT_ALLOW};
    CLEANUP_SECCOMP struct seccomp_program program = {0};
    int listener;

    (void)argument;
    SKIP_UNLESS(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0, "no_new_privs is set already");
    CHECK(geteuid() != 0 || setresuid(65534, 65534, 65534) == 0);
    CHECK_OK(seccomp_build(&seccomp, &program, &error), &error);
    CHECK(seccomp_install(&program, &listener, &error) == -EACCES);
    CHECK(error_says(&error, "needs CAP_SYS_ADMIN"));
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
}

static void test_unprivileged(void **state)
{
    (void)state;
    in_child(check_unprivileged, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters),  cmocka_unit_test(test_kill),
        cmocka_unit_test(test_flags),    cmocka_unit_test(test_architectures),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_unprivileged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
