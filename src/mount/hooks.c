/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hooks that run before the switch of the root, and what they find: the host's tree, and in it the root at its
 * path. Running them is the caller's.
 *
 *   the root's target: openat2(bundle), openat2(root.path), in the copy of the host's mounts
 */
#include "base/fd.h"
#include "mount/operations.h"

#include <fcntl.h>
#include <unistd.h>

bool build_needs_host_tree(const struct plan *plan)
{
    for (size_t i = 0; i < plan->length; i++)
        if (plan->operations[i].kind == OPERATION_HOOKS)
            return true;
    return false;
}

static int open_in_copy(const struct build *build, int *ret_fd, struct error *error)
{
    const char *bundle = build->bundle ? build->bundle : "/";
    const char *root = build->plan->operations[OPERATION_ROOT].bind.source;
    CLEANUP_FD int bundle_fd = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd;

    if (bundle_fd < 0)
        return error_call(error, errno, "open", "cannot open %s in the container's mount namespace", bundle);
    fd = kernel_openat2(bundle_fd, root, O_PATH | O_DIRECTORY, 0, 0);
    if (fd < 0)
        return error_call(error, fd, "openat2", "cannot open %s in the container's mount namespace", root);
    *ret_fd = fd;
    return 0;
}

int step_open_root_target(const struct step *step, int *ret_fd, struct error *error)
{
    int fd;

    if (build_needs_host_tree(step->build->plan)) {
        if (!step->build->is_copy)
            return error_set(error, EINVAL, "hooks need a copy of the host's mounts");
        return open_in_copy(step->build, ret_fd, error);
    }
    fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_call(error, errno, "open", "cannot open the namespace's root");
    *ret_fd = fd;
    return 0;
}

/* Before anything is done. */
int hooks_prepare(struct step *step, struct error *error)
{
    if (step->build->run_hooks)
        return 0;
    error_set(error, ENOTSUP, "hooks can't be run here: only the mounts of a container are built");
    error_hint(error, "leave them out and run them yourself, or use the command holdfast");
    return -ENOTSUP;
}

int hooks_attach(struct step *step, struct error *error)
{
    return step->build->run_hooks(step->build->hooks_argument, error);
}
