/* SPDX-License-Identifier: Apache-2.0 */
/* A running container's mount namespace, from outside: what mounts.c and mount_add.c share. */
#ifndef CONTAINER_MOUNT_SPACE_H
#define CONTAINER_MOUNT_SPACE_H

#include "container/mounts.h"

struct mount_space {
    int pidfd;               /* borrowed */
    int process_fd;          /* the process's directory in the host's procfs */
    int root_fd;             /* its root */
    int descriptors_fd;      /* /proc/self/fd of the host's procfs: the container's may be anything */
    bool own_user_namespace; /* the container is in another user namespace than the caller */
};

#define MOUNT_SPACE_NONE ((struct mount_space){-1, -1, -1, -1, false})

int mount_space_open(const struct container_process *process, struct mount_space *ret_space,
                     struct error *error) MUST_USE;
void mount_space_clear(struct mount_space *space);

#define CLEANUP_MOUNT_SPACE CLEANUP(mount_space_clear)

/* The kernel's table, read in the host's procfs. */
int mount_space_table(const struct mount_space *space, struct arena *arena, struct mount_table *ret_table,
                      struct error *error) MUST_USE;

/* The entry of that number; NULL: none. */
const struct mount_entry *mount_space_find(const struct mount_table *table, uint64_t id);

/* For a helper (base/helper.h): enters the mount namespace, with the caller's credentials. */
int mount_space_enter(const struct mount_space *space, struct error *error) MUST_USE;

/* The number of the mount that fd is on, as in the table, and whether fd is its root. */
int mount_space_identify(int fd, uint64_t *ret_id, bool *ret_is_root, struct error *error) MUST_USE;

#endif
