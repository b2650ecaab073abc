/* SPDX-License-Identifier: Apache-2.0 */
#include "process/context_helper.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_SIZE ((size_t)256 * 1024)

struct context_helper {
    struct build *build;
    struct error *error;
    int status;
};

/* Shares memory with the first process, which is suspended meanwhile (CLONE_VFORK). */
static int run(void *argument)
{
    struct context_helper *helper = argument;

    if (unshare(CLONE_NEWNS) < 0)
        helper->status = error_call(helper->error, errno, "unshare",
                                    "cannot make a mount namespace in the user namespace");
    else
        helper->status = build_prepare_filesystems(helper->build, helper->error);
    return 0;
}

int context_helper_run(struct build *build, struct error *error)
{
    struct context_helper helper = {build, error, -ECHILD};
    char *stack =
        mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    int status = 0;
    pid_t pid;

    if (stack == MAP_FAILED)
        return error_call(error, errno, "mmap", "cannot allocate a stack");
    pid = clone(run, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, &helper);
    if (pid < 0)
        status = error_call(error, errno, "clone", "cannot start a helper in the user namespace");
    else if (waitpid(pid, NULL, 0) < 0)
        status = error_call(error, errno, "waitpid", "cannot wait for the helper");
    munmap(stack, STACK_SIZE);
    return status < 0 ? status : helper.status;
}
