/* SPDX-License-Identifier: Apache-2.0 */
/* The labels of a machine whose kernel has neither facility on. What is written is seen by a notification of write(2),
 * which answers in the kernel's place. */
#include "child.h"

#include "base/fd.h"
#include "kernel/environment.h"
#include "kernel/procfs.h"
#include "process/exec_label.h"
#include "process/seccomp.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define LABEL "system_u:system_r:container_t:s0:c1,c2"

static struct config config_of(const char *profile, const char *label)
{
    return (struct config){.file = "config.json",
                           .process = {.apparmor_profile = profile, .selinux_label = label}};
}

static void test_check(void **state)
{
    static const struct {
        const char *profile, *label;
        const char *says; /* NULL: nothing to say */
    } cases[] = {
        {NULL, NULL, NULL},
        {"", "", NULL},
        {"docker-default", NULL,
         "config.json: process.apparmorProfile: AppArmor is off in this machine's kernel, or not in it; "
         "remove the "
         "property, or boot with AppArmor"},
        {NULL, LABEL,
         "config.json: process.selinuxLabel: SELinux is off in this machine's kernel, or not in it; remove "
         "the "
         "property, or boot with SELinux"},
    };

    (void)state;
    if (environment_has_selinux() || access("/sys/kernel/security/apparmor", F_OK) == 0)
        skip();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};
        struct config config = config_of(cases[i].profile, cases[i].label);

        assert_int_equal(exec_label_check(&config, &error), cases[i].says ? -ENOTSUP : 0);
        if (cases[i].says)
            assert_true(error_says(&error, cases[i].says));
    }
}

static void test_refused_by_kernel(void **state)
{
    static const struct {
        const char *profile, *label;
        int code;
        const char *says, *hint;
    } cases[] = {
        {NULL, NULL, 0, "", ""},
        {"", "", 0, "", ""},
        {"docker-default", NULL, ENOENT,
         "config.json: process.apparmorProfile: cannot open attr/apparmor/exec of /proc: openat2: ENOENT",
         ""},
        {NULL, LABEL, EINVAL,
         "config.json: process.selinuxLabel: cannot write \"" LABEL "\" to attr/exec: write: EINVAL",
         "does the loaded policy know"},
    };
    CLEANUP_FD int proc = -1;

    (void)state;
    if (environment_has_selinux() || access("/proc/self/attr/apparmor", F_OK) == 0)
        skip();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};
        struct config config = config_of(cases[i].profile, cases[i].label);

        fd_close(&proc);
        assert_int_equal(procfs_open(&proc, &error), 0);
        assert_int_equal(exec_label_apply(&config, proc, &error), -cases[i].code);
        if (cases[i].code == 0)
            continue;
        assert_true(error_says(&error, cases[i].says));
        assert_true(error_says(&error, cases[i].hint));
    }
}

/* All but what goes to stderr. */
static int notify_writes(void)
{
    static const char *name[] = {"write"};
    static struct config_seccomp_argument not_stderr[] = {{0, STDERR_FILENO, 0, SCMP_CMP_NE}};
    struct config_seccomp_rule rule = {{name, 1}, SCMP_ACT_NOTIFY, not_stderr, 1};
    struct config_seccomp seccomp = {.given = true,
                                     .default_action = SCMP_ACT_ALLOW,
                                     .rules = &rule,
                                     .rules_length = 1,
                                     .listener_path = "/agent"};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_SECCOMP struct seccomp_program program = {0};
    int listener;

    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK_OK(seccomp_build(&seccomp, &program, &error), &error);
    CHECK_OK(seccomp_install(&program, &listener, &error), &error);
    return listener;
}

static void expect_write(int listener, const char *file, const char *expected)
{
    struct seccomp_notif notification = {0};
    struct seccomp_notif_resp response = {0};
    char path[64], target[128] = "", end[128], text[128] = "";
    CLEANUP_FD int memory = -1;

    CHECK(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notification) == 0);
    snprintf(path, sizeof(path), "/proc/%u/fd/%d", notification.pid, (int)notification.data.args[0]);
    CHECK(readlink(path, target, sizeof(target) - 1) > 0);
    snprintf(end, sizeof(end), "/proc/%u/task/%u/%s", notification.pid, notification.pid, file);
    CHECK(strcmp(target, end) == 0);
    snprintf(path, sizeof(path), "/proc/%u/mem", notification.pid);
    memory = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(notification.data.args[2] == strlen(expected));
    CHECK(pread(memory, text, strlen(expected), (off_t)notification.data.args[1]) ==
          (ssize_t)strlen(expected));
    CHECK(strcmp(text, expected) == 0);
    response.id = notification.id;
    response.val = (int64_t)strlen(expected);
    CHECK(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0);
}

static void check_written(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int proc = -1;
    bool has_apparmor = access("/proc/self/attr/apparmor", F_OK) == 0;
    struct config config = config_of(has_apparmor ? "docker-default" : NULL, LABEL);
    int listener = notify_writes(), status;
    pid_t pid;

    (void)argument;
    CHECK_OK(procfs_open(&proc, &error), &error);
    pid = fork();
    if (pid == 0) {
        /* So that the write ends when nobody is left to answer. */
        fd_close(&listener);
        CHECK_OK(exec_label_apply(&config, proc, &error), &error);
        _exit(0);
    }
    if (has_apparmor)
        expect_write(listener, "attr/apparmor/exec", "exec docker-default");
    expect_write(listener, "attr/exec", LABEL);
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void test_written(void **state)
{
    (void)state;
    in_child(check_written, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_refused_by_kernel),
        cmocka_unit_test(test_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
