/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that cgroup_make(), cgroup_enter() and cgroup_remove() are made of. */
#ifndef CGROUP_DIRECTORIES_H
#define CGROUP_DIRECTORIES_H

#include "cgroup/settings.h"
#include <dirent.h>
#include <time.h>

/* Makes a place's directories, and notes in it what it made. On version 2 the controllers are handed down to it, on version
 * 1 the cpuset. What was made stays on failure: see cgroup_place_remove(). */
int cgroup_place_make(struct cgroup *cgroup, struct cgroup_place *place,
                      const struct cgroup_settings *settings, struct error *error) MUST_USE;

/* Makes all places; those that must not be made are left out, or an error (cgroup_options.may_go_without). */
int cgroup_make_places(struct cgroup *cgroup, const struct cgroup_settings *settings,
                       struct error *error) MUST_USE;

/* The limits and the rules for devices. */
int cgroup_apply(const struct cgroup *cgroup, const struct config *config,
                 const struct cgroup_settings *settings, struct error *error) MUST_USE;

/* Takes a place out of the cgroup, after removing what was made of it. */
void cgroup_drop_place(struct cgroup *cgroup, size_t index);

/* Whether the error is one that cgroup_options.may_go_without forgives. */
bool cgroup_is_denied(const struct cgroup *cgroup, const struct cgroup_settings *settings, int status);

/* Removes the directory with what is below it, and then those above up to made_from if they are empty. What lives in it
 * is killed, again and again until the deadline. EBUSY: something is left. */
int cgroup_place_remove(const struct cgroup_place *place, const struct timespec *deadline,
                        struct error *error) MUST_USE;

/* Puts "file:line" in front of an error whose place is a path in the configuration. */
void cgroup_error_place(const struct config *config, struct error *error);

/* Hands the directory's controllers down to those below it: what settings need, which must be there, and, unless it holds
 * processes, all others that it has. path is for messages. */
int cgroup_enable_controllers(int directory_fd, const char *path, const struct cgroup_settings *settings,
                              struct error *error) MUST_USE;

/* Makes a new cgroup below one with threads fit for processes, or says why it can't hold the settings' controllers. */
int cgroup_check_type(int directory_fd, const char *path, const struct cgroup_settings *settings,
                      struct error *error) MUST_USE;

/* Hands the directory to owner_uid: see cgroup_enter(). */
int cgroup_delegate(const struct cgroup *cgroup, const struct config *config, uid_t owner_uid,
                    struct error *error) MUST_USE;

#endif
