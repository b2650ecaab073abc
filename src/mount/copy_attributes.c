/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/xattr.h"
#include "mount/copy_entry.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define OVERFLOW_ID 65534u /* "nobody", as which an id without a mapping is seen (user_namespaces(7)) */
#define PERMISSIONS 07777u

/* An open file, where entry is "", or an entry of an open directory. */
struct copy_place {
    int fd;
    const char *entry;
};

struct owner {
    uint32_t uid, gid;
    bool lost_uid, lost_gid; /* not the source's, for it has no mapping */
};

static bool is_mapped(const struct id_mappings *mappings, uint32_t id)
{
    for (size_t i = 0; mappings && i < mappings->length; i++)
        if (id >= mappings->ranges[i].host_id && id - mappings->ranges[i].host_id < mappings->ranges[i].size)
            return true;
    return !mappings;
}

static int explain_unmapped(struct error *error, const char *kind, uint32_t id)
{
    error_set(error, EOVERFLOW, "its %s %u has no mapping in the user namespace", kind, id);
    error_hint(error, "map it, map %u (nobody) to stand for it, or give the file to another %s in the image",
               OVERFLOW_ID, kind);
    return -EOVERFLOW;
}

static int find_id(const struct id_mappings *mappings, const char *kind, uint32_t id, uint32_t *ret_id,
                   bool *ret_lost, struct error *error)
{
    *ret_id = id;
    *ret_lost = !is_mapped(mappings, id);
    if (*ret_lost && !id_mappings_to_host(mappings, OVERFLOW_ID, ret_id))
        return explain_unmapped(error, kind, id);
    return 0;
}

static int find_owner(const struct stat *status, const struct copy_rules *rules, struct owner *ret_owner,
                      struct error *error)
{
    struct owner owner;
    int result = find_id(rules->uid_mappings, "owner", status->st_uid, &owner.uid, &owner.lost_uid, error);

    if (result == 0)
        result = find_id(rules->gid_mappings, "group", status->st_gid, &owner.gid, &owner.lost_gid, error);
    if (result == 0)
        *ret_owner = owner;
    return result;
}

int copy_check_readable(const struct stat *status, const struct copy_rules *rules, struct error *error)
{
    mode_t needed = S_ISDIR(status->st_mode) ? S_IROTH | S_IXOTH : S_IROTH;

    if (is_mapped(rules->uid_mappings, status->st_uid) && is_mapped(rules->gid_mappings, status->st_gid))
        return 0;
    if ((status->st_mode & needed) == needed)
        return 0;
    error_set(error, EACCES,
              "the container could not read it: it belongs to %u:%u, which the user namespace "
              "doesn't map, and has mode %04o",
              status->st_uid, status->st_gid, status->st_mode & PERMISSIONS);
    error_hint(error, "map its owner, give it to another one in the image, or leave tmpcopyup out");
    return -EACCES;
}

/* A set-ID bit makes others run as the owner: not as one that only stands for another. */
static mode_t find_mode(const struct stat *status, const struct owner *owner)
{
    mode_t mode = status->st_mode & PERMISSIONS;

    if (S_ISDIR(status->st_mode))
        return mode;
    if (owner->lost_uid)
        mode &= ~(mode_t)S_ISUID;
    if (owner->lost_gid)
        mode &= ~(mode_t)S_ISGID;
    return mode;
}

static int set_owner(int target_fd, const char *name, int flags, const struct owner *owner,
                     struct error *error)
{
    if (fchownat(target_fd, name, owner->uid, owner->gid, flags) == 0)
        return 0;
    /* EINVAL: an id that this very namespace doesn't map (chown(2)). */
    if (errno == EINVAL || errno == EOVERFLOW)
        return explain_unmapped(error, "owner or group", owner->uid == OVERFLOW_ID ? owner->uid : owner->gid);
    return error_call(error, errno, "fchownat", "cannot set the owner of the copy");
}

/* Capabilities make others run with more than they have, like a set-ID bit. */
static bool is_left_out(const char *name, const struct owner *owner, const struct copy_rules *rules)
{
    const char *prefix = rules->private_prefix;

    if (prefix && strncmp(name, prefix, strlen(prefix)) == 0)
        return true;
    return strcmp(name, "security.capability") == 0 && (owner->lost_uid || owner->lost_gid);
}

/* EINVAL: an access list with ids that this user namespace doesn't map. */
static bool may_miss(int status, const struct copy_rules *rules)
{
    if (status == -EOPNOTSUPP) /* a tmpfs can't hold it */
        return !rules->all_xattrs;
    return rules->permitted_xattrs && (status == -EPERM || status == -EACCES || status == -EINVAL);
}

static int copy_xattr(const struct copy_place *source, const struct copy_place *target, const char *name,
                      const struct copy_rules *rules, struct error *error)
{
    CLEANUP_FREE char *value = NULL;
    size_t size;
    int status = kernel_read_xattr(source->fd, source->entry, name, &value, &size);

    if (status == -ENODATA || (rules->permitted_xattrs && may_miss(status, rules)))
        return 0; /* removed meanwhile, or not for us */
    if (status < 0)
        return error_call(error, status, "getxattr", "cannot read its %s", name);
    status = kernel_write_xattr(target->fd, target->entry, name, value, size);
    if (status == 0 || may_miss(status, rules))
        return 0;
    error_call(error, status, "setxattr", "cannot set the %s of the copy", name);
    return status;
}

static int copy_xattrs(const struct copy_place *source, const struct copy_place *target,
                       const struct owner *owner, const struct copy_rules *rules, struct error *error)
{
    CLEANUP_FREE char *names = NULL;
    size_t length;
    int status = kernel_list_xattrs(source->fd, source->entry, &names, &length);

    if (status == -EOPNOTSUPP || status == -ENOSYS)
        return 0;
    if (status < 0)
        return error_call(error, status, "listxattr", "cannot list its extended attributes");
    for (const char *name = names; name < names + length && status == 0; name += strlen(name) + 1)
        if (!is_left_out(name, owner, rules))
            status = copy_xattr(source, target, name, rules, error);
    return status;
}

int copy_directory_xattrs(int source_fd, int target_fd, const struct copy_rules *rules, struct error *error)
{
    const struct copy_place source = {source_fd, ""}, target = {target_fd, ""};
    const struct owner owner = {0};

    return copy_xattrs(&source, &target, &owner, rules, error);
}

/* chown takes capabilities away and chmod follows an access list, so the order is this one. */
static int set_attributes(int source_fd, int target_fd, const struct stat *status, const struct owner *owner,
                          mode_t mode, const struct copy_rules *rules, struct error *error)
{
    const struct copy_place source = {source_fd, ""}, target = {target_fd, ""};
    const struct timespec times[] = {status->st_atim, status->st_mtim};
    int result = set_owner(target_fd, "", AT_EMPTY_PATH, owner, error);

    if (result == 0)
        result = copy_xattrs(&source, &target, owner, rules, error);
    if (result < 0)
        return result;
    if (fchmod(target_fd, mode) < 0)
        return error_call(error, errno, "fchmod", "cannot set the mode of the copy");
    if (futimens(target_fd, times) < 0)
        return error_call(error, errno, "futimens", "cannot set the times of the copy");
    return 0;
}

int copy_attributes(int source_fd, int target_fd, const struct stat *status, const struct copy_rules *rules,
                    struct error *error)
{
    struct owner owner;
    int result = find_owner(status, rules, &owner, error);

    if (result < 0)
        return result;
    return set_attributes(source_fd, target_fd, status, &owner, find_mode(status, &owner), rules, error);
}

int copy_root_attributes(int source_fd, int target_fd, const struct stat *status,
                         const struct copy_rules *rules, struct error *error)
{
    struct owner owner;
    struct stat own;
    int result = find_owner(status, rules, &owner, error);

    if (result < 0)
        return result;
    if (fstat(target_fd, &own) < 0)
        return error_call(error, errno, "fstat", "cannot examine the tmpfs");
    owner.uid = rules->own_uid ? own.st_uid : owner.uid;
    owner.gid = rules->own_gid ? own.st_gid : owner.gid;
    return set_attributes(source_fd, target_fd, status, &owner,
                          rules->own_mode ? own.st_mode & PERMISSIONS : find_mode(status, &owner), rules,
                          error);
}

int copy_named_attributes(int source_fd, const char *name, int target_fd, const char *target_name,
                          const struct stat *status, const struct copy_rules *rules, struct error *error)
{
    const struct copy_place source = {source_fd, name}, target = {target_fd, target_name};
    const struct timespec times[] = {status->st_atim, status->st_mtim};
    struct owner owner;
    int result = find_owner(status, rules, &owner, error);

    if (result == 0)
        result = set_owner(target_fd, target_name, AT_SYMLINK_NOFOLLOW, &owner, error);
    if (result == 0)
        result = copy_xattrs(&source, &target, &owner, rules, error);
    if (result < 0)
        return result;
    /* Nobody but us can reach the copy, so what we made is no link (fchmodat(2) would follow it). */
    if (!S_ISLNK(status->st_mode) && fchmodat(target_fd, target_name, find_mode(status, &owner), 0) < 0)
        return error_call(error, errno, "fchmodat", "cannot set the mode of the copy");
    if (utimensat(target_fd, target_name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return error_call(error, errno, "utimensat", "cannot set the times of the copy");
    return 0;
}
