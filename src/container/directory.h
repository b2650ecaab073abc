/* SPDX-License-Identifier: Apache-2.0 */
/* The state root and the directories in it, by descriptors. Private to src/container. */
#ifndef CONTAINER_DIRECTORY_H
#define CONTAINER_DIRECTORY_H

#include "container/state.h"
#include <dirent.h>
#include <sys/stat.h>

/* A name that no ID can be: a directory that is being made or removed. */
#define UNFINISHED_NAME "~unfinished"

/* EPERM if somebody else than root and the caller owns it, or could have written to it. what names it. */
int state_check_owner(const struct stat *status, const char *what, struct error *error) MUST_USE;

/* A start time that no process has. */
#define START_TIME_NONE UINT64_MAX

/* Opens the state root, checked. ENOENT: there is none. */
int state_open_root(const char *root, int *ret_directory, struct error *error) MUST_USE;

/* The same, having made it and its parents, mode 0711. */
int state_make_root(const char *root, int *ret_directory, struct error *error) MUST_USE;

/* Locks an open file or directory, flock(2), waiting ten seconds at most: EBUSY. what names it. */
int state_lock(int fd, const char *what, struct error *error) MUST_USE;

/* Locks a container that was unlocked. ENOENT: it has been deleted meanwhile, whether or not another one has its ID. */
int container_lock_again(struct container *container, struct error *error) MUST_USE;

/* Whether another command holds the container's lock. */
bool container_is_locked(const struct container *container);

/* Opens the directory for reading its entries. */
int directory_list(int directory, DIR **ret_stream, struct error *error) MUST_USE;
void directory_close(DIR **stream);

#define CLEANUP_DIRECTORY CLEANUP(directory_close)

/* Removes the directory of that name with the files in it. One that isn't there is no error. */
int state_remove_directory(int root, const char *name, struct error *error) MUST_USE;

/* Removes what a command that was killed left unfinished in the state root. */
int state_remove_unfinished(const char *root, struct error *error) MUST_USE;

/* A file of a container's directory: written whole or not at all (mode 0600), read only if nobody else can have written
 * it. The caller frees *ret_text. ENOENT: there is none of that name. */
int state_write_file(int directory, const char *name, const char *text, size_t length,
                     struct error *error) MUST_USE;
int state_read_file(int directory, const char *name, char **ret_text, size_t *ret_length,
                    struct error *error) MUST_USE;

/* Fills container->state from the file state.json. */
int container_read_state(struct container *container, const char *id, struct error *error) MUST_USE;

/* The state as the text of state.json, which the caller frees, and back: id is what the state must be about. On failure
 * *state is cleared. */
int state_to_text(const struct state *state, char **ret_text, struct error *error) MUST_USE;
int state_from_text(struct state *state, const char *id, const char *text, size_t length,
                    struct error *error) MUST_USE;

void state_clear(struct state *state);

#endif
