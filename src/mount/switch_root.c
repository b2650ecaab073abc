/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the root that was built the root of the mount namespace.
 *
 *   fchdir(root), pivot_root(".", "."), umount2(".", MNT_DETACH), chdir("/")
 *   without pivot_root (the initial ramfs): fchdir(root), chroot("."), chdir("/")
 *
 * The first operation put the root on top of "/" already, or with hooks on its directory in a copy of the host's mounts,
 * which leave with the old root. What lies below it without pivot_root is the seed:
 * an empty read-only tmpfs, so there is no way back to anything of the host. In a copy of the host's
 * namespace there would be, so it is refused there.
 */
#include "mount/operations.h"

#include <unistd.h>

/* The old root lies on the new one, and on top of it what overlays keep their changes in, and roots that were covered. */
static int detach_old_root(const struct build *build, struct error *error)
{
    unsigned count = 1 + (build->scratch_fd >= 0) + build->covered_roots;
    int status = 0;

    for (unsigned i = 0; i < count && status == 0; i++)
        status = kernel_detach_here();
    return status < 0 ? error_call(error, status, "umount2", "cannot detach the old root") : 0;
}

static int pivot(const struct build *build, struct error *error)
{
    int status = kernel_pivot_root_here();

    if (status < 0) {
        error_call(error, status, "pivot_root", "cannot switch to the new root");
        if (status == -EINVAL)
            error_hint(error, "pivot_root does not work on the initial ramfs: use --no-pivot there");
        return status;
    }
    return detach_old_root(build, error);
}

static int enter(const struct build *build, struct error *error)
{
    if (build->is_copy) {
        error_set(error, ENOTSUP, "the way without pivot_root is open to the privileged only");
        error_hint(error, "leave --no-pivot out: the host's tree would stay in reach");
        return -ENOTSUP;
    }
    return chroot(".") < 0 ? error_call(error, errno, "chroot", "cannot enter the new root") : 0;
}

int switch_root_attach(struct step *step, struct error *error)
{
    int status;

    if (fchdir(step->build->root_fd) < 0)
        return error_call(error, errno, "fchdir", "cannot enter the new root");
    status = step->operation->switch_root.pivot ? pivot(step->build, error) : enter(step->build, error);
    if (status < 0)
        return status;
    return chdir("/") < 0 ? error_call(error, errno, "chdir", "cannot enter the new root") : 0;
}
