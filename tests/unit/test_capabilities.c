/* SPDX-License-Identifier: Apache-2.0 */
/* As root in this user namespace, as another user in one of its own, where it has all capabilities too. */
#include "child.h"

#include "process/capabilities.h"
#include "process/user.h"
#include <inttypes.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>

#define BIT(capability) (UINT64_C(1) << (capability))
#define ODD BIT(63) /* no kernel knows it */

/* What the kernel says of this process, in the order of /proc/self/status. */
struct present {
    uint64_t inheritable, permitted, effective, bounding, ambient;
};

static struct present read_present(void)
{
    struct present present = {0};
    char line[256];
    FILE *file = fopen("/proc/self/status", "re");
    int found = 0;

    CHECK(file);
    while (fgets(line, sizeof(line), file)) {
        found += sscanf(line, "CapInh: %" SCNx64, &present.inheritable) == 1;
        found += sscanf(line, "CapPrm: %" SCNx64, &present.permitted) == 1;
        found += sscanf(line, "CapEff: %" SCNx64, &present.effective) == 1;
        found += sscanf(line, "CapBnd: %" SCNx64, &present.bounding) == 1;
        found += sscanf(line, "CapAmb: %" SCNx64, &present.ambient) == 1;
    }
    fclose(file);
    CHECK(found == 5);
    return present;
}

static void become_privileged(void)
{
    if (geteuid() != 0)
        SKIP_UNLESS(unshare(CLONE_NEWUSER) == 0, "neither root nor allowed to make a user namespace");
}

/* The sets in the order of struct config_capabilities. */
struct sets_case {
    uint64_t bounding, effective, inheritable, permitted, ambient;
    uint64_t refused;
    struct present expected;
};

#define CHOWN BIT(CAP_CHOWN)
#define KILL BIT(CAP_KILL)
#define BOTH (CHOWN | KILL)

static const struct sets_case sets_cases[] = {
    /* clang-format off */
    {0, 0, 0, 0, 0, 0, {0, 0, 0, 0, 0}},
    {BOTH, BOTH, 0, BOTH, 0, 0, {0, BOTH, BOTH, BOTH, 0}},
    {BOTH, CHOWN, CHOWN, BOTH, CHOWN, 0, {CHOWN, BOTH, CHOWN, BOTH, CHOWN}},
    {BOTH, 0, 0, BOTH, 0, 0, {0, BOTH, 0, BOTH, 0}},
    /* Not to be had: one that no kernel has, and what the rules of capset(2) forbid. */
    {BOTH | ODD, BOTH | ODD, 0, BOTH | ODD, 0, ODD, {0, BOTH, BOTH, BOTH, 0}},
    {BOTH, BOTH, 0, CHOWN, 0, KILL, {0, CHOWN, CHOWN, BOTH, 0}},
    {CHOWN, CHOWN, BOTH, CHOWN, 0, KILL, {CHOWN, CHOWN, CHOWN, CHOWN, 0}},
    {BOTH, KILL, CHOWN, KILL, CHOWN, CHOWN, {CHOWN, KILL, KILL, BOTH, 0}},
    {BOTH, BOTH, CHOWN, BOTH, BOTH, KILL, {CHOWN, BOTH, BOTH, BOTH, CHOWN}},
    /* clang-format on */
};

static void check_present(const struct present *expected)
{
    struct present present = read_present();

    CHECK(present.inheritable == expected->inheritable);
    CHECK(present.permitted == expected->permitted);
    CHECK(present.effective == expected->effective);
    CHECK(present.bounding == expected->bounding);
    CHECK(present.ambient == expected->ambient);
}

static void check_sets(const void *argument)
{
    const struct sets_case *test = argument;
    CLEANUP_ERROR struct error error = {0};
    struct config_capabilities wanted = {.given = true,
                                         .bounding = test->bounding,
                                         .effective = test->effective,
                                         .inheritable = test->inheritable,
                                         .permitted = test->permitted,
                                         .ambient = test->ambient};
    uint64_t refused = 4711;

    become_privileged();
    CHECK_OK(capabilities_limit_bounding(&wanted, &error), &error);
    CHECK(read_present().bounding == test->expected.bounding);
    CHECK_OK(capabilities_apply(&wanted, &refused, &error), &error);
    CHECK(refused == test->refused);
    check_present(&test->expected);
}

static void test_sets(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(sets_cases); i++)
        in_child(check_sets, &sets_cases[i]);
}

/* All five sets with every bit: what this process has, and the rest is refused. */
static void check_all(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_capabilities wanted = {true, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    uint64_t refused, had;

    (void)argument;
    become_privileged();
    had = read_present().permitted;
    CHECK(had != 0 && read_present().bounding == had);
    CHECK_OK(capabilities_limit_bounding(&wanted, &error), &error);
    CHECK_OK(capabilities_apply(&wanted, &refused, &error), &error);
    CHECK(refused == ~had);
    check_present(&(struct present){had, had, had, had, had});
}

static void test_all(void **state)
{
    (void)state;
    in_child(check_all, NULL);
}

static void check_not_given(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_capabilities wanted = {.given = false};
    uint64_t refused = 4711;
    struct present before;

    (void)argument;
    become_privileged();
    before = read_present();
    CHECK_OK(capabilities_limit_bounding(&wanted, &error), &error);
    CHECK_OK(capabilities_apply(&wanted, &refused, &error), &error);
    CHECK(refused == 0);
    check_present(&before);
}

static void test_not_given(void **state)
{
    (void)state;
    in_child(check_not_given, NULL);
}

/* Without CAP_SETPCAP the bounding set can't be made smaller: never silently. */
static void check_unprivileged(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_capabilities wanted = {.given = true};

    (void)argument;
    CHECK(geteuid() != 0 || setresuid(65534, 65534, 65534) == 0);
    SKIP_UNLESS(read_present().bounding != 0, "the bounding set is empty already");
    CHECK(capabilities_limit_bounding(&wanted, &error) == -EPERM);
    CHECK(error_says(&error, "cannot drop CAP_"));
    CHECK(error_says(&error, "CAP_SETPCAP"));
}

static void test_unprivileged(void **state)
{
    (void)state;
    in_child(check_unprivileged, NULL);
}

/* The whole sequence, to another user; ambient ones are there after execve(2) as well. */
static void check_user(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_process process = {
        .uid = 1234,
        .gid = 1235,
        .capabilities = {true, BOTH, BOTH, CHOWN, BOTH, CHOWN},
    };
    uint64_t refused;
    char command[256];

    (void)argument;
    SKIP_UNLESS(geteuid() == 0, "becoming another user needs root");
    CHECK_OK(capabilities_limit_bounding(&process.capabilities, &error), &error);
    CHECK_OK(user_switch(&process, true, &error), &error);
    CHECK_OK(capabilities_apply(&process.capabilities, &refused, &error), &error);
    CHECK(refused == 0);
    check_present(&(struct present){CHOWN, BOTH, BOTH, BOTH, CHOWN});
    snprintf(command, sizeof(command), "grep -q '^CapEff:.*%016" PRIx64 "$' /proc/self/status", CHOWN);
    execl("/bin/sh", "sh", "-c", command, NULL);
    CHECK(!"sh");
}

static void test_user(void **state)
{
    (void)state;
    in_child(check_user, NULL);
}

static void test_names(void **state)
{
    static const struct {
        unsigned int bit;
        const char *name;
    } cases[] = {
        {CAP_CHOWN, "CAP_CHOWN"},
        {CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE"},
        {CAP_CHECKPOINT_RESTORE, "CAP_CHECKPOINT_RESTORE"},
        {63, "CAPABILITY 63"},
        {64, "CAPABILITY 64"},
        {UINT32_MAX, "CAPABILITY 4294967295"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_string_equal(capability_name(cases[i].bit), cases[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets),         cmocka_unit_test(test_all),  cmocka_unit_test(test_not_given),
        cmocka_unit_test(test_unprivileged), cmocka_unit_test(test_user), cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
