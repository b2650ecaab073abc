/* SPDX-License-Identifier: Apache-2.0 */
/* Each filter is installed in a child, which then makes the system call it is about. */
#include "child.h"

#include "process/seccomp.h"
#include <fcntl.h>
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

static void check_filter(const void *argument)
{
    const struct filter_case *test = argument;
    CLEANUP_ERROR struct error error = {0};
    struct config_seccomp_rule rules[2] = {test->rules[0], test->rules[1]};
    struct config_seccomp seccomp = {.given = true,
                                     .default_action = test->default_action,
                                     .rules = rules,
                                     .rules_length = test->rules_length};
    scmp_filter_ctx filter = NULL;

    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK_OK(seccomp_build(&seccomp, &filter, &error), &error);
    CHECK_OK(seccomp_install(filter, &error), &error);
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
    CLEANUP_ERROR struct error error = {0};
    const char *names[] = {"getppid"};
    struct config_seccomp_rule rule = {.names = {names, 1}, .action = SCMP_ACT_KILL_PROCESS};
    struct config_seccomp seccomp = {
        .given = true, .default_action = SCMP_ACT_ALLOW, .rules = &rule, .rules_length = 1};
    scmp_filter_ctx filter = NULL;

    (void)argument;
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK_OK(seccomp_build(&seccomp, &filter, &error), &error);
    CHECK_OK(seccomp_install(filter, &error), &error);
    syscall(SYS_getppid);
}

static void test_kill(void **state)
{
    int status = child_status(check_kill, NULL);

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static uint32_t attribute(scmp_filter_ctx filter, enum scmp_filter_attr which)
{
    uint32_t value = 4711;

    assert_int_equal(seccomp_attr_get(filter, which, &value), 0);
    return value;
}

static void test_attributes(void **state)
{
    (void)state;
    for (int flags = 0; flags < 2; flags++) {
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_FILTER scmp_filter_ctx filter = NULL;
        struct config_seccomp seccomp = {
            .given = true, .default_action = SCMP_ACT_ALLOW, .log = flags, .spec_allow = flags};

        assert_int_equal(seccomp_build(&seccomp, &filter, &error), 0);
        assert_int_equal(attribute(filter, SCMP_FLTATR_CTL_LOG), flags);
        assert_int_equal(attribute(filter, SCMP_FLTATR_CTL_SSB), flags);
        assert_int_equal(attribute(filter, SCMP_FLTATR_CTL_TSYNC), 1);
        assert_int_equal(attribute(filter, SCMP_FLTATR_CTL_NNP), 0);
        assert_int_equal(attribute(filter, SCMP_FLTATR_ACT_BADARCH), SCMP_ACT_KILL);
    }
}

static void test_architectures(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FILTER scmp_filter_ctx filter = NULL;
    uint32_t architectures[] = {SCMP_ARCH_ARM, SCMP_ARCH_AARCH64, SCMP_ARCH_X86, SCMP_ARCH_X86};
    struct config_seccomp seccomp = {.given = true,
                                     .default_action = SCMP_ACT_ALLOW,
                                     .architectures = architectures,
                                     .architectures_length = ARRAY_LENGTH(architectures)};

    (void)state;
    assert_int_equal(seccomp_build(&seccomp, &filter, &error), 0);
    assert_int_equal(seccomp_arch_exist(filter, SCMP_ARCH_NATIVE), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(architectures); i++)
        assert_int_equal(seccomp_arch_exist(filter, architectures[i]), 0);
    assert_int_equal(seccomp_arch_exist(filter, SCMP_ARCH_S390X), -EEXIST);
}

static struct config_seccomp_argument seventh[] = {{6, 0, 0, SCMP_CMP_EQ}};
static struct config_seccomp_argument far[] = {{UINT32_MAX, 0, 0, SCMP_CMP_EQ}};

static const char *read_name[] = {"read"};

#define READ                                                                                                 \
    {                                                                                                        \
        read_name, 1                                                                                         \
    }

static void test_refusals(void **state)
{
    static const struct {
        uint32_t default_action, architecture;
        bool wait_killable;
        struct config_seccomp_rule rule;
        int code;
        const char *says;
    } cases[] = {
        {SCMP_ACT_NOTIFY, 0, false, {READ, SCMP_ACT_KILL, NULL, 0}, ENOTSUP, "NOTIFY for defaultAction"},
        {SCMP_ACT_ALLOW, 0, false, {READ, SCMP_ACT_NOTIFY, NULL, 0}, ENOTSUP, "syscalls[0]: seccomp: SCMP"},
        {SCMP_ACT_ALLOW, 0, false, {READ, SCMP_ACT_KILL, seventh, 1}, EINVAL, "args[0] has index 6"},
        {SCMP_ACT_ALLOW, 0, false, {READ, SCMP_ACT_KILL, far, 1}, EINVAL, "has index 4294967295"},
        {SCMP_ACT_ALLOW, 1, false, {READ, SCMP_ACT_KILL, NULL, 0}, EINVAL, "architectures[0]"},
        {0x12345678, 0, false, {READ, SCMP_ACT_KILL, NULL, 0}, EINVAL, "action 0x12345678"},
#if SCMP_VER_MAJOR == 2 && SCMP_VER_MINOR < 6
        {SCMP_ACT_ALLOW, 0, true, {READ, SCMP_ACT_KILL, NULL, 0}, ENOTSUP, "needs libseccomp 2.6"},
#endif
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
                                         .wait_killable = cases[i].wait_killable,
                                         .rules = &rule,
                                         .rules_length = 1};
        scmp_filter_ctx filter = NULL;

        assert_int_equal(seccomp_build(&seccomp, &filter, &error), -cases[i].code);
        assert_int_equal(error.code, cases[i].code);
        assert_null(filter);
        assert_true(error_says(&error, cases[i].says));
    }
}

/* Without no_new_privs and without CAP_SYS_ADMIN. */
static void check_unprivileged(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_seccomp seccomp = {.given = true, .default_action = SCMP_ACT_ALLOW};
    scmp_filter_ctx filter = NULL;

    (void)argument;
    SKIP_UNLESS(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0, "no_new_privs is set already");
    CHECK(geteuid() != 0 || setresuid(65534, 65534, 65534) == 0);
    CHECK_OK(seccomp_build(&seccomp, &filter, &error), &error);
    CHECK(seccomp_install(filter, &error) == -EACCES);
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
        cmocka_unit_test(test_filters),    cmocka_unit_test(test_kill),
        cmocka_unit_test(test_attributes), cmocka_unit_test(test_architectures),
        cmocka_unit_test(test_refusals),   cmocka_unit_test(test_unprivileged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
