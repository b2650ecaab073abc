/* SPDX-License-Identifier: Apache-2.0 */
/* ioctl(2) TIOCGPTPEER and fcntl(2) O_NONBLOCK on the pty's master; then read(2) and write(2) after poll(2).
 */
#include "process/relay.h"
#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* More than a pty ever holds (8 KiB in drivers/tty/pty.c, 4 KiB in n_tty.c). What is beyond it was written by
 * a process that has outlived the program, and might never end. */
#define DRAIN_LIMIT ((size_t)64 * 1024)

enum slot { INPUT_READ, INPUT_WRITE, OUTPUT_READ, OUTPUT_WRITE };

static int make_nonblocking(int fd, struct error *error)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return error_call(error, errno, "fcntl(F_SETFL)", "cannot make the console non-blocking");
    return 0;
}

int relay_open(struct relay *ret_relay, int console_fd, int input_fd, int output_fd, struct error *error)
{
    /* A slave that stays open: without one, poll(2) reports a hang-up for as long as the program has closed
     * its terminal, and the relay would spin. */
    CLEANUP_FD int slave_fd = ioctl(console_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    int result;

    if (slave_fd < 0)
        return error_call(error, errno, "ioctl(TIOCGPTPEER)", "cannot open the console's terminal");
    result = make_nonblocking(console_fd, error);
    if (result < 0)
        return result;
    *ret_relay = (struct relay){.console_fd = console_fd,
                                .slave_fd = fd_take(&slave_fd),
                                .terminal = isatty(input_fd),
                                .input = {.from = input_fd, .to = console_fd},
                                .output = {.from = console_fd, .to = output_fd}};
    return 0;
}

void relay_clear(struct relay *relay)
{
    fd_close(&relay->slave_fd);
}

/* Reads when there is nothing left to write, writes when there is; so poll(2) waits only for what is wanted.
 */
static struct pollfd read_slot(const struct relay_channel *channel)
{
    return (struct pollfd){.fd = channel->length == 0 ? channel->from : -1, .events = POLLIN};
}

static struct pollfd write_slot(const struct relay_channel *channel)
{
    return (struct pollfd){.fd = channel->length > 0 ? channel->to : -1, .events = POLLOUT};
}

void relay_prepare(const struct relay *relay, struct pollfd slots[RELAY_POLL_SLOTS])
{
    slots[INPUT_READ] = read_slot(&relay->input);
    slots[INPUT_WRITE] = write_slot(&relay->input);
    slots[OUTPUT_READ] = read_slot(&relay->output);
    slots[OUTPUT_WRITE] = write_slot(&relay->output);
}

static bool passing(int code)
{
    return code == EAGAIN || code == EINTR;
}

/* Returns how many bytes came. *ret_code: the errno that ended it; 0: it goes on, or has come to its end. */
static size_t fill(struct relay_channel *channel, int *ret_code)
{
    ssize_t count = read(channel->from, channel->buffer, sizeof(channel->buffer));

    if (count > 0) {
        channel->start = 0;
        /* With nobody left to read it, it is dropped: the program must not be held up. */
        channel->length = channel->to < 0 ? 0 : (size_t)count;
    } else if (count == 0 || !passing(errno)) {
        *ret_code = count < 0 ? errno : 0;
        channel->from = -1;
    }
    return count > 0 ? (size_t)count : 0;
}

/* 0, or the errno for which the rest is dropped. */
static int flush(struct relay_channel *channel)
{
    ssize_t count = write(channel->to, channel->buffer + channel->start, channel->length);
    int code = count < 0 && !passing(errno) ? errno : 0;

    if (count >= 0) {
        channel->start += (size_t)count;
        channel->length -= (size_t)count;
    } else if (code) {
        channel->to = -1;
        channel->length = 0;
    }
    return code;
}

/* EPIPE, EIO: the reader or the terminal has gone, which is the user's choice. */
static void write_output(struct relay *relay)
{
    int code = flush(&relay->output);

    if (code && code != EPIPE && code != EIO)
        relay->lost = code;
}

/* The end of a pipe or file, as a user would type it. In the middle of a line the first one only hands on
 * what there is of the line (termios(3), VEOF). */
static void queue_end_of_file(struct relay *relay)
{
    struct termios settings;

    if (tcgetattr(relay->console_fd, &settings) < 0 || settings.c_cc[VEOF] == _POSIX_VDISABLE)
        return;
    relay->input.start = 0;
    relay->input.length = relay->line_open ? 2 : 1;
    memset(relay->input.buffer, settings.c_cc[VEOF], relay->input.length);
}

static void read_input(struct relay *relay)
{
    struct relay_channel *input = &relay->input;
    int code = 0; /* input that can't be read has ended, as for a program that reads it itself */

    fill(input, &code);
    if (input->length > 0)
        relay->line_open = input->buffer[input->length - 1] != '\n';
    if (input->from < 0 && !relay->terminal)
        queue_end_of_file(relay);
}

static void read_output(struct relay *relay)
{
    int code = 0;
    size_t count = fill(&relay->output, &code);

    if (code && code != EIO) /* a master's way to say that nobody has the slave any more (pty(7)) */
        relay->lost = code;
    if (relay->ending)
        relay->drained += count;
    if (relay->drained > DRAIN_LIMIT)
        relay->output.from = -1;
}

void relay_move(struct relay *relay, const struct pollfd slots[RELAY_POLL_SLOTS])
{
    if (slots[INPUT_READ].revents)
        read_input(relay);
    if (slots[INPUT_WRITE].revents)
        (void)flush(&relay->input);
    if (slots[OUTPUT_READ].revents)
        read_output(relay);
    if (slots[OUTPUT_WRITE].revents)
        write_output(relay);
}

int relay_check(const struct relay *relay, struct error *error)
{
    if (!relay->lost)
        return 0;
    return relay->output.to < 0 ? error_call(error, relay->lost, "write", "cannot write the program's output")
                                : error_call(error, relay->lost, "read", "cannot read the program's output");
}

void relay_end(struct relay *relay)
{
    relay->ending = true;
    relay->input.from = -1;
    relay->input.length = 0;
}

bool relay_has_output(const struct relay *relay)
{
    return relay->output.length > 0;
}
