/* SPDX-License-Identifier: Apache-2.0 */
/* tcgetattr(3), tcsetattr(3), ioctl(2) TIOCGWINSZ and TIOCSWINSZ (ioctl_tty(2)). */
#include "process/terminal.h"

#include <sys/ioctl.h>

static int read_settings(int fd, struct termios *ret_settings, struct error *error)
{
    if (tcgetattr(fd, ret_settings) < 0)
        return error_call(error, errno, "tcgetattr", "cannot read the terminal's settings");
    return 0;
}

static int write_settings(int fd, const struct termios *settings, struct error *error)
{
    /* With a signal handler a stop in the background can interrupt it. */
    while (tcsetattr(fd, TCSANOW, settings) < 0)
        if (errno != EINTR)
            return error_call(error, errno, "tcsetattr", "cannot change the terminal's settings");
    return 0;
}

int terminal_set_raw(int fd, struct termios *ret_saved, struct error *error)
{
    struct termios saved, raw;
    int result = read_settings(fd, &saved, error);

    if (result < 0)
        return result;
    raw = saved;
    cfmakeraw(&raw);
    raw.c_oflag = saved.c_oflag;
    result = write_settings(fd, &raw, error);
    if (result < 0)
        return result;
    *ret_saved = saved;
    return 0;
}

int terminal_restore(int fd, const struct termios *saved, struct error *error)
{
    return write_settings(fd, saved, error);
}

int terminal_clear_onlcr(int fd, struct error *error)
{
    struct termios settings;
    int result = read_settings(fd, &settings, error);

    if (result < 0)
        return result;
    settings.c_oflag &= ~(tcflag_t)ONLCR;
    return write_settings(fd, &settings, error);
}

static int write_size(int fd, const struct winsize *size, struct error *error)
{
    if (ioctl(fd, TIOCSWINSZ, size) < 0)
        return error_call(error, errno, "ioctl(TIOCSWINSZ)", "cannot set the terminal's size");
    return 0;
}

int terminal_set_size(int fd, uint16_t rows, uint16_t columns, struct error *error)
{
    struct winsize size = {.ws_row = rows, .ws_col = columns};

    return write_size(fd, &size, error);
}

int terminal_copy_size(int from, int to, struct error *error)
{
    struct winsize size;

    if (ioctl(from, TIOCGWINSZ, &size) < 0)
        return error_call(error, errno, "ioctl(TIOCGWINSZ)", "cannot read the terminal's size");
    return write_size(to, &size, error);
}
