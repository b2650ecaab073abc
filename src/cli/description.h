/* SPDX-License-Identifier: Apache-2.0 */
/* A container as state and list show it. */
#ifndef CLI_DESCRIPTION_H
#define CLI_DESCRIPTION_H

#include "container/state.h"

/* The state of the specification, with what runc adds: rootfs, created, owner. The caller owns it; NULL when memory is
 * short. */
struct json_t *describe_container(const struct container *container);

/* The name of a user, or the number of one without a name; in the arena, NULL when memory is short. */
const char *describe_user(uid_t uid, struct arena *arena);

#endif
