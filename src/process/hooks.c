/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   poll(pidfd, output) until the deadline, read(2), waitid(2)
 *   at the deadline: kill(-group, SIGKILL)
 */
#include "process/hooks.h"
#include "base/fd.h"
#include "process/hook_process.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_KEPT 4096 /* bytes: the end of it */

enum slot { PROCESS, OUTPUT, SLOTS };

struct tail {
    char text[OUTPUT_KEPT + 1];
    size_t length;
    bool cut; /* something came before it */
};

struct watch {
    const struct config_hook *hook;
    struct hook_process process;
    struct tail tail;
    bool timed_out;
    siginfo_t end; /* what waitid(2) says */
};

/* ------------------------------------------------------------------ what it writes */

/* At most OUTPUT_KEPT bytes. */
static void tail_add(struct tail *tail, const char *data, size_t length)
{
    size_t kept = tail->length;

    if (kept > OUTPUT_KEPT - length) {
        kept = OUTPUT_KEPT - length;
        memmove(tail->text, tail->text + tail->length - kept, kept);
        tail->cut = true;
    }
    memcpy(tail->text + kept, data, length);
    tail->length = kept + length;
}

/* Where the half line at its start ends, or at least the half character. */
static char *tail_start(struct tail *tail)
{
    char *start = tail->text, *newline = strchr(start, '\n');

    if (!tail->cut)
        return start;
    if (newline)
        return newline + 1;
    while (((unsigned char)*start & 0xc0) == 0x80) /* utf-8(7) */
        start++;
    return start;
}

/* As one line, without the newline at its end. */
static const char *tail_line(struct tail *tail)
{
    char *start;

    /* not strchr(3), for which NUL is in every text: NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
    while (tail->length > 0 && memchr(" \t\r\n", tail->text[tail->length - 1], 4))
        tail->length--;
    tail->text[tail->length] = '\0';
    start = tail_start(tail);
    for (char *at = start; at < tail->text + tail->length; at++)
        if (*at == '\n' || *at == '\0')
            *at = *at ? ' ' : '?';
    return start;
}

/* What is in the pipe now, and no more: that never blocks, and another process may go on writing. */
static void drain(struct watch *watch)
{
    char data[OUTPUT_KEPT];
    int waiting = 0;

    if (ioctl(watch->process.output_fd, FIONREAD, &waiting) < 0)
        return;
    while (waiting > 0) {
        size_t size = (size_t)waiting < sizeof(data) ? (size_t)waiting : sizeof(data);
        ssize_t count = read(watch->process.output_fd, data, size);

        if (count <= 0)
            return;
        tail_add(&watch->tail, data, (size_t)count);
        waiting -= (int)count;
    }
}

/* ------------------------------------------------------------------ waiting */

static struct timespec now(void)
{
    struct timespec present;

    clock_gettime(CLOCK_MONOTONIC, &present); /* which every kernel has */
    return present;
}

/* Milliseconds for poll(2): rounded up, so that it doesn't return a moment before the deadline, over and over. */
static int remaining(const struct timespec *deadline)
{
    struct timespec present = now();
    int64_t nanoseconds =
        (int64_t)(deadline->tv_sec - present.tv_sec) * 1000000000 + (deadline->tv_nsec - present.tv_nsec);

    if (nanoseconds <= 0)
        return 0;
    return nanoseconds > (int64_t)INT_MAX * 1000000 ? INT_MAX : (int)((nanoseconds + 999999) / 1000000);
}

/* The leader as well, which may have left the group. What is gone by now needs no signal. */
static void kill_hook(const struct watch *watch)
{
    (void)kill(-watch->process.pid, SIGKILL);
    (void)pidfd_send_signal(watch->process.pidfd, SIGKILL, NULL, 0);
}

static int wait_for_end(struct watch *watch, const struct timespec *deadline, struct error *error)
{
    struct pollfd slots[SLOTS] = {
        [PROCESS] = {.fd = watch->process.pidfd, .events = POLLIN},
        [OUTPUT] = {.fd = watch->process.output_fd, .events = POLLIN},
    };

    while (!slots[PROCESS].revents) {
        int timeout = deadline && !watch->timed_out ? remaining(deadline) : -1;

        if (timeout == 0) {
            kill_hook(watch);
            watch->timed_out = true;
            continue;
        }
        if (poll(slots, SLOTS, timeout) < 0 && errno != EINTR)
            return error_call(error, errno, "poll", "cannot wait for the hook");
        drain(watch);
        if (slots[OUTPUT].revents & (POLLHUP | POLLERR))
            slots[OUTPUT].fd = -1;
    }
    return 0;
}

static int watch_process(struct watch *watch, struct error *error)
{
    CLEANUP_ERROR struct error later = {0};
    struct timespec deadline = now();
    int status;

    deadline.tv_sec += watch->hook->timeout;
    status = wait_for_end(watch, watch->hook->timeout ? &deadline : NULL, error);
    if (status == 0)
        return hook_process_reap(&watch->process, &watch->end, error);
    kill_hook(watch);
    (void)!hook_process_reap(&watch->process, &watch->end, &later);
    return status;
}

/* ------------------------------------------------------------------ how it ended */

static int explain(struct watch *watch, struct error *error)
{
    const char *path = watch->hook->path, *output = tail_line(&watch->tail);
    const char *colon = *output ? ": " : "", *name = sigabbrev_np(watch->end.si_status);

    if (watch->timed_out)
        return error_set(error, ETIMEDOUT, "%s did not end within %u second%s and was killed%s%s", path,
                         watch->hook->timeout, watch->hook->timeout == 1 ? "" : "s", colon, output);
    if (watch->end.si_code == CLD_EXITED)
        return error_set(error, ECHILD, "%s ended with status %d%s%s", path, watch->end.si_status, colon,
                         output);
    if (name)
        return error_set(error, ECHILD, "%s was killed by the signal SIG%s%s%s", path, name, colon, output);
    return error_set(error, ECHILD, "%s was killed by the signal %d%s%s", path, watch->end.si_status, colon,
                     output);
}

static int run_hook(const struct hook_run *run, const struct config_hook *hook, struct error *error)
{
    CLEANUP_HOOK_PROCESS struct hook_process process = HOOK_PROCESS_NONE;
    struct watch watch = {.hook = hook};
    int status = hook_process_start(run, hook, &process, error);

    if (status < 0)
        return status;
    watch.process = process;
    status = watch_process(&watch, error);
    if (status < 0)
        return status;
    if (!watch.timed_out && watch.end.si_code == CLD_EXITED && watch.end.si_status == 0)
        return 0;
    return explain(&watch, error);
}

int hooks_run(const struct hook_run *run, struct error *error)
{
    const struct config_hooks *hooks = &run->config->hooks[run->kind];
    char place[64];
    int status = 0;

    for (size_t i = 0; i < hooks->length && status == 0; i++) {
        status = run_hook(run, &hooks->values[i], error);
        if (status == 0)
            continue;
        snprintf(place, sizeof(place), "hooks.%s[%zu]", hook_kind_name(run->kind), i);
        config_error_place(run->config, error, place);
    }
    return status;
}
