/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hf_attach(): mounts for a namespace that is in use.
 *
 *   setns(namespace, CLONE_NEWNS), openat("/"), build_attach(), the kernel's table is compared; or everything is undone
 */
#include "base/fd.h"
#include "kernel/procfs.h"
#include "library/work.h"
#include "mount/addition.h"
#include "verify/verify.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* In another user namespace the mounts would have to be locked, which takes more than a thread (holdfast-mounts(1)). */
static int check_owner(int namespace_fd, struct error *error)
{
    CLEANUP_FD int owner = ioctl(namespace_fd, NS_GET_USERNS);
    struct stat own, other;

    if (owner < 0)
        return error_call(error, errno, "ioctl(NS_GET_USERNS)",
                          "cannot find out whose mount namespace it is");
    if (stat("/proc/thread-self/ns/user", &own) < 0 || fstat(owner, &other) < 0)
        return error_call(error, errno, "stat", "cannot examine the user namespaces");
    if (own.st_ino == other.st_ino && own.st_dev == other.st_dev)
        return 0;
    error_set(error, EPERM, "the mount namespace belongs to another user namespace");
    error_hint(error, "call this in that user namespace");
    return -EPERM;
}

static int check_namespace(int namespace_fd, struct error *error)
{
    int kind = ioctl(namespace_fd, NS_GET_NSTYPE);

    if (kind < 0 && errno == EBADF)
        return error_call(error, EBADF, "ioctl(NS_GET_NSTYPE)", "cannot use the given mount namespace");
    if (kind != CLONE_NEWNS)
        return error_set(error, EINVAL, "the descriptor is no mount namespace");
    return check_owner(namespace_fd, error);
}

static int compare(const struct work *work, struct error *error)
{
    CLEANUP_FD int table = -1;
    int status = procfs_open_thread_file(work->proc_fd, "mountinfo", O_RDONLY, &table, error);

    return status == 0 ? verify_addition(&work->build, table, error) : status;
}

static int attach_inside(struct work *work, struct error *error)
{
    struct build *build = &work->build;
    int status;

    if (setns(work->target_fd, CLONE_NEWNS) < 0)
        return error_call(error, errno, "setns", "cannot enter the mount namespace");
    build->outside = &work->mount_namespace;
    build->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (build->root_fd < 0)
        return error_call(error, errno, "open", "cannot open the root");
    status = build_attach(build, error);
    if (status == 0)
        status = compare(work, error);
    if (status < 0)
        addition_undo(build, work->proc_fd, work->descriptors_fd);
    return status;
}

static int attach(struct work *work, struct error *error)
{
    int status = check_namespace(work->target_fd, error);

    if (status == 0)
        status = work_prepare(work, error);
    if (status == 0)
        status = mount_namespace_open_outside(&work->mount_namespace, error);
    if (status == 0)
        status = work_open_filesystems(work, error);
    return status == 0 ? attach_inside(work, error) : status;
}

int hf_attach(const hf_plan *plan, const struct hf_attach_options *options, int namespace_fd,
              hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_WORK struct work work = WORK_NONE;
    struct hf_attach_options given;
    int status = edge_copy_options(options, &given, sizeof(given), &error);

    if (status == 0 && !plan->plan.config->mounts_only)
        status = error_set(&error, EINVAL, "the plan has a root of its own: see hf_config_new_mounts()");
    if (status == 0 && given.namespaces_length > 0 && !given.namespaces)
        status = error_set(&error, EINVAL, "namespaces is NULL, but namespaces_length is not 0");
    work.plan = &plan->plan;
    work.target_fd = namespace_fd;
    work.namespaces = given.namespaces;
    work.namespaces_length = given.namespaces_length;
    if (status == 0)
        status = work_run(&work, attach, &error);
    return status < 0 ? edge_fail(&error, ret_error) : 0;
}
