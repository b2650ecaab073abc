/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command's own binary, out of the reach of containers. A process of holdfast that becomes or joins a
 * container's shows the container the binary that it runs, as /proc/PID/exe, and an image may even have it executed
 * ("#!/proc/self/exe"). Who opens that link for writing once nobody executes the binary any more changes the
 * host's binary, which root runs next time (CVE-2019-5736). So the command executes itself once more from something
 * that can't be written:
 *
 *     a clone of its mount, read-only and attached nowhere: no mount call reaches it any more, whoever makes it
 *     a copy in sealed memory (memfd_create(2)), where the privilege to clone is missing
 *
 * On x86-64 entry.c does it before the C library starts, for the commands that its enters_container()
 * names: they have to be those with `.protects_executable` (cli.h).
 *
 * This is about the link alone. A container that may write the file system below by other means, its block device
 * say, needs no link; and one with CAP_DAC_READ_SEARCH of the host may read that file system through any mount of it
 * (open_by_handle_at(2)), through the clone as well as through its own root.
 */
#ifndef PROCESS_OWN_EXECUTABLE_H
#define PROCESS_OWN_EXECUTABLE_H

#include "base/error.h"
#include <stdbool.h>

/* Returns 0 when the running binary is protected already, and doesn't return when it has become so: main() begins
 * again, with these arguments (argv, with the command's name and the NULL) and the same environment. Called before
 * anything is opened or changed. */
int own_executable_protect(char **arguments, struct error *error) MUST_USE;

/* Whether it is. /proc/self/exe itself is asked: there is no mark that somebody else could set. */
int own_executable_is_protected(bool *ret_protected, struct error *error) MUST_USE;

/* The two protected forms of the running binary, to be executed: descriptors, or -errno. */
int own_executable_clone(struct error *error) MUST_USE;
int own_executable_copy(struct error *error) MUST_USE;

#endif
