/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timing.h"
#include "base/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <time.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec now = {0};

    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct timing_clocks read_clocks(void)
{
    return (struct timing_clocks){read_clock(CLOCK_MONOTONIC), read_clock(CLOCK_PROCESS_CPUTIME_ID)};
}

/* proc_pid_mountinfo(5): a change wakes a poll for priority events; each descriptor is told once. */
static bool has_event(const struct timing *timing)
{
    struct pollfd changed = {.fd = timing->table_fd, .events = POLLPRI};

    return timing->table_fd >= 0 && poll(&changed, 1, 0) > 0;
}

void timing_begin(struct timing *timing)
{
    *timing = (struct timing){.table_fd = open("/proc/thread-self/mountinfo", O_RDONLY | O_CLOEXEC)};
    (void)has_event(timing);
    timing->begun = read_clocks();
}

void timing_clear(struct timing *timing)
{
    if (timing->steps)
        (void)munmap(timing->steps, timing->operations * sizeof(*timing->steps));
    timing->steps = NULL;
    fd_close(&timing->table_fd);
}

/* The first process opens the contexts of new file systems, in its own copy of the memory else. */
void timing_expect(struct timing *timing, size_t operations)
{
    void *steps;

    if (!timing || timing->steps || operations == 0)
        return;
    steps = mmap(NULL, operations * sizeof(*timing->steps), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (steps == MAP_FAILED)
        return;
    timing->steps = steps;
    timing->operations = operations;
}

struct timing_clocks timing_now(const struct timing *timing)
{
    return timing ? read_clocks() : (struct timing_clocks){0};
}

void timing_add(struct timing *timing, enum timing_phase phase, struct timing_clocks since)
{
    struct timing_clocks now;

    if (!timing)
        return;
    now = read_clocks();
    timing->phases[phase].wall += now.wall - since.wall;
    timing->phases[phase].processor += now.processor - since.processor;
    timing->events[phase] = has_event(timing) || timing->events[phase];
}

int64_t timing_step_now(const struct timing *timing)
{
    return timing && timing->steps ? read_clock(CLOCK_MONOTONIC) : 0;
}

void timing_step_add(struct timing *timing, size_t operation, enum timing_step step, int64_t since)
{
    if (timing && timing->steps && operation < timing->operations)
        timing->steps[operation][step] += read_clock(CLOCK_MONOTONIC) - since;
}

void timing_total(const struct timing *timing, int64_t *ret_wall, int64_t *ret_blocked)
{
    struct timing_clocks now = read_clocks();
    int64_t busy = now.processor - timing->begun.processor;
    clockid_t clock;

    if (timing->child > 0 && clock_getcpuclockid(timing->child, &clock) == 0)
        busy += read_clock(clock);
    *ret_wall = now.wall - timing->begun.wall;
    *ret_blocked = *ret_wall > busy ? *ret_wall - busy : 0;
}
