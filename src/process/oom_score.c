/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/PID/oom_score_adj (proc(5)). */
#include "kernel/procfs.h"
#include "process/attributes.h"

#include <inttypes.h>
#include <stdio.h>

int process_set_oom_score(const struct config *config, int process_fd, bool is_rootless, struct error *error)
{
    const struct config_number *wanted = &config->process.oom_score_adjustment;
    CLEANUP_ERROR struct error failure = {0};
    char text[32];

    if (!wanted->given)
        return 0;
    snprintf(text, sizeof(text), "%" PRId64, wanted->value);
    if (procfs_write_file(process_fd, "oom_score_adj", text, &failure) == 0)
        return 0;
    if (is_rootless && (failure.code == EACCES || failure.code == EPERM))
        return 0;
    if (failure.code == EACCES)
        error_hint(&failure, "lowering it needs CAP_SYS_RESOURCE on the host");
    else if (failure.code == EINVAL)
        error_hint(&failure, "it is from -1000 to 1000");
    config_error_place(config, &failure, "process.oomScoreAdj");
    *error = failure;
    failure = (struct error){0};
    return -error->code;
}
