/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroups of a test, named "holdfast-test-PID-…", and processes in them. */
#ifndef UNIT_CGROUP_HELPERS_H
#define UNIT_CGROUP_HELPERS_H

#include "child.h"

#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/files.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define NOBODY ((uid_t)-1)

/* "holdfast-test-PID-NAME", of the process that runs the test. */
static inline const char *test_name(const char *name)
{
    static char text[64];

    snprintf(text, sizeof(text), "holdfast-test-%d-%s", getpid(), name);
    return text;
}

/* A child that waits for its end, or for the test's. */
static inline pid_t start_sleeper(void)
{
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid > 0)
        return pid;
    CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
    for (;;)
        pause();
}

static inline int wait_for(pid_t pid)
{
    int status;

    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

/* How the file of a place reads, in the arena; "" if it isn't there. */
static inline const char *read_place(const struct cgroup *cgroup, const char *controller, const char *file)
{
    static struct arena arena;
    const struct cgroup_place *place = cgroup_find_place(cgroup, controller);
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int directory = place ? cgroup_open_place(place, &error) : -1;
    const char *text = "";

    arena_clear(&arena);
    if (directory < 0 || cgroup_read(directory, file, &arena, &text, &error) < 0)
        return "";
    return text;
}

/* Whether the directory of the place is there. */
static inline bool place_exists(const struct cgroup_place *place)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s%s", place->mount, place->path);
    return access(path, F_OK) == 0;
}

static inline bool same_text(const char *text, const char *expected)
{
    if (strcmp(text, expected) != 0)
        fprintf(stderr, "\"%s\" instead of \"%s\"\n", text, expected);
    return strcmp(text, expected) == 0;
}

/* Version 2 on /sys/fs/cgroup: in a mount namespace of the caller's own, unless the machine has it there. */
static inline void mount_unified(void)
{
    struct statfs status;

    SKIP_UNLESS(geteuid() == 0, "needs root");
    CHECK(statfs("/sys/fs/cgroup", &status) == 0);
    if (status.f_type == CGROUP2_SUPER_MAGIC)
        return;
    CHECK(unshare(CLONE_NEWNS) == 0);
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    CHECK(mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL) == 0);
}

#endif
