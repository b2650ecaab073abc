/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filling a configuration without JSON: for the library's builder and for commands that need no bundle.
 * Everything is copied, and checked as it is when it comes from JSON. After an error the configuration is
 * what it was before the call.
 *
 * Members that need neither are set directly: rootfs_readonly, console, no_pivot_root.
 */
#ifndef CONFIG_BUILDER_H
#define CONFIG_BUILDER_H

#include "config/config.h"

/* An empty configuration, which config_clear() releases. */
void config_init_built(struct config *config);

/* The directory that becomes the container's root: an absolute path. */
int config_set_rootfs(struct config *config, const char *path, struct error *error) MUST_USE;

/* The SELinux label of the mounts ("context="); NULL or "" for none. */
int config_set_mount_label(struct config *config, const char *label, struct error *error) MUST_USE;

/* A mount after those that are there. type and source may be NULL, as in struct config_mount; options are
 * words as in config.json's mounts[].options ("ro", "rbind", "size=64k"), count of them. */
int config_add_mount(struct config *config, const char *destination, const char *type, const char *source,
                     const char *const *options, size_t count, struct error *error) MUST_USE;

/* The mounts that nearly every container has: /proc, /sys read-only, /dev, /dev/pts, /dev/shm, /dev/mqueue.
 */
int config_add_system_mounts(struct config *config, struct error *error) MUST_USE;

/* A device node; device->path is copied. Its type is 'c', 'b' or 'p'. */
int config_add_device(struct config *config, const struct config_device *device,
                      struct error *error) MUST_USE;

/* A namespace, by its flag (CLONE_NEWPID and so on), to be made, or to be joined if path is not NULL. */
int config_add_namespace(struct config *config, int flag, const char *path, struct error *error) MUST_USE;

/* A range of ids for the container's user namespace. */
int config_add_uid_mapping(struct config *config, const struct id_mapping *range,
                           struct error *error) MUST_USE;
int config_add_gid_mapping(struct config *config, const struct id_mapping *range,
                           struct error *error) MUST_USE;

/* What the parts demand of each other, once all are there: a new user namespace has mappings, and so on. */
int config_finish_built(const struct config *config, struct error *error) MUST_USE;

#endif
