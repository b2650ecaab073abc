/* SPDX-License-Identifier: Apache-2.0 */
/* hf_build(): from the seed, or from a copy of the caller's mount namespace, to a new one. */
#include "base/fd.h"
#include "library/work.h"
#include "mount/seed.h"
#include "verify/record.h"
#include "verify/verify.h"

static int begin_namespace(struct work *work, bool from_seed, struct error *error)
{
    int status = from_seed ? seed_begin(&work->mount_namespace, error)
                           : mount_namespace_begin_copy(&work->mount_namespace, error);

    work->build.is_copy = work->mount_namespace.is_copy;
    work->build.outside = &work->mount_namespace;
    return status;
}

static int verify(struct work *work, struct error *error)
{
    CLEANUP_VERIFICATION struct verification verification = {0};
    int status = verify_build_in(&verification, &work->build, work->proc_fd, error);

    if (status == 0 && work->wants_record)
        status = record_write(&verification, false, &work->record, error);
    return status == 0 ? follower_verified(&work->follower, 0, -1, error) : status;
}

static int attach(struct work *work, struct error *error)
{
    int status = work_open_filesystems(work, error);

    if (status == 0)
        status = build_attach(&work->build, error);
    if (status == 0)
        status = follower_mounted(&work->follower, error);
    return status == 0 ? verify(work, error) : status;
}

static int build(struct work *work, struct error *error)
{
    bool from_seed = seed_is_usable();
    int status = follower_planned(&work->follower, work->plan, error);

    if (status == 0)
        status = work_prepare(work, error);
    if (status == 0)
        status = begin_namespace(work, from_seed, error);
    if (status < 0)
        return status;
    status = attach(work, error);
    if (status < 0)
        build_undo(&work->build, true);
    return status;
}

static int check(const struct plan *plan, const struct hf_build_options *options, struct error *error)
{
    if (plan->config->mounts_only)
        return error_set(error, EINVAL, "the plan is of mounts for a root that is there: see hf_attach()");
    if (options->namespaces_length > 0 && !options->namespaces)
        return error_set(error, EINVAL, "namespaces is NULL, but namespaces_length is not 0");
    if (options->has_status && options->status_fd < 0)
        return error_set(error, EBADF, "status_fd is %d, no descriptor", options->status_fd);
    if (options->has_control && options->control_fd < 0)
        return error_set(error, EBADF, "control_fd is %d, no descriptor", options->control_fd);
    return 0;
}

int hf_build(const hf_plan *plan, const struct hf_build_options *options, int *ret_namespace_fd,
             hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_WORK struct work work = WORK_NONE;
    struct hf_build_options given;

    if (edge_copy_options(options, &given, sizeof(given), &error) < 0 ||
        check(&plan->plan, &given, &error) < 0)
        return edge_fail(&error, ret_error);
    work.plan = &plan->plan;
    work.namespaces = given.namespaces;
    work.namespaces_length = given.namespaces_length;
    work.has_console = given.has_console;
    work.console_fd = given.console_fd;
    work.follower.status_fd = given.has_status ? given.status_fd : -1;
    work.follower.control_fd = given.has_control ? given.control_fd : -1;
    work.wants_record = given.ret_record != NULL;
    if (work_run(&work, build, &error) < 0)
        return edge_fail(&error, ret_error);
    if (given.ret_console_fd)
        *given.ret_console_fd = fd_take(&work.build.console_master);
    if (given.ret_record)
        *given.ret_record = pointer_take(&work.record);
    *ret_namespace_fd = fd_take(&work.mount_namespace.inside_fd);
    return 0;
}
