/* SPDX-License-Identifier: Apache-2.0 */
/* Create, start, wait, delete: in one process, so without the way through the state's directory. */
#include "container/creation.h"
#include "container/directory.h"

static int begin(struct creation *creation, const struct container_settings *settings,
                 const struct run_options *options, struct error *error)
{
    int status = creation_begin(creation, settings, &options->create, false, !options->detach, error);

    if (status == 0)
        status = creation_finish(creation, error);
    if (status < 0)
        return status;
    status = launch_go(&creation->launch, error);
    if (status < 0)
        creation_undo(creation);
    return status;
}

/* While the program ran, the container was free for other commands: it may have been deleted, and another one have its ID. */
static int remove_if_there(struct creation *creation, struct error *error)
{
    int status = container_lock_again(&creation->container, error);

    if (status == 0)
        return container_destroy(creation->settings, &creation->container, &creation->config, error);
    if (status == -ENOENT) {
        error_clear(error);
        return 0;
    }
    return status;
}

/* The program's own error stays; what is left over shows in `list`. */
static int end_and_remove(struct creation *creation, int status, struct error *error)
{
    CLEANUP_ERROR struct error later = {0};
    int result;

    launch_release(&creation->launch);
    result = remove_if_there(creation, status < 0 ? &later : error);
    return status < 0 ? status : result;
}

static int wait_for_end(struct creation *creation, bool keep, int *ret_status, struct error *error)
{
    int status;

    container_unlock(&creation->container);
    status = launch_supervise(&creation->launch, ret_status, error);
    return keep && status == 0 ? 0 : end_and_remove(creation, status, error);
}

int container_run(const struct container_settings *settings, const struct run_options *options,
                  int *ret_status, struct error *error)
{
    CLEANUP_CREATION struct creation creation;
    int status = begin(&creation, settings, options, error);

    if (status < 0)
        return status;
    status = container_run_poststart_hooks(settings, &creation.container, &creation.config, error);
    if (status < 0)
        return status;
    *ret_status = 0;
    return options->detach ? 0 : wait_for_end(&creation, options->keep, ret_status, error);
}
