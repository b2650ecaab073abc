/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mounts of a container that runs: looking at them, adding to them, removing one. Whoever calls is privileged over
 * the container's mount namespace, as root of the host is. Both changes happen as a whole or not at all.
 */
#ifndef CONTAINER_MOUNTS_H
#define CONTAINER_MOUNTS_H

#include "config/config.h"
#include "kernel/mountinfo.h"

/* A process of the container, its first one: the pid is only good as long as the pidfd says so. */
struct container_process {
    int pidfd;
    pid_t pid;
};

/* The mount table as the process sees it; its memory is the arena's. */
int container_mounts_read(const struct container_process *process, struct arena *arena,
                          struct mount_table *ret_table, struct error *error) MUST_USE;

/* Puts the mounts of this configuration into the container, in their order, and nothing else of it: otherwise it is
 * the configuration that the container was made from. Relative sources start at config->bundle. A target that is
 * missing is made. In a container with a user namespace of its own a bind mount's flags are locked for the container,
 * as those are that it began with. Then the kernel's table has to show each mount, on top at its target, with the
 * attributes that were asked for. warn (NULL: nobody) gets the plan's warnings. */
int container_mounts_add(const struct container_process *process, struct config *config,
                         void (*warn)(const char *message), struct error *error) MUST_USE;

/* Takes off what is mounted at the path, which has to be a mount's root, the topmost one there; links before its last
 * component are followed inside the container's root. With recursive what is mounted below it goes as well, or else that is
 * EBUSY. ENOENT: nothing is mounted there. EPERM: the mount is locked, or the container's root. */
int container_mounts_remove(const struct container_process *process, const char *path, bool recursive,
                            struct error *error) MUST_USE;

/* Makes the mount of the command line the only one of the configuration: "SOURCE:DESTINATION[:OPTION,…]" for a bind
 * mount. */
int container_mounts_parse_bind(struct config *config, const char *text, struct error *error) MUST_USE;

/* The same from parts, any of which but the destination may be NULL; options are separated by commas. A bind mount's
 * relative source is from the working directory. */
int container_mounts_parse(struct config *config, const char *destination, const char *type,
                           const char *source, const char *options, struct error *error) MUST_USE;

#endif
