/* SPDX-License-Identifier: Apache-2.0 */
#include "container/creation.h"

int container_create(const struct container_settings *settings, const struct create_options *options,
                     struct error *error)
{
    CLEANUP_CREATION struct creation creation;
    int status = creation_begin(&creation, settings, options, true, false, error);

    if (status == 0)
        status = creation_finish(&creation, error);
    if (status == 0)
        launch_report(&creation.launch);
    return status;
}
