/* SPDX-License-Identifier: Apache-2.0 */
/* Signals for a container's processes. Private to src/container. */
#ifndef CONTAINER_END_H
#define CONTAINER_END_H

#include "container/state.h"

/* Sends a signal to the first process, which is verified. ESRCH: "container not running". */
int container_signal_process(const struct container *container, int number, struct error *error) MUST_USE;

/* Kills the first process and waits until it has ended, ten seconds at most: EBUSY. */
int container_end_process(const struct container *container, struct error *error) MUST_USE;

#endif
