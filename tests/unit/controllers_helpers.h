/* SPDX-License-Identifier: Apache-2.0 */
/* A cgroup of a test's own: the hierarchy is mounted in a mount namespace of the test's, the directory goes with it. */
#ifndef UNIT_CONTROLLERS_HELPERS_H
#define UNIT_CONTROLLERS_HELPERS_H

#include "child.h"

#include "base/fd.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define TEST_MOUNT "/mnt"

struct test_cgroup {
    int fd;
};

static inline bool machine_has_hierarchy(const char *controllers)
{
    CLEANUP_FD int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
    CLEANUP_FREE char *text = NULL;
    char wanted[64];
    size_t length;

    CHECK(fd >= 0 && fd_read_all(fd, 65536, &text, &length) == 0);
    snprintf(wanted, sizeof(wanted), ":%s:", controllers);
    return strstr(text, wanted);
}

/* Waits for the test's end, removes the cgroup, and one below it, and ends as the test did. */
static inline void remove_after(pid_t pid, int mount_fd, const char *name)
{
    int status;

    alarm(0);
    CHECK(waitpid(pid, &status, 0) == pid);
    for (int i = 0; i < 100 && unlinkat(mount_fd, name, AT_REMOVEDIR) < 0; i++) {
        CLEANUP_FD int fd = openat(mount_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        unlinkat(fd, "below", AT_REMOVEDIR);
        usleep(20000);
    }
    CHECK(faccessat(mount_fd, name, F_OK, 0) < 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : CHILD_FAILED);
}

/* type is "cgroup2", or "cgroup" with the controllers of a hierarchy that the machine has. The test goes on in a child,
 * so that the cgroup is removed however it ends. */
static inline void test_cgroup_make(struct test_cgroup *cgroup, const char *type, const char *controllers)
{
    char name[64];
    int mount_fd;
    pid_t pid;

    SKIP_UNLESS(getuid() == 0, "needs root");
    SKIP_UNLESS(!controllers || machine_has_hierarchy(controllers), "needs version 1 of cgroups");
    CHECK(unshare(CLONE_NEWNS) == 0);
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    CHECK(mount("holdfast-test", TEST_MOUNT, type, 0, controllers) == 0);
    snprintf(name, sizeof(name), "holdfast-test-%d", getpid());
    mount_fd = open(TEST_MOUNT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(mkdirat(mount_fd, name, 0755) == 0);
    pid = fork();
    if (pid != 0)
        remove_after(pid, mount_fd, name);
    alarm(30);
    cgroup->fd = openat(mount_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(cgroup->fd >= 0);
}

/* To be called in a child of the test. */
static inline void test_cgroup_enter(const struct test_cgroup *cgroup)
{
    CLEANUP_FD int fd = openat(cgroup->fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);

    CHECK(write(fd, "0", 1) == 1);
}

#endif
