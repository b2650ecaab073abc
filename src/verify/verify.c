/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   openat2(procfs, "thread-self/mountinfo"), read
 */
#include "verify/verify.h"
#include "base/fd.h"
#include "kernel/procfs.h"

#include <fcntl.h>

void verification_clear(struct verification *verification)
{
    expectation_clear(&verification->expectation);
    arena_clear(&verification->arena);
    free(verification->text);
    *verification = (struct verification){0};
}

/* A path that had nothing to be hidden when its turn came still hasn't. */
static int check_absent(const struct build *build, size_t index, struct error *error)
{
    const struct operation *operation = &build->plan->operations[index];
    CLEANUP_FD int fd = path_open(build->root_fd, operation->target, O_PATH);

    if (fd < 0)
        return 0;
    error_set(error, EIO, "%s is there, but was not %s", operation->target,
              operation->kind == OPERATION_MASK ? "hidden" : "made read-only");
    plan_error_place(build->plan, index, error);
    return -EIO;
}

static int check_all_absent(const struct build *build, struct error *error)
{
    const struct mount_journal *journal = &build->mount_journal;
    size_t next = 0;

    for (size_t i = 0; i < build->plan->length; i++) {
        enum operation_kind kind = build->plan->operations[i].kind;
        bool done = next < journal->length && journal->events[next].operation == i;

        next += done;
        if (!done && (kind == OPERATION_MASK || kind == OPERATION_READONLY) &&
            check_absent(build, i, error) < 0)
            return -error->code;
    }
    return 0;
}

static int refuse(struct verification *verification, struct error *error)
{
    const char *text = comparison_text(&verification->comparison, &verification->arena);

    if (!text)
        return error_memory(error);
    error_set(error, EIO, "the kernel's mount table is not what the plan asks for: %s", text);
    error_hint(error,
               verification->expectation.is_addition
                   ? "nothing was added: see what else changes the container's mounts"
                   : "nothing was started: see what else changes the container's mounts, hooks for example");
    return -EIO;
}

int verify_build(struct verification *verification, const struct build *build, int table_fd,
                 struct error *error)
{
    struct arena *arena = &verification->arena;
    int status = expectation_from_plan(&verification->expectation, build->plan, build, error);

    if (status == 0)
        status = mountinfo_read_text(table_fd, &verification->text, error);
    if (status == 0)
        status = mountinfo_parse_copy(verification->text, arena, &verification->table, error);
    if (status == 0)
        status = compare_mounts(&verification->expectation, &verification->table, build->root_fd, arena,
                                &verification->comparison, error);
    if (status == 0 && verification->comparison.length > 0)
        return refuse(verification, error);
    return status == 0 ? check_all_absent(build, error) : status;
}

int verify_read_table(int proc_fd, struct arena *arena, struct mount_table *ret_table, struct error *error)
{
    CLEANUP_FD int fd = -1;
    int status = procfs_open_thread_file(proc_fd, "mountinfo", O_RDONLY, &fd, error);

    return status == 0 ? mountinfo_read(fd, arena, ret_table, error) : status;
}

int verify_build_in(struct verification *verification, const struct build *build, int proc_fd,
                    struct error *error)
{
    CLEANUP_FD int fd = -1;
    int status = procfs_open_thread_file(proc_fd, "mountinfo", O_RDONLY, &fd, error);

    return status == 0 ? verify_build(verification, build, fd, error) : status;
}
