/* SPDX-License-Identifier: Apache-2.0 */
/* linux.intelRdt: the container's class of service in the file system resctrl. */
#ifndef PROCESS_INTEL_RDT_H
#define PROCESS_INTEL_RDT_H

#include "config/config.h"
#include <sys/types.h>

/* Puts the process into its class; id is the container's. *ret_made is the class that was made, to be removed with
 * the container, or NULL; in the arena. mount is where resctrl is mounted, /sys/fs/resctrl. On failure nothing that was
 * made is left. */
int intel_rdt_enter(const struct config *config, const char *mount, const char *id, pid_t pid,
                    struct arena *arena, const char **ret_made, struct error *error) MUST_USE;

/* Removes a class that intel_rdt_enter() made, and the container's group for monitoring. Gone already is no error. */
int intel_rdt_remove(const char *mount, const char *made, const char *id, struct error *error) MUST_USE;

#endif
