/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps user namespaces from a user, with the machine's sysctls injected: no machine for tests has
 * AppArmor on. */
#include "base/fd.h"
#include "kernel/restrictions.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void write_setting(int directory, const char *name, const char *value)
{
    CLEANUP_FD int fd = openat(directory, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(fd_write_all(fd, value, strlen(value)), 0);
}

/* The message after an errno, on a machine with this one sysctl. */
static char *explain(int code, const char *name, const char *value)
{
    CLEANUP_ERROR struct error error = {0};
    char path[] = "/tmp/holdfast-sysctls-XXXXXX";
    CLEANUP_FD int directory = -1;

    assert_non_null(mkdtemp(path));
    directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(directory, "kernel", 0700), 0);
    assert_int_equal(mkdirat(directory, "user", 0700), 0);
    if (name)
        write_setting(directory, name, value);
    error_call(&error, code, "unshare", "cannot make a user namespace");
    restrictions_explain_user_namespace(directory, &error);
    if (name)
        assert_int_equal(unlinkat(directory, name, 0), 0);
    assert_int_equal(unlinkat(directory, "kernel", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(directory, "user", AT_REMOVEDIR), 0);
    assert_int_equal(rmdir(path), 0);
    return error_format(&error);
}

static void test_user_namespaces(void **state)
{
    static const struct {
        int code;
        const char *name, *value, *message;
    } cases[] = {
        {EPERM, "kernel/apparmor_restrict_unprivileged_userns", "1\n",
         "cannot make a user namespace: unshare: EPERM (Operation not permitted); AppArmor keeps user "
         "namespaces from "
         "programs without a profile (kernel.apparmor_restrict_unprivileged_userns is 1): install "
         "dist/apparmor/holdfast as /etc/apparmor.d/holdfast and load it with \"apparmor_parser -r\" "
         "(profile holdfast "
         "/usr/{,local/}bin/holdfast flags=(unconfined) { userns, })"},
        {EACCES, "kernel/apparmor_restrict_unprivileged_userns", "1\n",
         "cannot make a user namespace: unshare: EACCES (Permission denied); AppArmor keeps user namespaces "
         "from "
         "programs without a profile (kernel.apparmor_restrict_unprivileged_userns is 1): install "
         "dist/apparmor/holdfast as /etc/apparmor.d/holdfast and load it with \"apparmor_parser -r\" "
         "(profile holdfast "
         "/usr/{,local/}bin/holdfast flags=(unconfined) { userns, })"},
        {EPERM, "kernel/unprivileged_userns_clone", "0\n",
         "cannot make a user namespace: unshare: EPERM (Operation not permitted); the sysctl "
         "kernel.unprivileged_userns_clone is 0: let it be 1, or run as root"},
        {ENOSPC, "user/max_user_namespaces", "7\n",
         "cannot make a user namespace: unshare: ENOSPC (No space left on device); the limit is the sysctl "
         "user.max_user_namespaces, which is 7: raise it"},
        {ENOSPC, NULL, NULL,
         "cannot make a user namespace: unshare: ENOSPC (No space left on device); the limit is the sysctl "
         "user.max_user_namespaces: raise it"},
        {EINVAL, NULL, NULL, "cannot make a user namespace: unshare: EINVAL (Invalid argument)"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_FREE char *message = explain(cases[i].code, cases[i].name, cases[i].value);

        assert_string_equal(message, cases[i].message);
    }
}

static void test_profile_is_what_the_error_prints(void **state)
{
    CLEANUP_FD int fd = open(APPARMOR_PROFILE, O_RDONLY | O_CLOEXEC);
    CLEANUP_FREE char *text = NULL;

    (void)state;
    assert_int_equal(fd_read_all(fd, 4096, &text, NULL), 0);
    assert_non_null(
        strstr(text, "\nprofile holdfast /usr/{,local/}bin/holdfast flags=(unconfined) {\n  userns,\n"));
    assert_non_null(strstr(APPARMOR_STANZA,
                           "profile holdfast /usr/{,local/}bin/holdfast flags=(unconfined) { userns, }"));
}

static void test_numbers(void **state)
{
    (void)state;
    assert_int_equal(restrictions_read_number(AT_FDCWD, "/nonexistent"), -1);
    assert_int_equal(restrictions_read_number(AT_FDCWD, "/proc/self/comm"), -1);
    assert_true(restrictions_sysctl("fs/mount-max") > 0);
    assert_true(restrictions_count_mounts() > 0);
}

static void test_mounts_below(void **state)
{
    CLEANUP(arena_clear) struct arena arena = {0};

    (void)state;
    assert_null(restrictions_mounts_below("/nonexistent", &arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_user_namespaces),
        cmocka_unit_test(test_profile_is_what_the_error_prints),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_mounts_below),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
