/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts for a container that runs: the plan of its configuration, but in three helpers.
 *
 *   host side:                  build_prepare_host(); with a user namespace mount_lock() of what came out of it
 *   in the container's other namespaces: build_prepare_filesystems()
 *   in its mount namespace:     build_attach(), the kernel's table is compared; or everything is undone
 */
#include "base/fd.h"
#include "base/helper.h"
#include "container/mount_lock.h"
#include "container/mount_space.h"
#include "kernel/procfs.h"
#include "mount/addition.h"
#include "mount/machine.h"
#include "verify/verify.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHOWN_NAMESPACES (CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWCGROUP | CLONE_NEWUTS)

struct addition {
    const struct mount_space *space;
    struct plan *plan;
    struct build *build;
    struct mount_namespace outside;
    struct arena arena; /* of the mappings */
    struct id_mappings uid_mappings, gid_mappings;
    int user_namespace_fd;
    int proc_fd; /* the host's: for the table where mounts are taken back */
};

static void addition_clear(struct addition *addition)
{
    mount_namespace_clear(&addition->outside);
    arena_clear(&addition->arena);
    fd_close(&addition->user_namespace_fd);
    fd_close(&addition->proc_fd);
}

/* What is made in the image belongs to the container's root, as at its creation. */
static int find_owner(struct addition *addition, struct error *error)
{
    const struct mount_space *space = addition->space;
    struct build *build = addition->build;
    int status;

    if (!space->own_user_namespace)
        return 0;
    status = id_mappings_read(space->process_fd, "uid_map", &addition->arena, &addition->uid_mappings, error);
    if (status == 0)
        status =
            id_mappings_read(space->process_fd, "gid_map", &addition->arena, &addition->gid_mappings, error);
    if (status < 0)
        return status;
    if (!id_mappings_to_host(&addition->uid_mappings, 0, &build->owner_uid) ||
        !id_mappings_to_host(&addition->gid_mappings, 0, &build->owner_gid))
        return error_set(error, EINVAL, "the container's user namespace maps no root");
    addition->user_namespace_fd = openat(space->process_fd, "ns/user", O_RDONLY | O_CLOEXEC);
    if (addition->user_namespace_fd < 0)
        return error_call(error, errno, "open", "cannot open the container's user namespace");
    build->uid_mappings = &addition->uid_mappings;
    build->gid_mappings = &addition->gid_mappings;
    build->user_namespace_fd = addition->user_namespace_fd;
    return 0;
}

static int lock_trees(const struct addition *addition, struct error *error)
{
    int status = 0;

    for (size_t i = 0; i < addition->plan->length && status == 0; i++) {
        struct slot *slot = &addition->build->slots[i];

        if (addition->plan->operations[i].kind == OPERATION_BIND && slot->fd >= 0 && !slot->symlink)
            status = mount_lock(addition->space->pidfd, slot->directory, &slot->fd, error);
    }
    return status;
}

static int prepare_host(struct addition *addition, struct error *error)
{
    struct build *build = addition->build;
    int status = mount_namespace_open_outside(&addition->outside, error);

    if (status == 0)
        status = procfs_open(&addition->proc_fd, error);
    if (status == 0)
        status = find_owner(addition, error);
    if (status == 0)
        status = build_prepare_host(build, error);
    if (status == 0 && addition->space->own_user_namespace)
        status = lock_trees(addition, error);
    if (status < 0)
        return status;
    build->outside = &addition->outside;
    build->root_fd = fcntl(addition->space->root_fd, F_DUPFD_CLOEXEC, 3);
    return build->root_fd < 0 ? error_call(error, errno, "fcntl", "cannot keep the root's descriptor") : 0;
}

/* New file systems belong to the container's root. The system calls themselves: the library's functions would change
 * the caller, too, whose memory the helper shares. */
static int become_container_root(struct error *error)
{
    if (syscall(SYS_setresgid, 0, 0, 0) == 0 && syscall(SYS_setresuid, 0, 0, 0) == 0)
        return unshare(CLONE_NEWNS) == 0 ? 0
                                         : error_call(error, errno, "unshare",
                                                      "cannot make a mount namespace in the user namespace");
    return error_call(error, errno, "setresuid", "cannot become the container's root");
}

static int open_contexts(void *argument, struct error *error)
{
    return build_prepare_filesystems(argument, ~0u, error);
}

/* A pid namespace is joined by the children only, and it is the opener's own that a new proc shows. */
static int join_and_open(void *argument, struct error *error)
{
    const struct addition *addition = argument;
    bool user = addition->space->own_user_namespace;

    if (setns(addition->space->pidfd, SHOWN_NAMESPACES | (user ? CLONE_NEWUSER : 0)) < 0)
        return error_call(error, errno, "setns", "cannot join the container's namespaces");
    if (user && become_container_root(error) < 0)
        return -error->code;
    return helper_run(open_contexts, addition->build, error);
}

/* The kernel's table, read in the host's procfs. */
static int compare(const struct addition *addition, struct error *error)
{
    CLEANUP_FD int table = openat(addition->space->process_fd, "mountinfo", O_RDONLY | O_CLOEXEC);

    if (table < 0)
        return error_call(error, errno, "openat", "cannot open the container's mount table");
    return verify_addition(addition->build, table, error);
}

static int attach_inside(void *argument, struct error *error)
{
    struct addition *addition = argument;
    int status = mount_space_enter(addition->space, error);

    if (status < 0)
        return status;
    umask(0); /* the helper's own */
    status = build_attach(addition->build, error);
    if (status == 0)
        status = compare(addition, error);
    if (status < 0)
        addition_undo(addition->build, addition->proc_fd, addition->space->descriptors_fd);
    return status;
}

static int add(struct addition *addition, struct error *error)
{
    int status = prepare_host(addition, error);

    if (status == 0)
        status = helper_run(join_and_open, addition, error);
    return status == 0 ? helper_run(attach_inside, addition, error) : status;
}

int container_mounts_add(const struct container_process *process, struct config *config,
                         void (*warn)(const char *message), struct error *error)
{
    CLEANUP_MOUNT_SPACE struct mount_space space = MOUNT_SPACE_NONE;
    CLEANUP_PLAN struct plan plan = {0};
    CLEANUP_BUILD struct build build = BUILD_NONE;
    CLEANUP(addition_clear)
    struct addition addition = {
        &space, &plan, &build, .outside = MOUNT_NAMESPACE_NONE, .user_namespace_fd = -1, .proc_fd = -1};
    int status;

    config->mounts_only = true;
    /* The helpers join the container's namespaces: nobody in there may look into their memory (CVE-2016-9962). */
    if (prctl(PR_SET_DUMPABLE, 0) < 0)
        return error_call(error, errno, "prctl", "cannot protect the process");
    status = mount_space_open(process, &space, error);
    if (status == 0)
        status = plan_for_machine(&plan, config, NULL, 0, error);
    if (status == 0)
        status = addition_prepare_plan(&plan, error);
    if (status == 0)
        status = build_init(&build, &plan, config->bundle, error);
    for (size_t i = 0; i < plan.warnings.length && status == 0 && warn; i++)
        warn(plan.warnings.values[i]);
    return status == 0 ? add(&addition, error) : status;
}
