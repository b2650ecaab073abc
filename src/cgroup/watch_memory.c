/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes that are killed for want of memory.
 *
 *     version 2    inotify_init1(2), inotify_add_watch(2) on memory.events and cgroup.events; poll(2)
 *     version 1    eventfd(2), its number and that of memory.oom_control written to cgroup.event_control; poll(2)
 */
#include "base/fd.h"
#include "cgroup/files.h"
#include "cgroup/statistics.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Milliseconds after which the cgroup is looked at again: the kernel may drop the last notice of one that is removed
 * at once. */
#define LOOK_AGAIN 2000

/* Who is told. */
struct listener {
    bool (*killed)(void *argument);
    void *argument;
};

/* The number of a line like "oom_kill 3"; 0 where there is none. -ENOENT when the cgroup has gone. */
static int read_field(int directory_fd, const char *file, const char *field, uint64_t *ret_number,
                      struct error *error)
{
    struct arena arena = {0};
    const char *text, *line;
    int status = cgroup_read(directory_fd, file, &arena, &text, error);

    if (status == 0) {
        line = strstr(text, field);
        *ret_number = 0;
        if (line && sscanf(line + strlen(field), " %" SCNu64, ret_number) != 1)
            status = error_set(error, EPROTO, "%s has no number for %s", file, field);
    }
    arena_clear(&arena);
    return status;
}

static int add_watch(int inotify_fd, int directory_fd, const char *file, struct error *error)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", directory_fd, file);
    if (inotify_add_watch(inotify_fd, path, IN_MODIFY) < 0)
        return error_call(error, errno, "inotify_add_watch", "cannot watch %s", file);
    return 0;
}

/* Until there is a notice, or it is time to look again; the notices are taken. */
static int wait_for_notice(int fd, bool *ret_noticed, struct error *error)
{
    struct pollfd waited = {.fd = fd, .events = POLLIN};
    char notices[4096];
    int number = poll(&waited, 1, LOOK_AGAIN);

    if (number < 0 && errno != EINTR)
        return error_call(error, errno, "poll", "cannot wait for the cgroup");
    *ret_noticed = number > 0;
    if (number > 0 && read(fd, notices, sizeof(notices)) < 0 && errno != EAGAIN)
        return error_call(error, errno, "read", "cannot read what happened in the cgroup");
    return 0;
}

/* One call a process; false if no more are wanted. */
static bool report(const struct listener *listener, uint64_t *reported, uint64_t kills)
{
    while (*reported < kills) {
        ++*reported;
        if (!listener->killed(listener->argument))
            return false;
    }
    return true;
}

/* Whether it goes on. What is counted is read after "populated": the last process may have been killed. */
static int look(int directory_fd, const struct listener *listener, uint64_t *reported, bool *ret_goes_on,
                struct error *error)
{
    uint64_t populated, kills;
    int status = read_field(directory_fd, "cgroup.events", "populated ", &populated, error);

    if (status == 0)
        status = read_field(directory_fd, "memory.events", "oom_kill ", &kills, error);
    /* The cgroup has gone; ENODEV, when it goes between open(2) and read(2). */
    if (status == -ENOENT || status == -ENODEV) {
        error_clear(error);
        *ret_goes_on = false;
        return 0;
    }
    if (status == 0)
        *ret_goes_on = report(listener, reported, kills) && populated;
    return status;
}

/* Those before the watch began are no news. */
static int read_kills(int directory_fd, uint64_t *ret_kills, struct error *error)
{
    int status = read_field(directory_fd, "memory.events", "oom_kill ", ret_kills, error);

    return status == -ENOENT ? error_set(error, ENOENT, "the cgroup has gone") : status;
}

static int watch_unified(int directory_fd, const struct listener *listener, struct error *error)
{
    CLEANUP_FD int inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    uint64_t reported;
    bool noticed, goes_on = true;
    int status;

    if (inotify_fd < 0)
        return error_call(error, errno, "inotify_init1", "cannot watch the cgroup");
    status = add_watch(inotify_fd, directory_fd, "memory.events", error);
    if (status == 0)
        status = add_watch(inotify_fd, directory_fd, "cgroup.events", error);
    if (status == 0)
        status = read_kills(directory_fd, &reported, error);
    while (status == 0 && goes_on) {
        status = look(directory_fd, listener, &reported, &goes_on, error);
        if (status == 0 && goes_on)
            status = wait_for_notice(inotify_fd, &noticed, error);
    }
    return status;
}

static int register_notice(int directory_fd, int event_fd, struct error *error)
{
    CLEANUP_FD int control_fd = openat(directory_fd, "memory.oom_control", O_RDONLY | O_CLOEXEC);
    char line[32];

    if (control_fd < 0)
        return error_call(error, errno, "openat", "cannot open memory.oom_control");
    snprintf(line, sizeof(line), "%d %d", event_fd, control_fd);
    return cgroup_write(directory_fd, "cgroup.event_control", line, error);
}

static bool is_removed(int directory_fd)
{
    return faccessat(directory_fd, "cgroup.event_control", F_OK, 0) < 0;
}

/* Here the notice comes before the kill is counted, so the notices are what counts. The removal is one, too. */
static int watch_legacy(int directory_fd, const struct listener *listener, struct error *error)
{
    CLEANUP_FD int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bool noticed = false;
    int status;

    if (event_fd < 0)
        return error_call(error, errno, "eventfd", "cannot watch the cgroup");
    status = register_notice(directory_fd, event_fd, error);
    while (status == 0) {
        status = wait_for_notice(event_fd, &noticed, error);
        if (status == 0 && is_removed(directory_fd))
            break;
        if (status == 0 && noticed && !listener->killed(listener->argument))
            break;
    }
    return status;
}

int cgroup_watch_memory(const struct cgroup *cgroup, bool (*killed)(void *argument), void *argument,
                        struct error *error)
{
    const struct cgroup_place *place = cgroup_find_place(cgroup, cgroup->is_unified ? "" : "memory");
    struct listener listener = {killed, argument};
    CLEANUP_FD int directory_fd = -1;

    if (!place)
        return error_set(error, EOPNOTSUPP, "the container has no cgroup with the memory controller");
    directory_fd = cgroup_open_place(place, error);
    if (directory_fd < 0)
        return directory_fd;
    return cgroup->is_unified ? watch_unified(directory_fd, &listener, error)
                              : watch_legacy(directory_fd, &listener, error);
}
