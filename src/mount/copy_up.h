/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies a directory with everything below it into a new tmpfs that nobody else sees yet (tmpcopyup): owners,
 * modes, times, extended attributes, links, hard links, nodes, and holes in files. What is mounted below the
 * directory is part of what can be seen there and is copied too, as runc and crun do it.
 *
 * Where the copy is for another user namespace than the caller's, an owner or a group that it doesn't map
 * becomes 65534, as which the container saw it before; of such a file the set-ID bits and the capabilities
 * are left out, and only what everybody may read is copied at all: the copy must not show the container what
 * the original didn't. What a tmpfs can't hold (user.* before Linux 6.6, labels below a context=) is left
 * out, too, and before Linux 6.13 the extended attributes of links and nodes.
 */
#ifndef MOUNT_COPY_UP_H
#define MOUNT_COPY_UP_H

#include "base/error.h"
#include "kernel/id_mappings.h"

struct copy_rules {
    const struct id_mappings *uid_mappings; /* of the copy's user namespace; NULL: the caller is in it */
    const struct id_mappings *gid_mappings;
    bool own_mode, own_uid, own_gid; /* of the copy's root: it keeps its own instead of the source's */
    const char *private_prefix;      /* attributes whose name begins so are left out; NULL: none */
    bool all_xattrs;                 /* one that the target can't hold is an error */
    /* One that the caller may not read or set, or whose ids it does not know, is left out. */
    bool permitted_xattrs;
};

/* Copies what is below and including the directory source_fd (O_PATH will do) into the empty directory
 * target_fd. The caller's umask is 0. Few descriptors are open at a time, however deep the tree is; links are
 * not followed. An error names the file; what was copied until then stays. */
int copy_up(int source_fd, int target_fd, const struct copy_rules *rules, struct error *error) MUST_USE;

#endif
