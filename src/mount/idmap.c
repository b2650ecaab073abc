/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Idmapped mounts.
 *
 *   host side:      clone(CLONE_NEWUSER), write(uid_map), write(gid_map), open(ns/user); once for equal mappings
 *   container side: mount_setattr(tree, MOUNT_ATTR_IDMAP, namespace), while the tree is detached
 */
#include "base/fd.h"
#include "mount/operations.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

/* An earlier operation that has the namespace for these mappings open; NO_OPERATION: none. */
static size_t find_namespace(const struct step *step, const struct idmap *idmap)
{
    const struct build *build = step->build;

    for (size_t i = 0; &build->slots[i] != step->slot; i++) {
        const struct operation *operation = &build->plan->operations[i];

        if (build->slots[i].idmap_fd >= 0 && operation->kind == OPERATION_BIND &&
            id_mappings_equal(operation->bind.idmap.uid_mappings, idmap->uid_mappings) &&
            id_mappings_equal(operation->bind.idmap.gid_mappings, idmap->gid_mappings))
            return i;
    }
    return NO_OPERATION;
}

int idmap_prepare(struct step *step, const struct idmap *idmap, struct error *error)
{
    CLEANUP_FD int proc = -1;

    if (idmap->kind != IDMAP_GIVEN || find_namespace(step, idmap) != NO_OPERATION)
        return 0;
    proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0)
        return error_call(error, errno, "open", "cannot open /proc");
    return id_mappings_open_namespace(proc, idmap->uid_mappings, idmap->gid_mappings, &step->slot->idmap_fd,
                                      error);
}

/* The slot's own, or an earlier one's for the same mappings. */
static int namespace_of(const struct step *step, const struct idmap *idmap)
{
    if (idmap->kind == IDMAP_CONTAINER)
        return step->build->user_namespace_fd;
    if (step->slot->idmap_fd >= 0)
        return step->slot->idmap_fd;
    return step->build->slots[find_namespace(step, idmap)].idmap_fd;
}

static const struct {
    unsigned long magic;
    const char *name;
} types_without_idmap[] = {
    {PROC_SUPER_MAGIC, "proc"}, {SYSFS_MAGIC, "sysfs"},         {FUSE_SUPER_MAGIC, "fuse"},
    {NFS_SUPER_MAGIC, "nfs"},   {DEVPTS_SUPER_MAGIC, "devpts"}, {CGROUP2_SUPER_MAGIC, "cgroup2"},
    {RAMFS_MAGIC, "ramfs"},     {DEBUGFS_MAGIC, "debugfs"},     {TRACEFS_MAGIC, "tracefs"},
};

static const char *name_of_type(int tree)
{
    struct statfs status;

    if (fstatfs(tree, &status) < 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(types_without_idmap); i++)
        if (types_without_idmap[i].magic == (unsigned long)status.f_type)
            return types_without_idmap[i].name;
    return NULL;
}

static int explain(int status, const struct idmap *idmap, int tree, struct error *error)
{
    const char *type = name_of_type(tree);

    error_call(error, status, "mount_setattr", "cannot make an idmapped mount");
    if (status == -EINVAL && type)
        error_hint(error, "this kernel has no idmapped mounts of file systems of type %s", type);
    else if (status == -EINVAL && idmap->tree)
        error_hint(error,
                   "the file system of the source, or of a mount below it, can't be idmapped by this kernel; "
                   "\"idmap\" instead of \"ridmap\" leaves the ones below alone");
    else if (status == -EINVAL)
        error_hint(error,
                   "the file system of the source can't be idmapped by this kernel, or the source is an "
                   "idmapped mount already");
    else if (status == -EPERM)
        error_hint(error, "this needs CAP_SYS_ADMIN over the file system of the source");
    return status;
}

int idmap_apply(struct step *step, const struct idmap *idmap, int tree, struct error *error)
{
    struct mount_attributes change = {.set = ATTRIBUTE_IDMAP};
    int namespace_fd, status;

    if (idmap->kind == IDMAP_NONE)
        return 0;
    namespace_fd = namespace_of(step, idmap);
    if (namespace_fd < 0)
        return error_set(error, EINVAL, "an idmapped mount without a user namespace of the container's own");
    change.userns_fd = (uint64_t)namespace_fd;
    status = kernel_set_attributes(tree, idmap->tree, &change);
    return status < 0 ? explain(status, idmap, tree, error) : 0;
}
