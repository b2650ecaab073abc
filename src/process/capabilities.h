/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capabilities of the container's program (capabilities(7), OCI config.md "process.capabilities").
 *
 *     capabilities_limit_bounding()    while the process still has CAP_SETPCAP
 *     user_switch()                    keeps the permitted set
 *     capabilities_apply()
 *
 * Where the configuration has none (given is false) both leave everything as it is: a program that runs as
 * user 0 keeps what this process has, for any other user the kernel empties the sets at execve(2). runc 1.1
 * and crun 1.8 take an absent process.capabilities for five empty sets instead, so a reader of OCI
 * configurations has to set given.
 */
#ifndef PROCESS_CAPABILITIES_H
#define PROCESS_CAPABILITIES_H

#include "config/config.h"

/* "CAP_CHOWN" for 0; "CAPABILITY 63" for a bit without a name. Thread-local memory, until the next call. */
const char *capability_name(unsigned int bit);

/* Drops from the bounding set all that the configuration's doesn't have. Needs CAP_SETPCAP if there is
 * something to drop. */
int capabilities_limit_bounding(const struct config_capabilities *capabilities, struct error *error) MUST_USE;

/* Sets permitted, effective and inheritable, then ambient. A capability that this process can't be given, for
 * any of the sets, is left out of that set and is a bit in *ret_refused: OCI config.md wants a warning, not
 * an error. The bounding set counts as well: what it lost earlier can't come back. */
int capabilities_apply(const struct config_capabilities *capabilities, uint64_t *ret_refused,
                       struct error *error) MUST_USE;

#endif
