/* SPDX-License-Identifier: Apache-2.0 */
#include "process/context_helper.h"
#include "base/helper.h"

#include <sched.h>

static int open_contexts(void *argument, struct error *error)
{
    if (unshare(CLONE_NEWNS) < 0)
        return error_call(error, errno, "unshare", "cannot make a mount namespace in the user namespace");
    return build_prepare_filesystems(argument, ~0u, error);
}

int context_helper_run(struct build *build, struct error *error)
{
    return helper_run(open_contexts, build, error);
}
