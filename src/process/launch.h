/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts a container and stays with it: the launcher among the host's mounts, the container's first process
 * in its own namespaces.
 *
 *     launcher                                          first process
 *     build_prepare_host: sources as detached trees
 *     seed_begin: into the seed
 *     clone3(the container's other namespaces) ───────▶ waits
 *     uid_map, gid_map ──────────────────── MAPPED ───▶ becomes the container's root
 *                      ◀─────────────────── CONTEXTS ── build_prepare_filesystems, in its namespaces
 *     build_attach: with the host's credentials
 *     mount_namespace_leave ─────────────── BUILT ────▶ takes its own copy of the mounts, if it has a user
 *                                                       namespace: so all of them are locked for it
 *                                                       hostname, terminal, limits, ids, capabilities, seccomp
 *                      ◀─────────────────────── READY ── everything is done
 *                      ◀─────── end of file, or an error ── execve
 *     supervise
 */
#ifndef PROCESS_LAUNCH_H
#define PROCESS_LAUNCH_H

#include "config/config.h"
#include "mount/build.h"
#include <signal.h>

#define MESSAGE_MAPPED 'M'
#define MESSAGE_CONTEXTS 'C' /* descriptors for the plan's new file systems, in the plan's order */
#define MESSAGE_READY 'R'    /* all is done but the last filter and execve */
#define MESSAGE_BUILT 'B'    /* the root's descriptor and, with a console, the terminal's */

struct launch_options {
    bool no_new_keyring;
    bool end_with_launcher; /* the program is killed when holdfast ends */
    bool own_init; /* the program is not process 1: a process of ours passes signals on to it, and reaps */
    void (*warn)(const char *message);
};

/* Runs the container in the foreground until its program ends; *ret_status is the program's exit status, or
 * 128 and the number of the signal that ended it. A start that fails leaves nothing behind. */
int launch_run(const struct config *config, const struct launch_options *options, int *ret_status,
               struct error *error) MUST_USE;

#endif
