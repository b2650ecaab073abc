/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New file systems for a container with a user namespace of its own. Their contexts have to be opened in that
 * user namespace, but fsopen(2) wants the privilege over the mount namespace it is called in, and that one
 * belongs to the host until the container is built. So a helper process opens them in a copy of its own and
 * is gone again; what it opened stays in the descriptor table that it shares with the first process.
 */
#ifndef PROCESS_CONTEXT_HELPER_H
#define PROCESS_CONTEXT_HELPER_H

#include "mount/build.h"

/* build_prepare_filesystems() in the helper. */
int context_helper_run(struct build *build, struct error *error) MUST_USE;

#endif
