/* SPDX-License-Identifier: Apache-2.0 */
/* What of the running machine decides how a container is built. */
#ifndef KERNEL_ENVIRONMENT_H
#define KERNEL_ENVIRONMENT_H

#include "base/arena.h"
#include "base/error.h"
#include <stdbool.h>

/* Whether this process is in the machine's first user namespace: only there device nodes can be made. */
int environment_find_user_namespace(bool *ret_initial, struct error *error) MUST_USE;

/* The same; false where it can't be found out: what only the first one may do is left alone then. */
bool environment_is_initial_user_namespace(void);

/* Whether SELinux is on. */
bool environment_has_selinux(void);

/* The id of the present boot, random(4), in the arena. NULL with the error filled: it can't be read. */
const char *environment_boot_id(struct arena *arena, struct error *error) MUST_USE;

#endif
