/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of the container's program (OCI config.md "process.env"). */
#ifndef PROCESS_ENVIRONMENT_H
#define PROCESS_ENVIRONMENT_H

#include "config/config.h"

/* The value of a variable in a list of NAME=VALUE, where the last one counts; NULL if it isn't there. */
const char *environment_value(const struct strings *env, const char *name) MUST_USE;

/* Whether the configuration leaves HOME open (absent, or empty, as for runc), so that it is to be looked up.
 */
bool environment_needs_home(const struct strings *env) MUST_USE;

/* The home directory of the user in the container's /etc/passwd; "/" where it has none or there is no such
 * file that can be opened, as for runc. root_fd is the container's root, and nothing outside it is read. The
 * text belongs to the arena. EINVAL if /etc/passwd isn't a regular file, EFBIG if it is absurdly large.
 * Before user_switch(), for the file need not be readable for everybody. */
int environment_home(int root_fd, uint32_t uid, struct arena *arena, const char **ret_home,
                     struct error *error) MUST_USE;

/* Tells the program of its sockets: a copy of env with LISTEN_FDS, and LISTEN_PID with the pid that the program has for
 * itself (sd_listen_fds(3)). It belongs to the arena. */
int environment_add_listen(const struct strings *env, unsigned count, struct arena *arena,
                           struct strings *ret_env, struct error *error) MUST_USE;

/* What execve(2) takes: the variables, of several with one name only the last, and HOME=home if env leaves it
 * open and home isn't NULL. EINVAL for an entry that isn't NAME=VALUE. The list belongs to the arena, the
 * entries to env. */
int environment_build(const struct strings *env, const char *home, struct arena *arena,
                      const char *const **ret_environment, struct error *error) MUST_USE;

#endif
