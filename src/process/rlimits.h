/* SPDX-License-Identifier: Apache-2.0 */
/* The resource limits of the container's program (getrlimit(2), OCI config.md "process.rlimits"). */
#ifndef PROCESS_RLIMITS_H
#define PROCESS_RLIMITS_H

#include "config/config.h"

/* Sets the limits of this process. Before user_switch(), which may take the right to raise them. */
int rlimits_apply(const struct config_process *process, struct error *error) MUST_USE;

#endif
