/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of plan_compile(), a file each. */
#ifndef PLAN_COMPILE_H
#define PLAN_COMPILE_H

#include "plan/mount_options.h"
#include "plan/plan.h"

struct compilation {
    struct plan *plan;
    const struct config *config;
    const struct plan_environment *environment;
    const char *rootfs; /* lexical and absolute, to find sources that lie inside it */
    bool new_user_namespace;
    size_t dev;        /* the operation that mounts /dev; NO_OPERATION: none does */
    size_t devpts;     /* the operation that mounts devpts */
    bool dev_is_bound; /* /dev comes from the host: nothing is made in it */
    size_t *seals;     /* the operations that become read-only when everything is in place */
    size_t seals_length;
};

/* Notes what of the machine the plan depends on (machine.c). */
int compile_machine(struct compilation *compilation, struct error *error) MUST_USE;

/* The root of a box: the machine's own tree in parts (parts.c). */
int compile_parts(struct compilation *compilation, struct error *error) MUST_USE;

/* Makes the mount of that operation read-only once everything is in place. */
int compile_seal_later(struct compilation *compilation, size_t index, struct error *error) MUST_USE;

/* mounts[] (mounts.c). */
int compile_mounts(struct compilation *compilation, struct error *error) MUST_USE;

/* One of them, or of a box's parts. */
int compile_mount(struct compilation *compilation, const struct config_mount *given, const char *origin,
                  struct error *error) MUST_USE;

/* A bind mount (binds.c). */
int compile_bind(struct compilation *compilation, const struct config_mount *mount, const char *origin,
                 const struct mount_options *options, struct error *error) MUST_USE;

/* A new file system (filesystems.c). */
int compile_filesystem(struct compilation *compilation, const struct config_mount *mount, const char *origin,
                       const struct mount_options *options, struct error *error) MUST_USE;

/* sysfs belongs to a network namespace: who doesn't own it can't mount one, and gets the host's, read-only. */
bool compile_needs_host_sysfs(const struct compilation *compilation, const char *type);
int compile_host_sysfs(struct compilation *compilation, const char *origin, const char *destination,
                       const struct mount_options *options, struct error *error) MUST_USE;

/* Types "cgroup" and "cgroup2" (cgroup.c). */
bool compile_is_cgroup(const char *type);
int compile_cgroup(struct compilation *compilation, const struct config_mount *mount, const char *origin,
                   const struct mount_options *options, struct error *error) MUST_USE;

/* A mount with the option "remount" (remount.c). */
int compile_remount(struct compilation *compilation, const struct config_mount *mount, const char *origin,
                    const char *destination, const struct mount_options *options,
                    struct error *error) MUST_USE;

/* The nodes and links below /dev, linux.devices[] and the console (devices.c). */
int compile_devices(struct compilation *compilation, struct error *error) MUST_USE;

/* What linux.rootfsPropagation means for a tree that is brought in from the host. */
uint64_t compile_incoming_propagation(const struct config *config);

#endif
