/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody may have mounted over procfs is not written to. Each test has a mount namespace of its own. */
#include "child.h"

#include "base/fd.h"
#include "kernel/procfs.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

static void enter_own_mounts(void)
{
    SKIP_UNLESS(unshare(CLONE_NEWNS) == 0, "making a mount namespace is not allowed");
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
}

/* Whether it is on the mount of the machine's /proc. */
static bool is_host_proc(int fd)
{
    struct stat own, host;

    CHECK(fstat(fd, &own) == 0 && stat("/proc", &host) == 0);
    return own.st_dev == host.st_dev;
}

static void read_comm(int fd, char text[32])
{
    ssize_t length = read(fd, text, 31);

    CHECK(length > 0);
    text[length] = '\0';
}

static void check_plain(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int proc = -1;
    CLEANUP_FD int comm = -1;
    CLEANUP_FD int again = -1;
    char text[32];

    (void)argument;
    enter_own_mounts();
    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    CHECK_OK(procfs_open(&proc, &error), &error);
    CHECK(is_host_proc(proc));
    CHECK(fcntl(proc, F_GETFD) == FD_CLOEXEC);
    CHECK_OK(procfs_open_thread_file(proc, "comm", O_WRONLY, &comm, &error), &error);
    CHECK(fcntl(comm, F_GETFD) == FD_CLOEXEC);
    CHECK_OK(procfs_write(comm, "renamed", "comm", &error), &error);
    CHECK_OK(procfs_open_thread_file(proc, "comm", O_RDONLY, &again, &error), &error);
    read_comm(again, text);
    CHECK(strcmp(text, "renamed\n") == 0);
}

/* The child of a new PID namespace is known to the old one's procfs, too. */
static void check_from_inside(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int proc = -1;
    int status;
    pid_t pid;

    (void)argument;
    enter_own_mounts();
    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    CHECK_OK(procfs_open(&proc, &error), &error);
    CHECK(unshare(CLONE_NEWPID) == 0);
    pid = fork();
    if (pid == 0) {
        CLEANUP_FD int comm = -1;

        CHECK(getpid() == 1);
        CHECK(chroot("/tmp") == 0);
        CHECK_OK(procfs_open_thread_file(proc, "comm", O_WRONLY, &comm, &error), &error);
        CHECK_OK(procfs_write(comm, "inside", "comm", &error), &error);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* A container in a container: /proc/sys is another mount, but root may make a procfs of its own. */
static void check_own(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int proc = -1;
    CLEANUP_FD int file = -1;
    char path[64];

    (void)argument;
    enter_own_mounts();
    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    CHECK(mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL) == 0);
    CHECK_OK(procfs_open(&proc, &error), &error);
    CHECK(!is_host_proc(proc));
    CHECK(fcntl(proc, F_GETFD) == FD_CLOEXEC);
    CHECK_OK(procfs_open_file(proc, "sys/kernel/ostype", O_RDONLY, &file, &error), &error);
    fd_close(&file);
    snprintf(path, sizeof(path), "%d/comm", getpid());
    CHECK_OK(procfs_open_file(proc, path, O_RDONLY, &file, &error), &error);
    read_comm(file, path);
    CHECK(strcmp(path, "test_procfs\n") == 0);
}

/* Who may not make one gets /proc, and the files that something lies over are refused. */
static void check_unprivileged(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int proc = -1;
    int file = -1;

    (void)argument;
    enter_own_mounts();
    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    CHECK(mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL) == 0);
    CHECK(setresuid(65534, 65534, 65534) == 0);
    CHECK_OK(procfs_open(&proc, &error), &error);
    CHECK(is_host_proc(proc));
    CHECK(procfs_open_file(proc, "sys/kernel/ostype", O_RDONLY, &file, &error) == -EXDEV);
    CHECK(file == -1);
    CHECK(error_says(&error, "cannot open sys/kernel/ostype of /proc: openat2: EXDEV"));
    CHECK(error_says(&error, "something is mounted over it"));
}

struct attack {
    const char *source, *target; /* the target is below the process's directory */
    const char *type;            /* NULL: a bind mount */
};

static const struct attack attacks[] = {
    {"/dev/null", "/attr/exec", NULL},
    {"/proc/sys/kernel/ostype", "/attr/exec", NULL},
    {"/proc/1/attr", "/attr", NULL},
    {"tmpfs", "/attr", "tmpfs"},
    {"/proc/1", "", NULL},
    {"tmpfs", "", "tmpfs"},
};

/* What is over the files of one process no look at /proc beforehand can find. */
static void check_attack(const void *argument)
{
    const struct attack *attack = argument;
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int proc = -1;
    char target[64], path[64];
    int file = -1;

    enter_own_mounts();
    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    CHECK_OK(procfs_open(&proc, &error), &error);
    snprintf(path, sizeof(path), "%d/attr/exec", getpid());
    CHECK_OK(procfs_open_file(proc, path, O_WRONLY, &file, &error), &error);
    fd_close(&file);
    snprintf(target, sizeof(target), "/proc/%d%s", getpid(), attack->target);
    CHECK(mount(attack->source, target, attack->type, attack->type ? 0 : MS_BIND, NULL) == 0);
    CHECK(procfs_open_file(proc, path, O_WRONLY, &file, &error) == -EXDEV);
    CHECK(file == -1);
}

static void check_thread_attack(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int proc = -1;
    int file = -1;

    (void)argument;
    enter_own_mounts();
    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    CHECK_OK(procfs_open(&proc, &error), &error);
    CHECK(mount("tmpfs", "/proc/thread-self/attr", "tmpfs", 0, NULL) == 0);
    CHECK(close(open("/proc/thread-self/attr/exec", O_CREAT | O_WRONLY, 0600)) == 0);
    CHECK(procfs_open_thread_file(proc, "attr/exec", O_WRONLY, &file, &error) == -EXDEV);
    CHECK(file == -1);
}

static void check_links(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int proc = -1;
    int file = -1;

    (void)argument;
    CHECK_OK(procfs_open(&proc, &error), &error);
    CHECK(procfs_open_file(proc, "self/comm", O_RDONLY, &file, &error) == -ELOOP);
    CHECK(procfs_open_file(proc, "1/root/etc", O_RDONLY, &file, &error) == -ELOOP);
    CHECK(procfs_open_file(proc, "../etc", O_RDONLY, &file, &error) == -EXDEV);
    CHECK(procfs_open_file(proc, "/proc/uptime", O_RDONLY, &file, &error) == -EXDEV);
    CHECK(procfs_open_file(proc, "no-such-file", O_RDONLY, &file, &error) == -ENOENT);
    CHECK(file == -1);
}

/* An image that brings a /proc of its own: a directory with all the names (CVE-2019-16884). */
static void check_impostor(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int directory = -1;
    int proc = -1;

    (void)argument;
    enter_own_mounts();
    CHECK(mount("tmpfs", "/proc", "tmpfs", 0, NULL) == 0);
    CHECK(close(open("/proc/file", O_CREAT | O_WRONLY, 0600)) == 0);
    CHECK(procfs_open(&proc, &error) == -ENOTSUP);
    CHECK(error_says(&error, "/proc is not of the file system proc; mount proc on /proc"));
    directory = open("/proc", O_PATH);
    CHECK(procfs_open_file(directory, "file", O_WRONLY, &proc, &error) == -ENOTSUP);
    CHECK(error_says(&error, "file is not of the file system proc"));
    CHECK(proc == -1);
}

static void check_part(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    int proc = -1;

    (void)argument;
    enter_own_mounts();
    CHECK(mount("/proc/sys", "/proc", NULL, MS_BIND, NULL) == 0);
    CHECK(procfs_open(&proc, &error) == -ENOTSUP);
    CHECK(error_says(&error, "/proc is only a part of the file system proc"));
    CHECK(proc == -1);
}

static void check_write_error(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int proc = -1;
    CLEANUP_FD int self = -1;
    char pid[32];

    (void)argument;
    CHECK_OK(procfs_open(&proc, &error), &error);
    snprintf(pid, sizeof(pid), "%d", getpid());
    CHECK_OK(procfs_open_file(proc, pid, O_PATH | O_DIRECTORY, &self, &error), &error);
    CHECK(procfs_write_file(self, "oom_score_adj", "4711", &error) == -EINVAL);
    CHECK(error_says(&error, "cannot write \"4711\" to oom_score_adj: write: EINVAL"));
}

#define TEST_IN_CHILD(name)                                                                                  \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_child(check_##name, NULL);                                                                        \
    }

TEST_IN_CHILD(plain)
TEST_IN_CHILD(from_inside)
TEST_IN_CHILD(own)
TEST_IN_CHILD(unprivileged)
TEST_IN_CHILD(thread_attack)
TEST_IN_CHILD(links)
TEST_IN_CHILD(impostor)
TEST_IN_CHILD(part)
TEST_IN_CHILD(write_error)

static void test_attacks(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(attacks); i++)
        in_child(check_attack, &attacks[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),         cmocka_unit_test(test_from_inside),
        cmocka_unit_test(test_own),           cmocka_unit_test(test_unprivileged),
        cmocka_unit_test(test_attacks),       cmocka_unit_test(test_links),
        cmocka_unit_test(test_thread_attack), cmocka_unit_test(test_impostor),
        cmocka_unit_test(test_part),          cmocka_unit_test(test_write_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
