/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces that are joined are checked, and keys are written in new ones. */
#include "child.h"

#include "base/fd.h"
#include "kernel/procfs.h"
#include "process/sysctl.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* A namespace that is joined may be the host's. */
static void check_joined(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct config_namespace joined = {CLONE_NEWUTS, "uts", NULL};
    struct config_key_value parameter = {"kernel.domainname", "x"};
    struct config config = {
        .namespaces = &joined, .namespaces_length = 1, .sysctl = &parameter, .sysctl_length = 1};
    char path[64];
    int ends[2];
    pid_t pid;

    (void)argument;
    joined.path = "/proc/self/ns/uts";
    CHECK(sysctl_check(&config, &error) == -EINVAL);
    CHECK(error_says(&error, "linux.sysctl.kernel.domainname: belongs to the uts namespace, which the "
                             "container shares with the host"));
    CHECK(pipe(ends) == 0);
    pid = fork();
    if (pid == 0) {
        CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
        CHECK(unshare(CLONE_NEWUTS) == 0 && write(ends[1], "x", 1) == 1);
        pause();
    }
    CHECK(read(ends[0], path, 1) == 1);
    snprintf(path, sizeof(path), "/proc/%d/ns/uts", pid);
    joined.path = path;
    CHECK_OK(sysctl_check(&config, &error), &error);
    CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

static void check_text(const char *path, const char *expected)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    char text[64] = "";

    CHECK(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
    if (strcmp(text, expected) != 0)
        fprintf(stderr, "%s: %s", path, text);
    CHECK(strcmp(text, expected) == 0);
}

/* By way of the procfs of before. */
static void check_apply(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int proc = -1;
    struct config_key_value parameters[] = {
        {"net.ipv4.ip_forward", "1"},         {"net.ipv4.ping_group_range", "0 7"},
        {"net.ipv4.conf.lo.forwarding", "0"}, {"kernel.shmmni", "4711"},
        {"kernel.sem", "33 32000 32 128"},    {"kernel.domainname", "sysctl.example"},
    };
    struct config config = {.sysctl = parameters, .sysctl_length = ARRAY_LENGTH(parameters)};

    CHECK_OK(procfs_open(&proc, &error), &error);
    SKIP_UNLESS(unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID) == 0,
                "making namespaces is not allowed");
    if (argument) {
        CHECK(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
        CHECK(mount("tmpfs", "/proc", "tmpfs", 0, NULL) == 0);
    }
    CHECK_OK(sysctl_apply(&config, proc, &error), &error);
    if (argument)
        CHECK(umount2("/proc", MNT_DETACH) == 0);
    check_text("/proc/sys/net/ipv4/ip_forward", "1\n");
    check_text("/proc/sys/net/ipv4/ping_group_range", "0\t7\n");
    check_text("/proc/sys/net/ipv4/conf/lo/forwarding", "0\n");
    check_text("/proc/sys/kernel/shmmni", "4711\n");
    check_text("/proc/sys/kernel/sem", "33\t32000\t32\t128\n");
    check_text("/proc/sys/kernel/domainname", "sysctl.example\n");
}

/* An interface with a dot in its name, as VLANs have it, which a slash stands for. */
static void check_dot(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int proc = -1;
    CLEANUP_FD int fd = -1;
    struct ifreq request = {.ifr_name = "lo", .ifr_newname = "l.o"};
    struct config_key_value parameters[] = {{"net.ipv4.conf.l/o.forwarding", "1"},
                                            {"net.ipv4.conf.l/o.arp_ignore", "2"}};
    struct config config = {.sysctl = parameters, .sysctl_length = ARRAY_LENGTH(parameters)};

    (void)argument;
    CHECK_OK(procfs_open(&proc, &error), &error);
    SKIP_UNLESS(unshare(CLONE_NEWNET) == 0, "making namespaces is not allowed");
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(ioctl(fd, SIOCSIFNAME, &request) == 0);
    CHECK_OK(sysctl_apply(&config, proc, &error), &error);
    check_text("/proc/sys/net/ipv4/conf/l.o/forwarding", "1\n");
    check_text("/proc/sys/net/ipv4/conf/l.o/arp_ignore", "2\n");
}

static void check_errors(const void *argument)
{
    static const struct {
        const char *key, *value;
        int code;
        const char *says;
    } cases[] = {
        {"net.ipv4.no_such_parameter", "1", ENOENT,
         "this kernel has no such parameter, or not for a container"},
        {"net.ipv4.ip_forward", "many", EINVAL,
         "config.json: linux.sysctl.net.ipv4.ip_forward: cannot write \"many\" to net/ipv4/ip_forward: "
         "write: EINVAL"},
        {"net.ipv4", "1", EISDIR, "cannot open net/ipv4 of /proc: openat2: EISDIR"},
    };
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int proc = -1;

    (void)argument;
    CHECK_OK(procfs_open(&proc, &error), &error);
    SKIP_UNLESS(unshare(CLONE_NEWNET) == 0, "making namespaces is not allowed");
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct config_key_value parameter = {cases[i].key, cases[i].value};
        struct config config = {.file = "config.json", .sysctl = &parameter, .sysctl_length = 1};

        CHECK(sysctl_apply(&config, proc, &error) == -cases[i].code);
        CHECK(error_says(&error, cases[i].says));
    }
}

/* The root of a user namespace may set what belongs to its network namespace. */
static void check_user_namespace(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int proc = -1;
    struct config_key_value parameter = {"net.ipv4.ip_forward", "1"};
    struct config config = {.sysctl = &parameter, .sysctl_length = 1};

    (void)argument;
    CHECK_OK(procfs_open(&proc, &error), &error);
    SKIP_UNLESS(unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0, "making namespaces is not allowed");
    CHECK_OK(procfs_write_file(open("/proc/self", O_PATH), "uid_map", "0 0 1", &error), &error);
    CHECK_OK(sysctl_apply(&config, proc, &error), &error);
    check_text("/proc/sys/net/ipv4/ip_forward", "1\n");
}

static void test_joined(void **state)
{
    (void)state;
    in_child(check_joined, NULL);
}

static void test_apply(void **state)
{
    (void)state;
    in_child(check_apply, NULL);
    in_child(check_apply, "something over /proc");
    in_child(check_dot, NULL);
}

static void test_errors(void **state)
{
    (void)state;
    in_child(check_errors, NULL);
}

static void test_user_namespace(void **state)
{
    (void)state;
    in_child(check_user_namespace, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_joined),
        cmocka_unit_test(test_apply),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_user_namespace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
