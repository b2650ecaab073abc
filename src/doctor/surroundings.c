/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine is set up for: cgroups, systemd, the security modules, the seed. All of it is only
 * looked at. */
#include "base/fd.h"
#include "doctor/probe.h"
#include "kernel/cgroup_environment.h"
#include "kernel/environment.h"
#include "mount/seed.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#define SEED_PIN "/run/holdfast/seed"
#define NSFS_MAGIC_NUMBER 0x6e736673

static const char *layout(const struct cgroup_environment *cgroups)
{
    if (cgroups->is_unified)
        return "version 2";
    if (cgroups->unified && cgroups->length)
        return "version 1 and 2 (hybrid)";
    return cgroups->length ? "version 1" : "version 2, beside /sys/fs/cgroup";
}

/* Whether this user may make a cgroup below the own one, in every hierarchy that shows it. */
static bool may_make(const struct cgroup_environment *cgroups, const char **ret_refused)
{
    const char *own = cgroups->unified_own;

    for (size_t i = 0; i < cgroups->length; i++) {
        own = cgroups->hierarchies[i].own;
        if (own && faccessat(AT_FDCWD, own, W_OK, AT_EACCESS) < 0)
            break;
    }
    *ret_refused = own ? own : "/sys/fs/cgroup";
    return own && faccessat(AT_FDCWD, own, W_OK, AT_EACCESS) == 0;
}

int probe_cgroups(struct examination *examination, const struct facility *facility, struct error *error)
{
    CLEANUP_CGROUP_ENVIRONMENT struct cgroup_environment cgroups = {0};
    CLEANUP_ERROR struct error failure = {0};
    struct outcome outcome = {DOCTOR_WORKS, 0, NULL, NULL};
    const char *refused;

    if (cgroup_environment_read(&cgroups, &failure) < 0 ||
        cgroup_environment_find_own(&cgroups, &failure) < 0)
        return doctor_add(examination, facility, facility->name,
                          (struct outcome){DOCTOR_UNSET, failure.code, failure.text, "mount proc on /proc"},
                          error);
    outcome.detail = layout(&cgroups);
    if (!cgroups.unified && cgroups.length == 0) {
        outcome =
            (struct outcome){DOCTOR_UNSET, 0, "none are mounted", "mount -t cgroup2 cgroup2 /sys/fs/cgroup"};
    } else if (!may_make(&cgroups, &refused)) {
        outcome.state = DOCTOR_REFUSED;
        outcome.code = EACCES;
        outcome.detail = arena_printf(&examination->doctor->arena, "%s; this user may not make one below %s",
                                      layout(&cgroups), refused);
        outcome.advice =
            "have one delegated: systemd-run --user --scope -p Delegate=yes; in a container: a writable "
            "cgroup mount";
    }
    return doctor_add(examination, facility, facility->name, outcome, error);
}

/* Who is connected and says nothing is forgotten when the descriptor is closed. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    CLEANUP_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -errno;
    if (snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >= (int)sizeof(address.sun_path))
        return -ENAMETOOLONG;
    return connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

int probe_systemd(struct examination *examination, const struct facility *facility, struct error *error)
{
    struct outcome outcome = {DOCTOR_WORKS, 0, NULL, NULL};
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *path = "/run/dbus/system_bus_socket";
    int status;

    if (geteuid() != 0)
        path = arena_printf(&examination->doctor->arena, "%s/bus", runtime ? runtime : "/run/user/0");
    if (!path)
        return error_memory(error);
    status = connect_to(path);
    outcome.detail = path;
    if (access("/run/systemd/system", F_OK) < 0)
        outcome = (struct outcome){DOCTOR_UNSET, 0, "systemd is not the init of this machine",
                                   "use --cgroup-manager cgroupfs"};
    else if (status < 0)
        outcome = (struct outcome){
            DOCTOR_UNSET, -status,
            arena_printf(&examination->doctor->arena, "cannot connect to %s: %s", path, error_name(-status)),
            "start D-Bus (as a user: loginctl enable-linger, and set XDG_RUNTIME_DIR)"};
    return doctor_add(examination, facility, facility->name, outcome, error);
}

int probe_apparmor(struct examination *examination, const struct facility *facility, struct error *error)
{
    CLEANUP_FD int fd = open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);
    struct outcome outcome = {DOCTOR_MISSING, 0, "it is off", NULL};
    char answer = 'N';

    if (fd >= 0 && read(fd, &answer, 1) == 1 && answer == 'Y')
        outcome = (struct outcome){
            DOCTOR_WORKS, 0,
            examination->confinement ? examination->confinement : "on; this process is unconfined", NULL};
    return doctor_add(examination, facility, facility->name, outcome, error);
}

int probe_selinux(struct examination *examination, const struct facility *facility, struct error *error)
{
    CLEANUP_FD int fd = open("/sys/fs/selinux/enforce", O_RDONLY | O_CLOEXEC);
    struct outcome outcome = {DOCTOR_MISSING, 0, "it is off", NULL};
    char answer = '0';

    if (environment_has_selinux())
        outcome = (struct outcome){
            DOCTOR_WORKS, 0,
            fd >= 0 && read(fd, &answer, 1) == 1 && answer == '1' ? "enforcing" : "permissive", NULL};
    return doctor_add(examination, facility, facility->name, outcome, error);
}

static bool is_pinned(void)
{
    CLEANUP_FD int fd = open(SEED_PIN, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct statfs status;

    return fd >= 0 && fstatfs(fd, &status) == 0 && status.f_type == NSFS_MAGIC_NUMBER;
}

int probe_seed(struct examination *examination, const struct facility *facility, struct error *error)
{
    const char *directory = access("/run/holdfast", F_OK) == 0 ? "/run/holdfast" : "/run";
    struct outcome outcome = {DOCTOR_WORKS, 0, "pinned at " SEED_PIN, NULL};

    if (!examination->privileged)
        outcome =
            (struct outcome){DOCTOR_REFUSED, EPERM, "an ordinary user's start copies the mount namespace",
                             "root may use it; nothing else is wrong without"};
    else if (!seed_is_usable())
        outcome =
            (struct outcome){DOCTOR_REFUSED, 0, "in a user namespace a start copies the mount namespace",
                             "start from the machine's first user namespace; nothing else is wrong without"};
    else if (!is_pinned() && access(directory, W_OK) == 0)
        outcome.detail = "pinned at the first start";
    else if (!is_pinned())
        outcome.detail =
            arena_printf(&examination->doctor->arena, "made for each start, for %s can't be written: %s",
                         directory, error_name(errno));
    return doctor_add(examination, facility, facility->name, outcome, error);
}
