/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mount namespace against a plan. The table is read in a helper that enters the namespace, from a procfs of the
 * caller's, which was opened before.
 */
#include "verify/verify.h"
#include "base/fd.h"
#include "base/helper.h"
#include "kernel/procfs.h"
#include "library/edge.h"

#include <sched.h>

struct hf_verification {
    struct arena arena;
    struct expectation expectation;
    struct mount_table table;
    struct comparison comparison;
};

struct look {
    hf_verification *verification;
    int namespace_fd, proc_fd;
};

static int read_inside(void *argument, struct error *error)
{
    struct look *look = argument;

    if (setns(look->namespace_fd, CLONE_NEWNS) < 0)
        return error_call(error, errno, "setns", "cannot enter the mount namespace");
    return verify_read_table(look->proc_fd, &look->verification->arena, &look->verification->table, error);
}

static int compare(hf_verification *verification, const struct plan *plan, int namespace_fd,
                   struct error *error)
{
    CLEANUP_FD int proc = -1;
    struct look look = {verification, namespace_fd, -1};
    int status = procfs_open(&proc, error);

    look.proc_fd = proc;
    if (status == 0)
        status = helper_run(read_inside, &look, error);
    if (status == 0)
        status = expectation_from_plan(&verification->expectation, plan, NULL, error);
    return status == 0 ? compare_mounts(&verification->expectation, &verification->table, -1,
                                        &verification->arena, &verification->comparison, error)
                       : status;
}

int hf_verify(const hf_plan *plan, int namespace_fd, hf_verification **ret_verification, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    hf_verification *verification = calloc(1, sizeof(*verification));

    if (!verification)
        error_memory(&error);
    if (!verification || compare(verification, &plan->plan, namespace_fd, &error) < 0) {
        hf_verification_free(verification);
        return edge_fail(&error, ret_error);
    }
    *ret_verification = verification;
    return 0;
}

void hf_verification_free(hf_verification *verification)
{
    if (!verification)
        return;
    expectation_clear(&verification->expectation);
    arena_clear(&verification->arena);
    free(verification);
}

bool hf_verification_next(const hf_verification *verification, size_t *position,
                          struct hf_difference *ret_difference)
{
    const struct difference *difference;

    if (*position >= verification->comparison.length)
        return false;
    difference = &verification->comparison.differences[(*position)++];
    *ret_difference = (struct hf_difference){
        .kind = difference_name(difference->kind),
        .place = difference->place,
        .origin = difference->origin,
        .expected = difference->expected,
        .found = difference->found,
    };
    return true;
}
