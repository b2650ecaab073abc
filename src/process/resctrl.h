/* SPDX-License-Identifier: Apache-2.0 */
/* The directories and files of the file system resctrl (the kernel's Documentation/filesystems/resctrl.rst). */
#ifndef PROCESS_RESCTRL_H
#define PROCESS_RESCTRL_H

#include "base/error.h"

/* The directory of a class with its groups for monitoring. */
#define RESCTRL_GROUPS "mon_groups"

/* Opens where it is mounted; an error if it isn't. */
int resctrl_open(const char *mount, int *ret_fd, struct error *error) MUST_USE;

/* Whether a class or group may have that name. */
int resctrl_check_name(const char *name, struct error *error) MUST_USE;

/* A directory's descriptor, or -errno; links are not followed. */
int resctrl_open_directory(int parent_fd, const char *name) MUST_USE;

/* A whole file, which the caller frees, and what is written in one go. 0 or -errno. */
int resctrl_read(int directory_fd, const char *name, char **ret_text) MUST_USE;
int resctrl_write(int directory_fd, const char *name, const char *text) MUST_USE;

/* Adds what the kernel says of the last thing that it refused, which stands in a file there. */
void resctrl_explain(int mount_fd, struct error *error);

#endif
