/* SPDX-License-Identifier: Apache-2.0 */
/* Limits that are read, and compared with what a start takes. */
#include "base/fd.h"
#include "doctor/probe.h"
#include "kernel/cgroup_environment.h"
#include "kernel/restrictions.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define USUAL_MOUNTS 40       /* of an ordinary container, with its masks */
#define LEAST_DESCRIPTORS 64u /* the batches of src/mount/build.c, and what a start holds beside */
#define LEAST_PROCESSES 3     /* the first process, a helper, and one that writes maps */

/* Every operation may be a mount. Who can't begin with the seed begins with a copy of what is there. */
int probe_mounts(struct examination *examination, const struct facility *facility, struct error *error)
{
    struct arena *arena = &examination->doctor->arena;
    int64_t limit = restrictions_sysctl("fs/mount-max");
    int64_t present = restrictions_count_mounts();
    int64_t wanted = examination->config ? (int64_t)examination->plan.length : USUAL_MOUNTS;
    int64_t needed = wanted + (needs_rootless(examination) && present > 0 ? present : 0);
    struct outcome outcome = {DOCTOR_WORKS, 0, NULL, NULL};

    if (limit >= 0)
        outcome.detail = arena_printf(arena,
                                      "fs.mount-max is %" PRId64 ", %" PRId64
                                      " mounts are here, a container takes about %" PRId64,
                                      limit, present, wanted);
    if (limit >= 0 && needed > limit) {
        outcome.state = DOCTOR_LIMITED;
        outcome.code = ENOSPC;
        outcome.advice = arena_printf(arena, "sysctl: raise fs.mount-max to more than %" PRId64, needed);
    }
    return doctor_add(examination, facility, facility->name, outcome, error);
}

int probe_files(struct examination *examination, const struct facility *facility, struct error *error)
{
    struct outcome outcome = {DOCTOR_WORKS, 0, NULL, NULL};
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return doctor_add(examination, facility, facility->name,
                          (struct outcome){doctor_judge(examination, errno), errno, "getrlimit", NULL},
                          error);
    outcome.detail = limit.rlim_max == RLIM_INFINITY
                         ? "no limit"
                         : arena_printf(&examination->doctor->arena, "the hard limit is %" PRIu64,
                                        (uint64_t)limit.rlim_max);
    if (limit.rlim_max < LEAST_DESCRIPTORS) {
        outcome.state = DOCTOR_LIMITED;
        outcome.code = EMFILE;
        outcome.advice =
            "raise the hard limit: ulimit -Hn 1024; docker, podman: --ulimit nofile=1024; systemd unit: "
            "LimitNOFILE=";
    }
    return doctor_add(examination, facility, facility->name, outcome, error);
}

static int fork_once(void *argument, struct error *error)
{
    (void)argument;
    (void)error;
    return 0;
}

/* What is left in the cgroup of the controller pids; -1: no limit, or it is not shown here. */
static int64_t room_in_cgroup(void)
{
    CLEANUP_CGROUP_ENVIRONMENT struct cgroup_environment cgroups = {0};
    CLEANUP_ERROR struct error error = {0};
    const char *directory;
    int64_t limit, present;
    CLEANUP_FD int fd = -1;

    if (cgroup_environment_read(&cgroups, &error) < 0 || cgroup_environment_find_own(&cgroups, &error) < 0)
        return -1;
    directory = cgroups.unified_own;
    for (size_t i = 0; i < cgroups.length; i++)
        if (strcmp(cgroups.hierarchies[i].controllers, "pids") == 0)
            directory = cgroups.hierarchies[i].own;
    if (!directory)
        return -1;
    fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    limit = restrictions_read_number(fd, "pids.max");
    present = restrictions_read_number(fd, "pids.current");
    if (limit < 0 || present < 0)
        return -1;
    return present < limit ? limit - present : 0;
}

int probe_processes(struct examination *examination, const struct facility *facility, struct error *error)
{
    int status = doctor_try(examination, false, fork_once, NULL, NULL);
    int64_t room = room_in_cgroup();
    struct outcome outcome = {doctor_judge(examination, -status), -status, NULL, NULL};

    if (status == -EAGAIN) {
        outcome.detail = "RLIMIT_NPROC is reached";
        outcome.advice = "raise it: ulimit -u; systemd unit: LimitNPROC=";
    } else if (room >= 0 && room < LEAST_PROCESSES) {
        outcome.state = DOCTOR_LIMITED;
        outcome.code = EAGAIN;
        outcome.detail =
            arena_printf(&examination->doctor->arena, "pids.max leaves room for %" PRId64 " processes", room);
        outcome.advice =
            "raise pids.max of this cgroup: docker, podman: --pids-limit; systemd unit: TasksMax=";
    }
    return doctor_add(examination, facility, facility->name, outcome, error);
}
