/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors 0, 1 and 2. */
#ifndef PROCESS_STANDARD_STREAMS_H
#define PROCESS_STANDARD_STREAMS_H

#include "base/error.h"
#include <sys/types.h>

/* Makes them the program's user's, so that it may open them again (/dev/stdout, /proc/self/fd/1), as runc does. To be
 * called before user_switch(). The group stays: a terminal's is tty. Left alone are the machine's devices
 * (/dev/null), what belongs to somebody else than the caller, and what can't be given away (EPERM, EINVAL, EROFS). */
int standard_streams_give(uid_t uid, struct error *error) MUST_USE;

#endif
