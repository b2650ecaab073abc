/* SPDX-License-Identifier: Apache-2.0 */
/* What a start could leave on the machine, as a sorted list of lines that can be compared. */
#ifndef LEFTOVERS_H
#define LEFTOVERS_H

#include <stdio.h>
#include <sys/types.h>

struct listing {
    char **lines;
    size_t count, capacity;
};

void listing_clear(struct listing *listing);

/*
 * The mounts of this mount namespace and, if there is a seed, those of the process that stands in it (0: none); everything
 * below the directories, with types, modes and owners; the network devices; the cgroups beside and below this process's
 * own. Lines with one of the texts are left out. Ends the program if that can't be read.
 */
void leftovers_list(const char *const *directories, pid_t in_seed, const char *const *leave_out,
                    struct listing *listing);

/* A process in the mount namespace that the file pins, which keeps nothing else; 0 if the file pins none. */
pid_t leftovers_enter_seed(const char *path);

/* Writes what only one of them has, with - for before and + for after, but not what is in allowed (may be NULL) as well. How
 * many lines it has written. */
size_t leftovers_compare(const struct listing *before, const struct listing *after,
                         const struct listing *allowed, FILE *out);

/* Removes the files and directories that only the second has, newest last: what a successful start makes in a root. */
void leftovers_remove(const struct listing *before, const struct listing *after);

#endif
