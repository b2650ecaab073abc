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

static int explain(int status, const struct step *step, const struct idmap *idmap, int namespace_fd,
                   struct error *error)
{
    struct source_mounts mounts = {.step = step, .user_namespace_fd = namespace_fd};

    error_call(error, status, "mount_setattr", "cannot make an idmapped mount");
    if (status == -EPERM)
        error_hint(error, "this needs CAP_SYS_ADMIN over the file system of the source");
    if (status != -EINVAL)
        return status;
    step_look_at_source(&mounts);
    if (*mounts.unmappable)
        error_hint(
            error,
            "%s, of type %s, is the one that can't be mapped: this kernel has no idmapped mounts of that "
            "type, or it is mapped already%s",
            mounts.unmappable, mounts.type,
            idmap->tree ? "; \"idmap\" instead of \"ridmap\" leaves the mounts below the source alone" : "");
    else
        error_hint(error,
                   "the file system of the source can't be idmapped by this kernel, or it is mapped already");
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
    return status < 0 ? explain(status, step, idmap, namespace_fd, error) : 0;
}
