/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hf_build() on a thread of its own: with unshare(CLONE_FS) its root, working directory and umask are its
 * own, and a mount namespace is a thread's anyway (setns(2)), so the process never changes and nothing has to
 * be forked.
 */
#include "mount/build.h"
#include "base/fd.h"
#include "kernel/procfs.h"
#include "library/edge.h"
#include "mount/namespace.h"
#include "mount/seed.h"
#include "verify/verify.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

struct work {
    const struct plan *plan;
    struct hf_build_options options;
    struct build build;
    struct mount_namespace mount_namespace;
    int proc_fd; /* the host's: to read the mount table with */
    struct error error;
    int status;
};

static int prepare(struct work *work, struct error *error)
{
    int status = mount_namespace_check_kernel(error);

    if (status < 0)
        return status;
    if (unshare(CLONE_FS) < 0)
        return error_call(error, errno, "unshare", "cannot take a working directory of the thread's own");
    umask(0);
    status = build_init(&work->build, work->plan, work->plan->config->bundle, error);
    if (status < 0)
        return status;
    if (work->options.has_console) {
        work->build.console_fd = fcntl(work->options.console_fd, F_DUPFD_CLOEXEC, 3);
        if (work->build.console_fd < 0)
            return error_call(error, errno, "fcntl", "cannot use the console's descriptor");
    }
    status = procfs_open(&work->proc_fd, error);
    return status == 0 ? build_prepare_host(&work->build, error) : status;
}

static int attach(struct work *work, struct error *error)
{
    CLEANUP_VERIFICATION struct verification verification = {0};
    int status = build_prepare_filesystems(&work->build, error);

    if (status == 0)
        status = build_attach(&work->build, error);
    return status == 0 ? verify_build_in(&verification, &work->build, work->proc_fd, error) : status;
}

static void *run(void *argument)
{
    struct work *work = argument;
    bool from_seed = seed_is_usable();

    work->status = prepare(work, &work->error);
    if (work->status == 0)
        work->status = from_seed ? seed_begin(&work->mount_namespace, &work->error)
                                 : mount_namespace_begin_copy(&work->mount_namespace, &work->error);
    if (work->status < 0)
        return NULL;
    work->build.is_copy = work->mount_namespace.is_copy;
    work->build.outside = &work->mount_namespace;
    work->status = attach(work, &work->error);
    if (work->status < 0)
        build_undo(&work->build, true);
    return NULL;
}

static int run_on_thread(struct work *work, struct error *error)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all;
    int code = pthread_attr_init(&attributes);

    if (code != 0)
        return error_call(error, code, "pthread_attr_init", "cannot start a thread");
    sigfillset(&all);
    /* A signal of the process has to be handled by one of its own threads. */
    code = pthread_attr_setsigmask_np(&attributes, &all);
    if (code == 0)
        code = pthread_create(&thread, &attributes, run, work);
    pthread_attr_destroy(&attributes);
    if (code == 0)
        code = pthread_join(thread, NULL);
    return code != 0 ? error_call(error, code, "pthread_create", "cannot start a thread") : 0;
}

static void finish(struct work *work)
{
    build_clear(&work->build);
    fd_close(&work->proc_fd);
    mount_namespace_clear(&work->mount_namespace);
    error_clear(&work->error);
}

int hf_build(const hf_plan *plan, const struct hf_build_options *options, int *ret_namespace_fd,
             hf_error **ret_error)
{
    CLEANUP(finish)
    struct work work = {
        .plan = &plan->plan,
        .build = BUILD_NONE,
        .mount_namespace = MOUNT_NAMESPACE_NONE,
        .proc_fd = -1,
    };

    if (edge_copy_options(options, &work.options, sizeof(work.options), &work.error) < 0 ||
        run_on_thread(&work, &work.error) < 0 || work.status < 0)
        return edge_fail(&work.error, ret_error);
    if (work.options.ret_console_fd)
        *work.options.ret_console_fd = fd_take(&work.build.console_master);
    *ret_namespace_fd = fd_take(&work.mount_namespace.inside_fd);
    return 0;
}
