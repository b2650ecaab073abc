/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   open(/proc/thread-self/ns/mnt), unshare(CLONE_NEWNS), mount_setattr(/, private, recursive)
 *   back: setns(outside, CLONE_NEWNS), fchdir(root), chroot("."), fchdir(working directory)
 */
#include "mount/namespace.h"
#include "base/fd.h"
#include "kernel/mount_api.h"
#include "kernel/privilege.h"
#include "kernel/restrictions.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <unistd.h>

#define OWN_NAMESPACE "/proc/thread-self/ns/mnt"

void mount_namespace_clear(struct mount_namespace *mount_namespace)
{
    fd_close(&mount_namespace->outside_fd);
    fd_close(&mount_namespace->outside_root);
    fd_close(&mount_namespace->outside_cwd);
    fd_close(&mount_namespace->inside_fd);
}

int mount_namespace_open_outside(struct mount_namespace *outside, struct error *error)
{
    outside->outside_fd = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
    if (outside->outside_fd < 0) {
        error_call(error, errno, "open", "cannot open " OWN_NAMESPACE);
        error_hint(error, "holdfast needs procfs at /proc");
        return -error->code;
    }
    outside->outside_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    outside->outside_cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (outside->outside_root < 0 || outside->outside_cwd < 0)
        return error_call(error, errno, "open", "cannot open the root and the working directory");
    return 0;
}

static int enter_copy(struct mount_namespace *copy, struct error *error)
{
    const struct mount_attributes private_tree = {.propagation = PROPAGATE_PRIVATE};
    CLEANUP_FD int root = -1;
    int status;

    if (unshare(CLONE_NEWNS) < 0) {
        error_call(error, errno, "unshare", "cannot make a mount namespace");
        if (error->code == ENOSPC)
            error_hint(
                error,
                "the limit is the sysctl user.max_mnt_namespaces, of this user namespace or one around it, "
                "or fs.mount-max: raise it");
        return -error->code;
    }
    copy->is_copy = true;
    copy->inside_fd = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
    /* From a chroot to the namespace's own root. */
    if (copy->inside_fd >= 0 && setns(copy->inside_fd, CLONE_NEWNS) < 0)
        return error_call(error, errno, "setns", "cannot enter the new mount namespace");
    root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (copy->inside_fd < 0 || root < 0)
        return error_call(error, errno, "open", "cannot open the new mount namespace");
    status = kernel_set_attributes(root, true, &private_tree);
    return status < 0 ? error_call(error, status, "mount_setattr", "cannot make the copied mounts private")
                      : 0;
}

int mount_namespace_finish(struct mount_namespace *begun, int status, struct mount_namespace *ret_namespace)
{
    CLEANUP_ERROR struct error later = {0};

    if (status == 0) {
        *ret_namespace = *begun;
        return 0;
    }
    if (begun->outside_cwd >= 0)
        (void)!mount_namespace_leave(begun, &later);
    mount_namespace_clear(begun);
    return status;
}

int mount_namespace_begin_copy(struct mount_namespace *ret_namespace, struct error *error)
{
    struct mount_namespace begun = MOUNT_NAMESPACE_NONE;
    int status = mount_namespace_open_outside(&begun, error);

    if (status == 0)
        status = enter_copy(&begun, error);
    return mount_namespace_finish(&begun, status, ret_namespace);
}

int mount_namespace_leave(const struct mount_namespace *mount_namespace, struct error *error)
{
    if (setns(mount_namespace->outside_fd, CLONE_NEWNS) < 0)
        return error_call(error, errno, "setns", "cannot go back to the host's mount namespace");
    /* setns(2) led to the namespace's root, also out of a chroot. */
    if (fchdir(mount_namespace->outside_root) < 0 || chroot(".") < 0)
        return error_call(error, errno, "chroot", "cannot go back to the root");
    if (fchdir(mount_namespace->outside_cwd) < 0)
        return error_call(error, errno, "fchdir", "cannot go back to the working directory");
    return 0;
}

int mount_namespace_return(const struct mount_namespace *mount_namespace, struct error *error)
{
    if (setns(mount_namespace->inside_fd, CLONE_NEWNS) < 0)
        return error_call(error, errno, "setns", "cannot enter the container's mount namespace");
    return 0;
}

int mount_namespace_find_privilege(bool *ret_privileged, struct error *error)
{
    return privilege_find(1u << CAP_SYS_ADMIN | 1u << CAP_SYS_CHROOT, ret_privileged, error);
}

int mount_namespace_check_kernel(struct error *error)
{
    /* The descriptor is none: what answers EBADF knows the call and the attribute, which came with 5.14. */
    const struct mount_attributes newest = {.set = ATTRIBUTE_NOSYMFOLLOW};
    int status = kernel_set_attributes(-1, false, &newest);

    if (status == -EBADF)
        return 0;
    if (status == -EPERM) {
        error_set(error, EPERM, "this process may not mount: mount_setattr answers EPERM");
        error_hint(
            error,
            restrictions_has_seccomp()
                ? "a seccomp filter watches this process, as of an outer container: let it allow the mount "
                  "calls (docker, podman: --security-opt seccomp=unconfined, --cap-add SYS_ADMIN; "
                  "Kubernetes: seccompProfile: Unconfined); \"holdfast doctor\" tells more"
                : "run as root, with CAP_SYS_ADMIN; \"holdfast doctor\" tells more");
        return -EPERM;
    }
    if (restrictions_has_seccomp()) {
        error_set(error, ENOSYS, "mount_setattr answers ENOSYS, and a seccomp filter watches this process");
        error_hint(error,
                   "let the outer container's filter allow the mount calls (docker, podman: --security-opt "
                   "seccomp=unconfined; Kubernetes: seccompProfile: Unconfined), or use Linux 5.14 or newer; "
                   "\"holdfast doctor\" tells more");
        return -ENOSYS;
    }
    error_set(error, ENOSYS, "this kernel is too old: holdfast needs Linux 5.14 or newer");
    return -ENOSYS;
}
