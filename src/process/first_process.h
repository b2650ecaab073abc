/* SPDX-License-Identifier: Apache-2.0 */
/* The container's first process, from its birth to the root that was built for it. */
#ifndef PROCESS_FIRST_PROCESS_H
#define PROCESS_FIRST_PROCESS_H

#include "process/launch.h"

/* Does all of it, and becomes the program; returns only on failure, which the launcher has been told by then. The
 * launch is the process's own copy. */
void first_process_run(struct launch *launch);

#endif
