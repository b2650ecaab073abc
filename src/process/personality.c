/* SPDX-License-Identifier: Apache-2.0 */
/* personality(2). */
#include "process/attributes.h"

#include <sys/personality.h>

/* The value that only asks for the present one. */
#define QUERY 0xffffffffUL

int process_set_personality(const struct config *config, struct error *error)
{
    if (!config->has_personality)
        return 0;
    if (config->personality >= QUERY)
        error_set(error, EINVAL, "0x%lx is no personality", config->personality);
    else if (personality(config->personality) < 0)
        error_call(error, errno, "personality", "cannot set the personality 0x%lx", config->personality);
    else
        return 0;
    config_error_place(config, error, "linux.personality");
    return -error->code;
}
