/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a cgroup, below the descriptor of its directory. */
#ifndef CGROUP_FILES_H
#define CGROUP_FILES_H

#include "cgroup/cgroup.h"
#include <stdint.h>

/* The directory of a place (O_PATH is not set: it can be listed); -errno, ENOENT if it is not there, with error filled.
 * Found with openat2(RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS) below the hierarchy's mount. */
int cgroup_open_place(const struct cgroup_place *place, struct error *error) MUST_USE;

/* A directory below another one, found likewise; path may begin with "/". -ENOENT without an error set. */
int cgroup_open_below(int directory_fd, const char *path, struct error *error) MUST_USE;

/* The directory that a hierarchy is mounted on. */
int cgroup_open_mount(const struct cgroup_place *place, struct error *error) MUST_USE;

/* Is the word among those of the list, which has separators between them? */
bool cgroup_has_word(const char *list, const char *separators, const char *word);

/* The place of a controller ("memory"; "" for the unified hierarchy), or NULL. */
const struct cgroup_place *cgroup_find_place(const struct cgroup *cgroup, const char *controller);

/* Writes a value; names file, value and errno on failure. */
int cgroup_write(int directory_fd, const char *file, const char *value, struct error *error) MUST_USE;

/* The text of a file, in the arena, without the newline at its end; -ENOENT without an error set if it isn't there. */
int cgroup_read(int directory_fd, const char *file, struct arena *arena, const char **ret_text,
                struct error *error) MUST_USE;

/* A file that holds one number; "max" is UINT64_MAX. */
int cgroup_read_number(int directory_fd, const char *file, uint64_t *ret_number,
                       struct error *error) MUST_USE;

#endif
