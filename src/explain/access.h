/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the container's program may read, write or execute a file (path_resolution(7), capabilities(7)): by
 * its owner and mode alone, without a system call. ACLs and security modules are not asked.
 */
#ifndef EXPLAIN_ACCESS_H
#define EXPLAIN_ACCESS_H

#include "config/config.h"

/* Who a file belongs to: ids as the container sees them. An id that its user namespace doesn't map belongs
 * to nobody in it. */
struct file_owner {
    uint32_t uid, gid;           /* inside; 65534 where not mapped (user_namespaces(7)) */
    uint32_t host_uid, host_gid; /* on the host, after an idmap of the mount */
    bool uid_mapped, gid_mapped;
    mode_t mode; /* type and permissions */
};

/* The owner of a file that is on disk as disk_uid and disk_gid. idmap_…: the mappings of an idmapped mount,
 * or NULL; uid_mappings, gid_mappings: of the container's user namespace, empty without one. */
struct file_owner file_owner_find(uint32_t disk_uid, uint32_t disk_gid, mode_t mode,
                                  const struct id_mappings *idmap_uids, const struct id_mappings *idmap_gids,
                                  const struct id_mappings *uid_mappings,
                                  const struct id_mappings *gid_mappings);

/* The container's user. */
struct file_user {
    uint32_t uid, gid;
    const uint32_t *groups;
    size_t groups_length;
    uint64_t capabilities; /* effective once the program runs, a bit each */
};

/* The user of a configuration: what is effective after execve(2) of a program without capabilities of its
 * own. */
struct file_user file_user_of(const struct config_process *process);

enum file_right { RIGHT_READ, RIGHT_WRITE, RIGHT_EXECUTE, RIGHT_COUNT };

/* *ret_reason is why, as the end of a sentence; static memory. */
bool file_may(const struct file_user *user, const struct file_owner *owner, enum file_right right,
              const char **ret_reason);

#endif
