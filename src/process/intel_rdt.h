/* SPDX-License-Identifier: Apache-2.0 */
/* linux.intelRdt: the container's class of service in the file system resctrl. */
#ifndef PROCESS_INTEL_RDT_H
#define PROCESS_INTEL_RDT_H

#include "config/config.h"
#include <sys/types.h>

/* Where resctrl is mounted on every machine that has it. */
#define INTEL_RDT_MOUNT "/sys/fs/resctrl"

/* Puts the process into its class and, where the configuration asks for it, into a group for monitoring; id is the
 * container's, and names the group, and the class if the configuration doesn't. mount is where resctrl is mounted,
 * /sys/fs/resctrl. *ret_made is what was made, to be removed with the container: the class, or the group in a class
 * that was there ("class/mon_groups/id"), or NULL; in the arena. A class that was there must match the schemas, and is
 * never changed. On failure nothing that was made is left. */
int intel_rdt_enter(const struct config *config, const char *mount, const char *id, pid_t pid,
                    struct arena *arena, const char **ret_made, struct error *error) MUST_USE;

/* Puts a further process into the class and the group of a container that is there: for exec. */
int intel_rdt_join(const struct config *config, const char *mount, const char *id, pid_t pid,
                   struct error *error) MUST_USE;

/* Removes what intel_rdt_enter() made, a class with all that is in it. Gone already is no error. */
int intel_rdt_remove(const char *mount, const char *made, struct error *error) MUST_USE;

#endif
