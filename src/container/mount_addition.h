/* SPDX-License-Identifier: Apache-2.0 */
/* What mount_add.c holds, and the look at what it did (mount_compare.c). */
#ifndef CONTAINER_MOUNT_ADDITION_H
#define CONTAINER_MOUNT_ADDITION_H

#include "container/mount_space.h"
#include "mount/build.h"

struct addition {
    const struct mount_space *space;
    struct plan *plan;
    struct build *build;
    struct mount_namespace outside;
    struct arena arena; /* of the mappings */
    struct id_mappings uid_mappings, gid_mappings;
    int user_namespace_fd;
};

/* Inside, after everything was attached: compares the kernel's mount table with the plan. */
int mount_addition_compare(const struct addition *addition, struct error *error) MUST_USE;

#endif
