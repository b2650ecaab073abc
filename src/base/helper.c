/* SPDX-License-Identifier: Apache-2.0 */
#include "base/helper.h"

#include <sched.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_SIZE ((size_t)256 * 1024)

struct helper {
    int (*function)(void *argument, struct error *error);
    void *argument;
    struct error *error;
    int status;
    bool finished; /* where others can see it, as in a container's pid namespace, it may be killed */
};

static int run(void *argument)
{
    struct helper *helper = argument;

    helper->status = helper->function(helper->argument, helper->error);
    helper->finished = true;
    return 0;
}

/* No signal when it ends: a program that embeds the library may have a handler for SIGCHLD. */
static int run_on_stack(struct helper *helper, char *stack, struct error *error)
{
    pid_t pid = clone(run, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_FILES, helper);

    if (pid < 0)
        return error_call(error, errno, "clone", "cannot start a helper process");
    while (waitpid(pid, NULL, __WALL) < 0)
        if (errno != EINTR)
            return error_call(error, errno, "waitpid", "cannot wait for the helper process");
    if (!helper->finished)
        return error_set(error, ECHILD, "the helper process was killed");
    return helper->status;
}

int helper_run(int (*function)(void *argument, struct error *error), void *argument, struct error *error)
{
    struct helper helper = {function, argument, error, 0, false};
    char *stack =
        mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    int status;

    if (stack == MAP_FAILED)
        return error_call(error, errno, "mmap", "cannot allocate a stack");
    status = run_on_stack(&helper, stack, error);
    munmap(stack, STACK_SIZE);
    return status;
}
