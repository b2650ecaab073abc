/* SPDX-License-Identifier: Apache-2.0 */
/* From the user who starts the container to the program's user and groups. */
#ifndef PROCESS_USER_H
#define PROCESS_USER_H

#include "config/config.h"

/* Becomes the process's uid, gid and additional groups, for good. The permitted capabilities survive, so that
 * capabilities_apply() can work afterwards; the effective ones are gone if the user is no longer 0.
 * may_set_groups is false in a user namespace whose /proc/self/setgroups says "deny" (user_namespaces(7)):
 * the groups stay as they are then, and a configuration with additional groups is EPERM. EINVAL for an id
 * that the user namespace doesn't map. */
int user_switch(const struct config_process *process, bool may_set_groups, struct error *error) MUST_USE;

#endif
