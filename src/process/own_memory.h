/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command's own memory and descriptors, out of the reach of containers (CVE-2016-9962). A container that sees the
 * host's processes, and whose root is the host's, owns the user namespaces that root makes, whatever capabilities it
 * has (user_namespaces(7)): so it may look into processes in them, as the first one of a new container is, and the ones
 * that hold a mapping of ids. The kernel keeps everybody without CAP_SYS_PTRACE out of a process that is not
 * "dumpable" (ptrace(2), "access mode checking"), and children inherit that until they execute another program.
 */
#ifndef PROCESS_OWN_MEMORY_H
#define PROCESS_OWN_MEMORY_H

#include "base/error.h"

/* From before there is any process but this one. Who lacks CAP_SYS_PTRACE stays as it is, for it would lock itself out
 * of its children, whose maps of ids it has to write: the first process protects itself when it has them. */
int own_memory_protect(struct error *error) MUST_USE;

#endif
