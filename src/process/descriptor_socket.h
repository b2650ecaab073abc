/* SPDX-License-Identifier: Apache-2.0 */
/* Handing a descriptor to another program that listens on a socket: consoles, pidfds, filters' listeners. */
#ifndef PROCESS_DESCRIPTOR_SOCKET_H
#define PROCESS_DESCRIPTOR_SOCKET_H

#include "base/error.h"

/* Connects to the AF_UNIX stream socket at path, of any length, and sends the text with the descriptor, which stays the
 * caller's (SCM_RIGHTS, unix(7)). what is for messages: "the console socket". */
int descriptor_send(const char *path, const char *what, int fd, const char *text,
                    struct error *error) MUST_USE;

#endif
