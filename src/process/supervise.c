/* SPDX-License-Identifier: Apache-2.0 */
/* signalfd(2), poll(2), pidfd_send_signal(2), waitid(2) with P_PIDFD. */
#include "process/supervise.h"
#include "base/fd.h"
#include "process/relay.h"
#include "process/terminal.h"

#include <stdbool.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_SIGNAL 128 /* as the shells say it: 128 and the signal's number */

enum slot { SIGNALS, PROGRAM, CONTROL, RELAY, SLOTS = RELAY + RELAY_POLL_SLOTS };

struct supervisor {
    struct supervision given;
    bool console, raw; /* whether there is a console; whether standard input has to be restored */
    struct termios saved;
    struct relay relay;
    bool ended;    /* the program has; status says how */
    bool finished; /* and nothing more is to be relayed */
    int status;
};

int supervise_block_signals(sigset_t *ret_previous, struct error *error)
{
    sigset_t all;

    sigfillset(&all);
    if (sigprocmask(SIG_SETMASK, &all, ret_previous) < 0)
        return error_call(error, errno, "sigprocmask", "cannot block the signals");
    return 0;
}

/* What the kernel takes: larger than its structure on every architecture. */
struct kernel_action {
    unsigned long words[16];
};

#define KERNEL_MASK_SIZE 8 /* bytes for 64 signals */

int signals_reset(struct error *error)
{
    const struct kernel_action standard = {0}; /* SIG_DFL is 0 */

    for (int number = 1; number <= SIGRTMAX; number++) {
        if (number == SIGKILL || number == SIGSTOP)
            continue;
        /* Not by sigaction(3), which keeps two of them for the C library: they may have come in ignored. */
        if (syscall(SYS_rt_sigaction, number, &standard, NULL, KERNEL_MASK_SIZE) < 0)
            return error_call(error, errno, "rt_sigaction", "cannot reset the signal %d", number);
    }
    return 0;
}

int signals_restore_mask(const sigset_t *mask, struct error *error)
{
    if (sigprocmask(SIG_SETMASK, mask, NULL) < 0)
        return error_call(error, errno, "sigprocmask", "cannot restore the signal mask");
    return 0;
}

int signals_reset_for_program(const sigset_t *mask, struct error *error)
{
    int status = signals_reset(error);

    return status == 0 ? signals_restore_mask(mask, error) : status;
}

static void end_by_signal(int number)
{
    _exit(STATUS_SIGNAL + number);
}

int signals_let_end(struct error *error)
{
    const struct sigaction action = {.sa_handler = end_by_signal};
    const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        sigaddset(&set, numbers[i]);
        if (sigaction(numbers[i], &action, NULL) < 0)
            return error_call(error, errno, "sigaction", "cannot take the signal %d", numbers[i]);
    }
    if (sigprocmask(SIG_UNBLOCK, &set, NULL) < 0)
        return error_call(error, errno, "sigprocmask", "cannot unblock the signals that end the container");
    return 0;
}

int supervise_open_signals(struct error *error)
{
    sigset_t all;
    int fd;

    sigfillset(&all);
    fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? error_call(error, errno, "signalfd", "cannot receive signals") : fd;
}

/* The size of the user's terminal, if there is one: which may have gone away meanwhile. */
static void resize_console(struct supervisor *supervisor)
{
    CLEANUP_ERROR struct error ignored = {0};

    if (terminal_copy_size(STDIN_FILENO, supervisor->relay.console_fd, &ignored) < 0 &&
        terminal_copy_size(STDOUT_FILENO, supervisor->relay.console_fd, &ignored) < 0)
        return;
}

static int open_console(struct supervisor *supervisor, int console_fd, struct error *error)
{
    int result = relay_open(&supervisor->relay, console_fd, STDIN_FILENO, STDOUT_FILENO, error);

    if (result < 0)
        return result;
    supervisor->console = true;
    resize_console(supervisor);
    if (!isatty(STDIN_FILENO))
        return 0;
    result = terminal_set_raw(STDIN_FILENO, &supervisor->saved, error);
    if (result < 0)
        return result;
    supervisor->raw = true;
    return 0;
}

static void close_supervisor(struct supervisor *supervisor)
{
    CLEANUP_ERROR struct error ignored = {0};

    /* A terminal that went away can't be restored, and there is no need to. */
    if (supervisor->raw && terminal_restore(STDIN_FILENO, &supervisor->saved, &ignored) == 0)
        supervisor->raw = false;
    if (supervisor->console)
        relay_clear(&supervisor->relay);
}

#define CLEANUP_SUPERVISOR CLEANUP(close_supervisor)

/* SIGURG as in runc; SIGPIPE comes from the relay's own writing. */
static bool stays_here(int number)
{
    return number == SIGCHLD || number == SIGPIPE || number == SIGURG;
}

static void handle_signal(struct supervisor *supervisor, int number)
{
    if (stays_here(number))
        return;
    if (number == SIGWINCH && supervisor->console)
        resize_console(supervisor);
    else if (supervisor->ended)
        supervisor->finished = true;
    /* It fails where the program has ended just now, or became a user that this one may not signal. Neither
     * is a reason to leave it alone. */
    else if (pidfd_send_signal(supervisor->given.pidfd, number, NULL, 0) < 0)
        return;
}

static int handle_signals(struct supervisor *supervisor, struct error *error)
{
    struct signalfd_siginfo info;
    ssize_t count;

    while ((count = read(supervisor->given.signal_fd, &info, sizeof(info))) == (ssize_t)sizeof(info))
        handle_signal(supervisor, (int)info.ssi_signo);
    if (count < 0 && errno != EAGAIN && errno != EINTR)
        return error_call(error, errno, "read(signalfd)", "cannot receive signals");
    return 0;
}

/* What process 1 told of the program, whose own signal it can't end by. */
static bool is_told(const struct supervisor *supervisor, int *ret_wait_status)
{
    uint64_t told;

    if (supervisor->given.end_fd < 0 || read(supervisor->given.end_fd, &told, sizeof(told)) != sizeof(told))
        return false;
    *ret_wait_status = (int)(told - 1);
    return true;
}

static void tell_end(const struct supervisor *supervisor, const siginfo_t *info)
{
    int signal = info->si_code == CLD_EXITED ? 0 : info->si_status;
    int wait_status;

    if (is_told(supervisor, &wait_status))
        signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
    follower_exited(supervisor->given.follower, supervisor->status, signal);
}

static int reap(struct supervisor *supervisor, struct error *error)
{
    siginfo_t info = {0};

    /* __WALL: the child may have been made without an exit signal (clone(2)). */
    while (waitid(P_PIDFD, (id_t)supervisor->given.pidfd, &info, WEXITED | __WALL) < 0)
        if (errno != EINTR)
            return error_call(error, errno, "waitid", "cannot wait for the container's program (process %d)",
                              supervisor->given.pid);
    supervisor->status = info.si_code == CLD_EXITED ? info.si_status : STATUS_SIGNAL + info.si_status;
    supervisor->ended = true;
    tell_end(supervisor, &info);
    if (supervisor->console)
        relay_end(&supervisor->relay);
    return 0;
}

/* Nothing more comes from there. */
static void end_tied(struct supervisor *supervisor)
{
    supervisor->given.tied = false;
    (void)pidfd_send_signal(supervisor->given.pidfd, SIGKILL, NULL, 0);
}

static void prepare(const struct supervisor *supervisor, struct pollfd slots[SLOTS])
{
    slots[SIGNALS] = (struct pollfd){.fd = supervisor->given.signal_fd, .events = POLLIN};
    slots[PROGRAM] =
        (struct pollfd){.fd = supervisor->ended ? -1 : supervisor->given.pidfd, .events = POLLIN};
    slots[CONTROL] = (struct pollfd){
        .fd = supervisor->given.tied && !supervisor->ended ? supervisor->given.follower->control_fd : -1,
        .events = POLLRDHUP};
    for (int i = RELAY; i < SLOTS; i++)
        slots[i] = (struct pollfd){.fd = -1};
    if (supervisor->console)
        relay_prepare(&supervisor->relay, &slots[RELAY]);
}

/* Once the program has ended, only what is in the pty already is waited for: another process may keep the
 * pty open for ever. */
static bool may_wait(const struct supervisor *supervisor)
{
    return !supervisor->ended || (supervisor->console && relay_has_output(&supervisor->relay));
}

static int step(struct supervisor *supervisor, struct error *error)
{
    struct pollfd slots[SLOTS];
    int ready, result;

    prepare(supervisor, slots);
    ready = poll(slots, SLOTS, may_wait(supervisor) ? -1 : 0);
    if (ready < 0 && errno != EINTR)
        return error_call(error, errno, "poll", "cannot wait for the container's program");
    if (ready < 0)
        return 0;
    supervisor->finished = supervisor->ended && ready == 0;
    if (supervisor->console)
        relay_move(&supervisor->relay, &slots[RELAY]);
    result = slots[SIGNALS].revents ? handle_signals(supervisor, error) : 0;
    if (slots[CONTROL].revents) /* the other side is closed, whatever it has said before */
        end_tied(supervisor);
    if (result == 0 && slots[PROGRAM].revents)
        result = reap(supervisor, error);
    return result;
}

int supervise(const struct supervision *supervision, int *ret_status, struct error *error)
{
    CLEANUP_SUPERVISOR struct supervisor supervisor = {.given = *supervision};
    int result = supervision->console_fd >= 0 ? open_console(&supervisor, supervision->console_fd, error) : 0;

    while (result == 0 && !supervisor.finished)
        result = step(&supervisor, error);
    if (result == 0 && supervisor.console)
        result = relay_check(&supervisor.relay, error);
    if (result == 0)
        *ret_status = supervisor.status;
    return result;
}
