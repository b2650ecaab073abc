/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mount namespace against a plan, or against the record of what was built. The table is read in a helper that enters the namespace, from a procfs of the
 * caller's, which was opened before.
 */
#include "base/fd.h"
#include "base/helper.h"
#include "kernel/procfs.h"
#include "library/edge.h"
#include "verify/record.h"

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

/* The expectation is there. */
static int compare(hf_verification *verification, int namespace_fd, struct error *error)
{
    CLEANUP_FD int proc = -1;
    struct look look = {verification, namespace_fd, -1};
    int status = procfs_open(&proc, error);

    look.proc_fd = proc;
    if (status == 0)
        status = helper_run(read_inside, &look, error);
    return status == 0 ? compare_mounts(&verification->expectation, &verification->table, -1,
                                        &verification->arena, &verification->comparison, error)
                       : status;
}

/* By the plan, or by the record where that is NULL. */
static int verify(const hf_plan *plan, const char *record, int namespace_fd,
                  hf_verification **ret_verification, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    hf_verification *verification = calloc(1, sizeof(*verification));
    int status = verification ? 0 : error_memory(&error);

    if (status == 0)
        status = plan ? expectation_from_plan(&verification->expectation, &plan->plan, NULL, &error)
                      : expectation_from_record(&verification->expectation, record, &error);
    if (status == 0)
        status = compare(verification, namespace_fd, &error);
    if (status < 0) {
        hf_verification_free(verification);
        return edge_fail(&error, ret_error);
    }
    *ret_verification = verification;
    return 0;
}

int hf_verify(const hf_plan *plan, int namespace_fd, hf_verification **ret_verification, hf_error **ret_error)
{
    return verify(plan, NULL, namespace_fd, ret_verification, ret_error);
}

int hf_verify_record(const char *record, int namespace_fd, hf_verification **ret_verification,
                     hf_error **ret_error)
{
    return verify(NULL, record, namespace_fd, ret_verification, ret_error);
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
