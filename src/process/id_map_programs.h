/* SPDX-License-Identifier: Apache-2.0 */
/*
 * newuidmap(1) and newgidmap(1): they give an ordinary user the ranges of /etc/subuid and /etc/subgid. They
 * have to be run from outside of the user namespace that they write the maps of, so they are made ready
 * before it exists.
 */
#ifndef PROCESS_ID_MAP_PROGRAMS_H
#define PROCESS_ID_MAP_PROGRAMS_H

#include "kernel/id_mappings.h"

struct id_map_programs {
    pid_t pid;
    int socket;
};

/* Starts a process that waits for id_map_programs_finish(). */
int id_map_programs_start(struct id_map_programs *ret_programs, const struct id_mappings *uid_mappings,
                          const struct id_mappings *gid_mappings, struct error *error) MUST_USE;

/* Lets it run both programs on the calling process, which is in the new user namespace by now. */
int id_map_programs_finish(struct id_map_programs *programs, struct error *error) MUST_USE;

#endif
