/* SPDX-License-Identifier: Apache-2.0 */
/* pivot_root on the initial ramfs answers EINVAL, as it does where the new root is no mount: that is
 * provoked here. */
#include "base/fd.h"
#include "base/helper.h"
#include "mount/operations.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

static int switch_to_no_mount(void *argument, struct error *error)
{
    const struct operation operation = {.kind = OPERATION_SWITCH_ROOT, .switch_root = {.pivot = true}};
    CLEANUP_FD int root = open(argument, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct build build = BUILD_NONE;
    struct step step = {.build = &build, .operation = &operation};

    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return error_call(error, errno, "unshare", "cannot make a mount namespace");
    build.root_fd = root;
    return switch_root_attach(&step, error);
}

static void test_initial_ramfs(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE char *message = NULL;
    char path[] = "/tmp/holdfast-root-XXXXXX";

    (void)state;
    assert_non_null(mkdtemp(path));
    assert_int_equal(helper_run(switch_to_no_mount, path, &error), -EINVAL);
    assert_int_equal(rmdir(path), 0);
    message = error_format(&error);
    assert_string_equal(
        message, "cannot switch to the new root: pivot_root: EINVAL (Invalid argument); pivot_root does "
                 "not work on the initial ramfs: use --no-pivot there");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_initial_ramfs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
