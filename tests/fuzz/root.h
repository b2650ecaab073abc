/* SPDX-License-Identifier: Apache-2.0 */
/* A root for targets that need files: a tmpfs that is attached nowhere and ends with the process, however that ends. */
#ifndef TESTS_FUZZ_ROOT_H
#define TESTS_FUZZ_ROOT_H

#include "fuzz.h"

#include "base/fd.h"
#include "kernel/mount_api.h"

/* Its descriptor, which stays open. Needs the privilege to mount. */
static inline int fuzz_make_root(void)
{
    CLEANUP_FD int context = kernel_fs_open("tmpfs");
    int root;

    if (context < 0 || kernel_fs_create(context) < 0 || (root = kernel_fs_mount(context, 0)) < 0) {
        fputs("a fuzz target that makes files needs root, or unshare --map-root-user --mount\n", stderr);
        exit(1);
    }
    return root;
}

#endif
