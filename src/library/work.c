/* SPDX-License-Identifier: Apache-2.0 */
#include "library/work.h"
#include "base/fd.h"
#include "kernel/procfs.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct thread {
    struct work *work;
    int (*function)(struct work *work, struct error *error);
    struct error *error;
    int status;
};

void work_clear(struct work *work)
{
    build_clear(&work->build);
    fd_close(&work->proc_fd);
    fd_close(&work->descriptors_fd);
    mount_namespace_clear(&work->mount_namespace);
    free(work->record);
}

/* Here, where a SIGPIPE of the status descriptor ends with the thread. */
static void *run(void *argument)
{
    struct thread *thread = argument;

    thread->status = thread->function(thread->work, thread->error);
    if (thread->status < 0)
        follower_failed(&thread->work->follower, thread->error);
    return NULL;
}

int work_run(struct work *work, int (*function)(struct work *work, struct error *error), struct error *error)
{
    struct thread thread = {work, function, error, 0};
    pthread_attr_t attributes;
    pthread_t id;
    sigset_t all;
    int code = pthread_attr_init(&attributes);

    if (code != 0)
        return error_call(error, code, "pthread_attr_init", "cannot start a thread");
    sigfillset(&all);
    /* A signal of the process has to be handled by one of its own threads. */
    code = pthread_attr_setsigmask_np(&attributes, &all);
    if (code == 0)
        code = pthread_create(&id, &attributes, run, &thread);
    pthread_attr_destroy(&attributes);
    if (code == 0)
        code = pthread_join(id, NULL);
    return code != 0 ? error_call(error, code, "pthread_create", "cannot start a thread") : thread.status;
}

int work_prepare(struct work *work, struct error *error)
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
    if (work->has_console) {
        work->build.console_fd = fcntl(work->console_fd, F_DUPFD_CLOEXEC, 3);
        if (work->build.console_fd < 0)
            return error_call(error, errno, "fcntl", "cannot use the console's descriptor");
    }
    status = procfs_open(&work->proc_fd, error);
    if (status < 0)
        return status;
    work->descriptors_fd = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (work->descriptors_fd < 0)
        return error_call(error, errno, "open", "cannot open /proc/self/fd");
    return build_prepare_host(&work->build, error);
}

/* A procfs is told its pid namespace, which no thread can enter; in the others this one is. */
static int use_namespace(struct work *work, size_t index, struct error *error)
{
    const int joined = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    int fd = work->namespaces[index];
    int kind = ioctl(fd, NS_GET_NSTYPE);

    if (kind < 0)
        return error_call(error, errno == ENOTTY ? EINVAL : errno, "ioctl(NS_GET_NSTYPE)",
                          "namespaces[%zu] is no descriptor of a namespace", index);
    if (kind == CLONE_NEWPID) {
        work->build.pid_namespace_fd = fd;
        return 0;
    }
    if (!(kind & joined)) {
        error_set(error, EINVAL, "namespaces[%zu] is of a kind that no file system belongs to that way",
                  index);
        error_hint(
            error,
            "give pid, net, ipc, uts and cgroup namespaces; in a user namespace the caller has to be itself");
        return -EINVAL;
    }
    return setns(fd, kind) < 0 ? error_call(error, errno, "setns", "cannot enter namespaces[%zu]", index) : 0;
}

int work_open_filesystems(struct work *work, struct error *error)
{
    int status = 0;

    for (size_t i = 0; i < work->namespaces_length && status == 0; i++)
        status = use_namespace(work, i, error);
    return status == 0 ? build_prepare_filesystems(&work->build, ~0u, error) : status;
}
