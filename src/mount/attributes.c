/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes the attributes or the propagation of a mount that is in place, and makes single paths read-only.
 *
 *   mount_setattr(mount)
 *   readonly: openat2(path), open_tree(fd, OPEN_TREE_CLONE | AT_RECURSIVE), mount_setattr, move_mount
 */
#include "base/fd.h"
#include "mount/operations.h"

#include <fcntl.h>

int attributes_attach(struct step *step, struct error *error)
{
    const struct attributes_operation *attributes = &step->operation->attributes;

    return change_mount(step_base_fd(step), attributes->recursive, attributes->change, error);
}

/* With all that is mounted below: a read-only path with a writable part would promise too much. */
int readonly_attach(struct step *step, struct error *error)
{
    CLEANUP_FD int target = path_open(step->build->root_fd, step->operation->target, O_PATH);
    CLEANUP_FD int tree = -1;
    int status;

    if (target == -ENOENT || target == -ENOTDIR)
        return 0; /* nothing to protect (config-linux.md, "Readonly Paths"; as runc does) */
    if (target < 0)
        return error_call(error, target, "openat2", "cannot open %s", step->operation->target);
    tree = kernel_clone_mount(target, true);
    if (tree < 0)
        return error_call(error, tree, "open_tree", "cannot make %s read-only", step->operation->target);
    status = change_mount(tree, true, (struct mount_attributes){.set = ATTRIBUTE_RDONLY}, error);
    if (status < 0)
        return status;
    status = step_move_mount(step, tree, target);
    return status < 0
               ? error_call(error, status, "move_mount", "cannot make %s read-only", step->operation->target)
               : 0;
}
