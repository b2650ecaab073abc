/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include "base/fd.h"
#include "process/standard_streams.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define USER 4711
#define OTHER 4712
#define GROUP 4713

/* Only in a mount namespace with an empty /tmp: nothing of the machine's is given away. */
static void enter(void)
{
    SKIP_UNLESS(geteuid() == 0 && unshare(CLONE_NEWNS) == 0, "it takes root");
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    CHECK(mount("tmpfs", "/tmp", "tmpfs", 0, "mode=0755") == 0);
    CHECK(chdir("/tmp") == 0);
}

static int open_file(const char *name, uid_t owner)
{
    int fd = open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600);

    CHECK(fd >= 0 && fchown(fd, owner, GROUP) == 0);
    return fd;
}

static void use(int first, int second, int third)
{
    CHECK(dup3(first, 10, O_CLOEXEC) == 10 && dup3(second, 11, O_CLOEXEC) == 11 &&
          dup3(third, 12, O_CLOEXEC) == 12);
    CHECK(dup2(10, 0) == 0 && dup2(11, 1) == 1 && dup2(12, 2) == 2);
}

static bool belongs_to(int fd, uid_t uid, gid_t gid)
{
    struct stat status;

    return fstat(fd, &status) == 0 && status.st_uid == uid && status.st_gid == gid;
}

static void check_files(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    int own, already, others;

    (void)argument;
    enter();
    own = open_file("own", 0);
    already = open_file("already", USER);
    others = open_file("others", OTHER);
    use(own, already, others);
    CHECK(standard_streams_give(USER, &error) == 0);
    CHECK(belongs_to(0, USER, GROUP));
    CHECK(belongs_to(1, USER, GROUP));
    CHECK(belongs_to(2, OTHER, GROUP));
    CHECK(setresuid(USER, USER, USER) == 0);
    CHECK(close(open("/proc/self/fd/0", O_RDWR)) == 0);
}

static void check_kinds(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    int zero, readonly, ends[2];

    (void)argument;
    enter();
    CHECK(mknod("zero", S_IFCHR | 0666, makedev(1, 5)) == 0);
    zero = open("zero", O_RDWR | O_CLOEXEC);
    CHECK(mkdir("mount", 0755) == 0 && mount("tmpfs", "mount", "tmpfs", 0, NULL) == 0);
    CHECK(close(open_file("mount/file", 0)) == 0);
    CHECK(mount(NULL, "mount", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
    readonly = open("mount/file", O_RDONLY | O_CLOEXEC);
    CHECK(readonly >= 0 && pipe2(ends, O_CLOEXEC) == 0);
    use(zero, ends[1], readonly);
    CHECK(standard_streams_give(USER, &error) == 0);
    CHECK(belongs_to(0, 0, 0));
    CHECK(belongs_to(1, USER, 0));
    CHECK(belongs_to(2, 0, GROUP));
}

static void check_terminal(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct stat before, after;
    int master, terminal;

    (void)argument;
    enter();
    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(terminal >= 0 && fstat(terminal, &before) == 0);
    use(terminal, terminal, terminal);
    CHECK(standard_streams_give(USER, &error) == 0);
    CHECK(fstat(0, &after) == 0 && after.st_uid == USER && after.st_gid == before.st_gid);
}

/* In a user namespace without the owner there is nothing to be done. */
static void check_user_namespace(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    int own;

    (void)argument;
    enter();
    own = open_file("own", 0);
    use(own, own, own);
    CHECK(unshare(CLONE_NEWUSER) == 0);
    CHECK(standard_streams_give(USER, &error) == 0);
    CHECK(belongs_to(0, 65534, 65534));
}

/* The user has no id there: EINVAL. */
static void check_unmapped_user(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int map = -1;
    int own;

    (void)argument;
    enter();
    own = open_file("own", 0);
    use(own, own, own);
    CHECK(unshare(CLONE_NEWUSER) == 0);
    map = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
    CHECK(write(map, "0 0 1", 5) == 5);
    CHECK(geteuid() == 0 && standard_streams_give(USER, &error) == 0);
    CHECK(belongs_to(0, 0, 65534));
}

static void check_closed(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    int own;

    (void)argument;
    enter();
    own = open_file("own", 0);
    use(own, own, own);
    CHECK(close(1) == 0);
    CHECK(standard_streams_give(USER, &error) == -EBADF);
    CHECK(dup2(own, 2) == 2 && error_says(&error, "cannot look at descriptor 1: fstat: EBADF"));
}

#define TEST_IN_CHILD(name)                                                                                  \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_child(check_##name, NULL);                                                                        \
    }

TEST_IN_CHILD(files)
TEST_IN_CHILD(kinds)
TEST_IN_CHILD(terminal)
TEST_IN_CHILD(user_namespace)
TEST_IN_CHILD(unmapped_user)
TEST_IN_CHILD(closed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),         cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_terminal),      cmocka_unit_test(test_user_namespace),
        cmocka_unit_test(test_unmapped_user), cmocka_unit_test(test_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
