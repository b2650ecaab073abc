/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/timing_print.h"
#include "base/fd.h"
#include "verify/id_map.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/sysmacros.h>

static const char *const phases[TIMING_PHASES] = {
    [TIMING_CONFIG] = "config",     [TIMING_PLAN] = "plan",       [TIMING_STATE] = "state",
    [TIMING_CGROUP] = "cgroup",     [TIMING_PREPARE] = "prepare", [TIMING_SEED] = "seed",
    [TIMING_CLONE] = "clone",       [TIMING_PLACE] = "place",     [TIMING_CONTEXTS] = "contexts",
    [TIMING_ATTACH] = "attach",     [TIMING_HOOKS] = "hooks",     [TIMING_VERIFY] = "verify",
    [TIMING_SETTINGS] = "settings", [TIMING_JOIN] = "join",       [TIMING_EXEC] = "exec",
};

static long long microseconds(int64_t nanoseconds)
{
    return (long long)((nanoseconds + 500) / 1000);
}

static void print_phases(const struct timing *timing)
{
    fprintf(stderr, "%10s %10s  %s\n", "us", "blocked", "phase");
    for (size_t i = 0; i < TIMING_PHASES; i++) {
        const struct timing_clocks *phase = &timing->phases[i];

        if (phase->wall > 0)
            fprintf(stderr, "%10lld %10lld  %s%s\n", microseconds(phase->wall),
                    microseconds(phase->wall > phase->processor ? phase->wall - phase->processor : 0),
                    phases[i], timing->events[i] ? " (a mount event on the host)" : "");
    }
}

static void print_operations(const struct timing *timing, const struct plan *plan)
{
    fprintf(stderr, "%10s %10s %10s  %s\n", "prepare", "contexts", "attach", "operation");
    for (size_t i = 0; i < plan->length && i < timing->operations; i++) {
        CLEANUP_FREE char *line = plan_line(plan, i);

        fprintf(stderr, "%10lld %10lld %10lld  %s\n", microseconds(timing->steps[i][TIMING_STEP_PREPARE]),
                microseconds(timing->steps[i][TIMING_STEP_CONTEXT]),
                microseconds(timing->steps[i][TIMING_STEP_ATTACH]), line ? line : "?");
    }
}

/* Puts the devices of a table into the map. */
static int put_devices(struct id_map *map, struct arena *arena, const struct mount_table *table)
{
    int status = id_map_init(map, arena, table->length);

    for (size_t i = 0; i < table->length && status == 0; i++)
        id_map_put(map, makedev(table->entries[i].major, table->entries[i].minor), i);
    return status;
}

/* Devices that the container's table has and the host's has not: each is a file system that was made. */
static size_t count_superblocks(const struct mount_table *table, const struct mount_table *host,
                                struct arena *arena)
{
    struct id_map known, seen;
    size_t count = 0;

    if (put_devices(&known, arena, host) < 0 || put_devices(&seen, arena, table) < 0)
        return 0;
    for (size_t i = 0; i < table->length; i++) {
        uint64_t device = makedev(table->entries[i].major, table->entries[i].minor);

        /* The map has the last one's place. */
        count += id_map_find(&seen, device) == i && id_map_find(&known, device) == NO_PLACE;
    }
    return count;
}

static void print_mounts(const struct verification *verification)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FD int fd = open("/proc/thread-self/mountinfo", O_RDONLY | O_CLOEXEC);
    struct mount_table host = {0};

    if (fd >= 0)
        (void)!mountinfo_read(fd, &arena, &host, &error);
    fprintf(stderr, "%10zu  mounts made\n%10zu  superblocks made\n", verification->table.length,
            count_superblocks(&verification->table, &host, &arena));
}

static void print_events(const struct timing *timing)
{
    int events = 0;

    for (size_t i = 0; i < TIMING_PHASES; i++)
        events += timing->events[i];
    if (timing->table_fd >= 0)
        fprintf(stderr, "%10d  phases with mount events on the host\n", events);
}

void timing_print(const struct timing *timing, const struct plan *plan,
                  const struct verification *verification)
{
    int64_t wall, blocked;

    timing_total(timing, &wall, &blocked);
    print_phases(timing);
    if (plan && timing->steps)
        print_operations(timing, plan);
    if (verification)
        print_mounts(verification);
    print_events(timing);
    fprintf(stderr, "%10lld  us in all\n%10lld  us of them blocked\n", microseconds(wall),
            microseconds(blocked));
}
