/* SPDX-License-Identifier: Apache-2.0 */
/* Version 2: cgroup.freeze, then cgroup.events until it says so. Version 1: freezer.state, written and read until it says
 * so. Where version 1 has no freezer, the unified hierarchy beside it serves. */
#include "base/fd.h"
#include "cgroup/files.h"
#include "cgroup/processes.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECONDS_TO_FREEZE 10
#define POLL_MILLISECONDS 100 /* a change that was missed is seen after that */

static const struct cgroup_place *find_freezer(const struct cgroup *cgroup)
{
    const struct cgroup_place *legacy = cgroup_find_place(cgroup, "freezer");

    return legacy ? legacy : cgroup_find_place(cgroup, "");
}

/* Whether the file's text is, or has a line that is, the one given. */
static bool has_line(int directory_fd, const char *file, const char *line)
{
    CLEANUP_ERROR struct error ignored = {0};
    struct arena arena = {0};
    const char *text;
    bool found =
        cgroup_read(directory_fd, file, &arena, &text, &ignored) == 0 && cgroup_has_word(text, "\n", line);

    arena_clear(&arena);
    return found;
}

/* Version 2: cgroup.events alone says "frozen 0" while a process that was killed in a frozen cgroup goes, and cgroup.freeze
 * alone does not know of a frozen cgroup above. */
static bool is_frozen_in(const struct cgroup_place *place, int directory_fd)
{
    if (place->controllers)
        return has_line(directory_fd, "freezer.state", "FROZEN");
    return has_line(directory_fd, "cgroup.freeze", "1") ||
           has_line(directory_fd, "cgroup.events", "frozen 1");
}

bool cgroup_is_frozen(const struct cgroup *cgroup)
{
    CLEANUP_ERROR struct error ignored = {0};
    const struct cgroup_place *place = find_freezer(cgroup);
    CLEANUP_FD int directory = place ? cgroup_open_place(place, &ignored) : -1;

    return directory >= 0 && is_frozen_in(place, directory);
}

static int refuse_slow(struct error *error)
{
    error_set(error, ETIMEDOUT, "the container's processes did not freeze within %d seconds",
              SECONDS_TO_FREEZE);
    error_hint(error, "one of them waits for a device or a file server; try again later");
    return -ETIMEDOUT;
}

/* poll(2) tells of changes of cgroup.events as POLLPRI (cgroups(7)). */
static int freeze_unified(int directory_fd, bool frozen, struct error *error)
{
    const struct timespec deadline = cgroup_deadline(SECONDS_TO_FREEZE);
    const char *line = frozen ? "frozen 1" : "frozen 0";
    CLEANUP_FD int events = openat(directory_fd, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int status;

    if (events < 0)
        return error_call(error, errno, "open", "cannot open cgroup.events");
    status = cgroup_write(directory_fd, "cgroup.freeze", frozen ? "1" : "0", error);
    if (status < 0)
        return status;
    /* cgroups above that are frozen keep it so; what can be done here is done. */
    if (!frozen)
        return 0;
    for (unsigned round = 0; !has_line(directory_fd, "cgroup.events", line); round++) {
        struct pollfd change = {.fd = events, .events = POLLPRI};
        char text[256];

        if (!cgroup_sleep(&deadline, 0))
            return refuse_slow(error);
        /* A read of it arms the next poll. */
        (void)!pread(events, text, sizeof(text), 0);
        if (!has_line(directory_fd, "cgroup.events", line))
            (void)!poll(&change, 1, POLL_MILLISECONDS);
    }
    return 0;
}

/* A cgroup that stays FREEZING because processes keep being born needs to be thawed now and then (runc: since Linux 5.4
 * and before). */
static int freeze_legacy(int directory_fd, bool frozen, struct error *error)
{
    const struct timespec deadline = cgroup_deadline(SECONDS_TO_FREEZE);

    if (!frozen)
        return cgroup_write(directory_fd, "freezer.state", "THAWED", error);
    for (unsigned round = 0;; round++) {
        int status = cgroup_write(directory_fd, "freezer.state", "FROZEN", error);

        if (status < 0)
            return status;
        if (has_line(directory_fd, "freezer.state", "FROZEN"))
            return 0;
        if (round % 50 == 49)
            (void)!cgroup_write(directory_fd, "freezer.state", "THAWED", error);
        if (!cgroup_sleep(&deadline, round % 4))
            return refuse_slow(error);
    }
}

static int set_frozen(const struct cgroup_place *place, int directory_fd, bool frozen, struct error *error)
{
    return place->controllers ? freeze_legacy(directory_fd, frozen, error)
                              : freeze_unified(directory_fd, frozen, error);
}

/* Who freezes itself never thaws. */
static int refuse_self(int directory_fd, struct error *error)
{
    struct arena arena = {0};
    struct process_list list = {.arena = &arena};
    int status = cgroup_list_processes(directory_fd, &list, error);

    for (size_t i = 0; status == 0 && i < list.length; i++)
        if (list.values[i] == getpid())
            status = error_set(error, EDEADLK, "holdfast is in the container's cgroup itself");
    if (status == -EDEADLK)
        error_hint(error, "start it from a cgroup outside of linux.cgroupsPath");
    arena_clear(&arena);
    return status;
}

int cgroup_freeze(const struct cgroup *cgroup, bool frozen, struct error *error)
{
    const struct cgroup_place *place = find_freezer(cgroup);
    CLEANUP_ERROR struct error ignored = {0};
    CLEANUP_FD int directory = -1;
    int status;

    if (!place) {
        error_set(error, ENOENT,
                  "the container's processes can't be frozen: there is no cgroup with a freezer");
        error_hint(error, "mount the freezer hierarchy, or cgroup version 2");
        return -ENOENT;
    }
    directory = cgroup_open_place(place, error);
    if (directory < 0)
        return directory;
    status = frozen ? refuse_self(directory, error) : 0;
    if (status < 0)
        return status;
    status = set_frozen(place, directory, frozen, error);
    if (status < 0 && frozen)
        (void)!set_frozen(place, directory, false, &ignored);
    return status;
}

static int thaw_visited(int directory_fd, void *argument, struct error *error)
{
    (void)argument;
    /* A cgroup below that is gone, or nothing to thaw. */
    if (cgroup_write(directory_fd, "freezer.state", "THAWED", error) < 0)
        error_clear(error);
    return 0;
}

void cgroup_thaw_legacy(const struct cgroup *cgroup)
{
    CLEANUP_ERROR struct error ignored = {0};
    const struct cgroup_place *place = cgroup_find_place(cgroup, "freezer");
    CLEANUP_FD int directory = place ? cgroup_open_place(place, &ignored) : -1;

    if (directory >= 0)
        (void)!cgroup_walk(directory, thaw_visited, NULL, &ignored);
}
