/* SPDX-License-Identifier: Apache-2.0 */
/* Where a cgroup is, as text: nothing here makes a system call. Results are the arena's. */
#ifndef CGROUP_PATH_H
#define CGROUP_PATH_H

#include "base/arena.h"
#include "base/error.h"

/* A base ("/", "/a") and a path below it, with "." and ".." taken out as in a path that begins there: ".." can't leave
 * the base. "/" stands for the base "/" itself. NULL when memory is short. */
const char *cgroup_path_join(struct arena *arena, const char *base, const char *path);

/* The directory above; "/" for "/". NULL when memory is short. */
const char *cgroup_path_parent(struct arena *arena, const char *path);

/* The three parts of linux.cgroupsPath with systemd, "slice:prefix:name". EINVAL: it has another form. */
struct cgroup_unit {
    const char *slice; /* "" if none is named */
    const char *name;  /* "prefix-name.scope"; "name" if that ends in ".slice" */
};

int cgroup_unit_parse(struct arena *arena, const char *text, struct cgroup_unit *ret_unit,
                      struct error *error) MUST_USE;

/* The path of a slice: "/a.slice/a-b.slice" for "a-b.slice", "/" for "-.slice" (systemd.slice(5)). EINVAL: no slice's
 * name. */
int cgroup_slice_path(struct arena *arena, const char *slice, const char **ret_path,
                      struct error *error) MUST_USE;

/* Where systemd has its slices, from the cgroup of process 1: that without "/init.scope" at its end. */
const char *cgroup_system_base(struct arena *arena, const char *path_of_init);

/* The same for the user's own manager, from the cgroup of one of the user's processes:
 * "/user.slice/user-1000.slice/user@1000.service". NULL: it is not in a session, or memory is short. */
const char *cgroup_user_base(struct arena *arena, const char *own_path);

#endif
