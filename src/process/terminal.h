/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of terminals and ptys, from the host's side. */
#ifndef PROCESS_TERMINAL_H
#define PROCESS_TERMINAL_H

#include "base/error.h"
#include <stdint.h>
#include <termios.h>

/* Passes every key on as it is. Output is still translated ("\n" to "\r\n"), because the container's pty
 * doesn't do it, see terminal_clear_onlcr(). *ret_saved is what terminal_restore() takes. */
int terminal_set_raw(int fd, struct termios *ret_saved, struct error *error) MUST_USE;

/* Puts the settings back as they were. */
int terminal_restore(int fd, const struct termios *saved, struct error *error) MUST_USE;

/* Leaves "\n" alone on the way out of the pty whose master or slave fd is: runc's consoles are like that, and
 * who reads their output counts on it. */
int terminal_clear_onlcr(int fd, struct error *error) MUST_USE;

int terminal_set_size(int fd, uint16_t rows, uint16_t columns, struct error *error) MUST_USE;

/* Gives the terminal to the size of the terminal from. */
int terminal_copy_size(int from, int to, struct error *error) MUST_USE;

#endif
