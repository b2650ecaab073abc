/* SPDX-License-Identifier: Apache-2.0 */
/* Users, limits, the network and terminals. */
#include "child.h"

#include "base/fd.h"
#include "process/network.h"
#include "process/rlimits.h"
#include "process/terminal.h"
#include "process/user.h"
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

static void check_switch(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    uint32_t groups[] = {20, 4000000000U};
    struct config_process process = {.uid = 1234, .gid = 1235, .additional_gids = groups};
    uid_t user, effective_user, saved_user;
    gid_t group, effective_group, saved_group, now[8];

    process.additional_gids_length = *(const size_t *)argument;
    SKIP_UNLESS(geteuid() == 0, "becoming another user needs root");
    CHECK(setgroups(1, (gid_t[]){77}) == 0);
    CHECK_OK(user_switch(&process, true, &error), &error);
    CHECK(getresuid(&user, &effective_user, &saved_user) == 0);
    CHECK(getresgid(&group, &effective_group, &saved_group) == 0);
    CHECK(user == 1234 && effective_user == 1234 && saved_user == 1234);
    CHECK(group == 1235 && effective_group == 1235 && saved_group == 1235);
    CHECK(getgroups(8, now) == (int)process.additional_gids_length);
    CHECK(process.additional_gids_length == 0 || memcmp(now, groups, sizeof(groups)) == 0);
    CHECK(prctl(PR_GET_KEEPCAPS) == 0);
}

static void test_switch(void **state)
{
    static const size_t counts[] = {0, 2};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(counts); i++)
        in_child(check_switch, &counts[i]);
}

struct switch_case {
    uint32_t uid, gid;
    size_t groups;
    bool may_set_groups;
    int code;
    const char *says;
};

/* In a user namespace of its own, where nothing but 0 is mapped. */
static void check_namespace(const void *argument)
{
    const struct switch_case *test = argument;
    CLEANUP_ERROR struct error error = {0};
    uint32_t group = 0;
    struct config_process process = {.uid = test->uid,
                                     .gid = test->gid,
                                     .additional_gids = &group,
                                     .additional_gids_length = test->groups};
    const char *files[] = {"/proc/self/setgroups", "/proc/self/uid_map", "/proc/self/gid_map"};
    char texts[3][32] = {"deny"};

    snprintf(texts[1], sizeof(texts[1]), "0 %u 1", geteuid());
    snprintf(texts[2], sizeof(texts[2]), "0 %u 1", getegid());
    SKIP_UNLESS(unshare(CLONE_NEWUSER) == 0, "making a user namespace is not allowed");
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
        CLEANUP_FD int fd = open(files[i], O_WRONLY | O_CLOEXEC);

        CHECK(fd >= 0 && fd_write_all(fd, texts[i], strlen(texts[i])) == 0);
    }
    CHECK(user_switch(&process, test->may_set_groups, &error) == -test->code);
    CHECK(test->code == 0 || error_says(&error, test->says));
}

static void test_switch_in_user_namespace(void **state)
{
    static const struct switch_case cases[] = {
        {0, 0, 0, false, 0, NULL},
        {0, 0, 1, false, EPERM, "this user namespace does not allow setgroups"},
        {0, 0, 0, true, EPERM, "setgroups: EPERM"},
        {5, 0, 0, false, EINVAL, "cannot become the user 5: setresuid: EINVAL"},
        {0, 5, 0, false, EINVAL, "the user namespace does not map this id"},
        {UINT32_MAX, 0, 0, false, EINVAL, "4294967295 is no valid user id"},
        {0, UINT32_MAX, 0, false, EINVAL, "4294967295 is no valid group id"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        in_child(check_namespace, &cases[i]);
}

static void check_rlimits(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_rlimit limits[] = {
        {RLIMIT_NOFILE, "RLIMIT_NOFILE", 100, 200},
        {RLIMIT_CORE, "RLIMIT_CORE", 0, 0},
        {RLIMIT_NOFILE, "RLIMIT_NOFILE", 50, 150},
    };
    struct config_process process = {.rlimits = limits, .rlimits_length = ARRAY_LENGTH(limits)};
    struct rlimit now;

    (void)argument;
    CHECK_OK(rlimits_apply(&process, &error), &error);
    CHECK(getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur == 50 && now.rlim_max == 150);
    CHECK(getrlimit(RLIMIT_CORE, &now) == 0 && now.rlim_cur == 0 && now.rlim_max == 0);
}

static void check_rlimit_errors(const void *argument)
{
    static const struct {
        struct config_rlimit limit;
        int code;
        const char *says, *hint;
    } cases[] = {
        /* Version 14 crashes on this table. */
        /* clang-format off */
        {{RLIMIT_NOFILE, "RLIMIT_NOFILE", 10, UINT64_MAX}, EPERM,
         "cannot set RLIMIT_NOFILE to 10 (soft) and unlimited (hard), the present hard limit is 150",
         "needs CAP_SYS_RESOURCE"},
        {{RLIMIT_CORE, "RLIMIT_CORE", 10, 10}, EPERM,
         "cannot set RLIMIT_CORE to 10 (soft) and 10 (hard), the present hard limit is 0: prlimit: EPERM",
         "needs CAP_SYS_RESOURCE"},
        {{RLIMIT_NOFILE, "RLIMIT_NOFILE", 11, 10}, EINVAL, "RLIMIT_NOFILE to 11 (soft)", "must not be above"},
        {{4711, "RLIMIT_ODD", 1, 1}, EINVAL, "the present hard limit is unknown", "RLIMIT_ODD"},
        /* clang-format on */
    };

    check_rlimits(argument);
    CHECK(geteuid() != 0 || setresuid(65534, 65534, 65534) == 0);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_ERROR struct error error = {0};
        struct config_rlimit limit = cases[i].limit;
        struct config_process process = {.rlimits = &limit, .rlimits_length = 1};

        CHECK(rlimits_apply(&process, &error) == -cases[i].code);
        CHECK(error_says(&error, cases[i].says));
        CHECK(error_says(&error, cases[i].hint));
    }
}

static void test_rlimits(void **state)
{
    (void)state;
    in_child(check_rlimits, NULL);
    in_child(check_rlimit_errors, NULL);
}

static void check_loopback(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct ifreq request = {.ifr_name = "lo"};
    CLEANUP_FD int fd = -1;

    (void)argument;
    SKIP_UNLESS(unshare(CLONE_NEWNET | (geteuid() == 0 ? 0 : CLONE_NEWUSER)) == 0,
                "making a network namespace is not allowed");
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(ioctl(fd, SIOCGIFFLAGS, &request) == 0 && !(request.ifr_flags & IFF_UP));
    CHECK_OK(network_loopback_up(&error), &error);
    CHECK(ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP));
    CHECK_OK(network_loopback_up(&error), &error);
}

static void check_loopback_unprivileged(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};

    (void)argument;
    CHECK(geteuid() != 0 || (unshare(CLONE_NEWNET) == 0 && setresuid(65534, 65534, 65534) == 0));
    CHECK(network_loopback_up(&error) == -EPERM);
    CHECK(error_says(&error, "cannot bring the loopback interface up: ioctl(SIOCSIFFLAGS): EPERM"));
}

static void test_loopback(void **state)
{
    (void)state;
    in_child(check_loopback, NULL);
    in_child(check_loopback_unprivileged, NULL);
}

static int open_terminal(int *ret_slave)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    assert_true(master >= 0);
    assert_int_equal(unlockpt(master), 0);
    *ret_slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(*ret_slave >= 0);
    return master;
}

static void assert_same_settings(const struct termios *one, const struct termios *other)
{
    assert_int_equal(one->c_iflag, other->c_iflag);
    assert_int_equal(one->c_oflag, other->c_oflag);
    assert_int_equal(one->c_cflag, other->c_cflag);
    assert_int_equal(one->c_lflag, other->c_lflag);
    assert_memory_equal(one->c_cc, other->c_cc, sizeof(one->c_cc));
}

static void test_terminal_settings(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int slave = -1;
    CLEANUP_FD int master = open_terminal(&slave);
    struct termios before, saved, now;

    (void)state;
    assert_int_equal(tcgetattr(slave, &before), 0);
    assert_true(before.c_oflag & ONLCR);
    assert_int_equal(terminal_set_raw(slave, &saved, &error), 0);
    assert_same_settings(&saved, &before);
    assert_int_equal(tcgetattr(slave, &now), 0);
    assert_false(now.c_lflag & (ICANON | ECHO | ISIG | IEXTEN));
    assert_false(now.c_iflag & (ICRNL | IXON | ISTRIP));
    assert_int_equal(now.c_oflag, before.c_oflag);
    assert_int_equal(terminal_restore(slave, &saved, &error), 0);
    assert_int_equal(tcgetattr(slave, &now), 0);
    assert_same_settings(&now, &before);
    assert_int_equal(terminal_clear_onlcr(master, &error), 0);
    assert_int_equal(tcgetattr(slave, &now), 0);
    assert_int_equal(now.c_oflag, before.c_oflag & ~(tcflag_t)ONLCR);
}

static void test_terminal_size(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int slave = -1, other_slave = -1;
    CLEANUP_FD int master = open_terminal(&slave);
    CLEANUP_FD int other = open_terminal(&other_slave);
    struct winsize size;

    (void)state;
    assert_int_equal(terminal_set_size(master, 11, 222, &error), 0);
    assert_int_equal(terminal_copy_size(slave, other, &error), 0);
    assert_int_equal(ioctl(other_slave, TIOCGWINSZ, &size), 0);
    assert_int_equal(size.ws_row, 11);
    assert_int_equal(size.ws_col, 222);
}

static void test_no_terminal(void **state)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int file = open("/dev/null", O_RDWR | O_CLOEXEC);
    struct termios saved;

    (void)state;
    assert_int_equal(terminal_set_raw(file, &saved, &error), -ENOTTY);
    assert_int_equal(terminal_clear_onlcr(file, &error), -ENOTTY);
    assert_int_equal(terminal_set_size(file, 1, 1, &error), -ENOTTY);
    assert_int_equal(terminal_copy_size(file, file, &error), -ENOTTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switch),
        cmocka_unit_test(test_switch_in_user_namespace),
        cmocka_unit_test(test_rlimits),
        cmocka_unit_test(test_loopback),
        cmocka_unit_test(test_terminal_settings),
        cmocka_unit_test(test_terminal_size),
        cmocka_unit_test(test_no_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
