/* SPDX-License-Identifier: Apache-2.0 */
#include "explain/access.h"

#include <linux/capability.h>
#include <sys/stat.h>

#define OVERFLOW_ID 65534 /* /proc/sys/kernel/overflowuid */
#define BIT(capability) (UINT64_C(1) << (capability))

/* One id: from the disk by the mount's mapping to the host's, and by the namespace's to the container's. */
static bool translate(uint32_t disk, const struct id_mappings *idmap, const struct id_mappings *mappings,
                      uint32_t *ret_host, uint32_t *ret_inside)
{
    *ret_host = *ret_inside = OVERFLOW_ID;
    if (idmap && !id_mappings_to_host(idmap, disk, ret_host))
        return false;
    if (!idmap)
        *ret_host = disk;
    return id_mappings_to_container(mappings, *ret_host, ret_inside);
}

struct file_owner file_owner_find(uint32_t disk_uid, uint32_t disk_gid, mode_t mode,
                                  const struct id_mappings *idmap_uids, const struct id_mappings *idmap_gids,
                                  const struct id_mappings *uid_mappings,
                                  const struct id_mappings *gid_mappings)
{
    struct file_owner owner = {.mode = mode};

    owner.uid_mapped = translate(disk_uid, idmap_uids, uid_mappings, &owner.host_uid, &owner.uid);
    owner.gid_mapped = translate(disk_gid, idmap_gids, gid_mappings, &owner.host_gid, &owner.gid);
    return owner;
}

/* capabilities(7), "Transformation of capabilities during execve()": root gets all that is inheritable or
 * bounding, with no_new_privs no more than it has; others keep the ambient ones. */
static uint64_t effective_capabilities(const struct config_process *process)
{
    const struct config_capabilities *sets = &process->capabilities;

    if (process->uid != 0)
        return sets->ambient & sets->permitted & sets->inheritable;
    if (!sets->given)
        return UINT64_MAX;
    return (sets->inheritable | sets->bounding) & (process->no_new_privileges ? sets->permitted : UINT64_MAX);
}

struct file_user file_user_of(const struct config_process *process)
{
    return (struct file_user){
        .uid = process->uid,
        .gid = process->gid,
        .groups = process->additional_gids,
        .groups_length = process->additional_gids_length,
        .capabilities = effective_capabilities(process),
    };
}

static bool is_in_group(const struct file_user *user, const struct file_owner *owner)
{
    if (!owner->gid_mapped)
        return false;
    for (size_t i = 0; i < user->groups_length; i++)
        if (user->groups[i] == owner->gid)
            return true;
    return user->gid == owner->gid;
}

static const struct {
    unsigned shift;
    const char *allowed, *refused;
} classes[] = {
    {6, "its owner may", "its owner may not"},
    {3, "its group may", "its group may not"},
    {0, "everybody may", "others than owner and group may not"},
};

static size_t find_class(const struct file_user *user, const struct file_owner *owner)
{
    if (owner->uid_mapped && user->uid == owner->uid)
        return 0;
    return is_in_group(user, owner) ? 1 : 2;
}

/* A capability counts for files whose owner and group are both mapped (user_namespaces(7)). */
static bool may_override(const struct file_user *user, const struct file_owner *owner, enum file_right right,
                         const char **ret_reason)
{
    bool directory = S_ISDIR(owner->mode);

    if (!owner->uid_mapped || !owner->gid_mapped)
        return false;
    if ((user->capabilities & BIT(CAP_DAC_OVERRIDE)) &&
        (right != RIGHT_EXECUTE || directory || (owner->mode & 0111))) {
        *ret_reason = "by CAP_DAC_OVERRIDE";
        return true;
    }
    if ((user->capabilities & BIT(CAP_DAC_READ_SEARCH)) &&
        (right == RIGHT_READ || (right == RIGHT_EXECUTE && directory))) {
        *ret_reason = "by CAP_DAC_READ_SEARCH";
        return true;
    }
    return false;
}

bool file_may(const struct file_user *user, const struct file_owner *owner, enum file_right right,
              const char **ret_reason)
{
    static const mode_t bits[RIGHT_COUNT] = {
        [RIGHT_READ] = S_IROTH, [RIGHT_WRITE] = S_IWOTH, [RIGHT_EXECUTE] = S_IXOTH};
    size_t class = find_class(user, owner);

    if (owner->mode & (bits[right] << classes[class].shift)) {
        *ret_reason = classes[class].allowed;
        return true;
    }
    if (may_override(user, owner, right, ret_reason))
        return true;
    *ret_reason = classes[class].refused;
    return false;
}
