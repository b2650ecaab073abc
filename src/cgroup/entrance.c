/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/entrance.h"
#include "base/fd.h"
#include "cgroup/directories.h"
#include "cgroup/files.h"

#include <fcntl.h>
#include <unistd.h>

/* The mount of a place is the machine's, and what is below it is found without links (cgroup_open_place()). */
static int open_tasks(const struct cgroup_place *place)
{
    CLEANUP_ERROR struct error ignored = {0};
    CLEANUP_FD int directory = cgroup_open_place(place, &ignored);

    return directory < 0 ? -1 : openat(directory, "tasks", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
}

static int open_unified(const struct cgroup_place *place)
{
    CLEANUP_ERROR struct error ignored = {0};
    int fd = cgroup_open_place(place, &ignored);

    return fd < 0 ? -1 : fd;
}

int cgroup_entrance_open(struct cgroup_entrance *entrance, struct cgroup *cgroup, struct error *error)
{
    if (!cgroup || cgroup->manager != CGROUP_MANAGER_CGROUPFS || cgroup->length == 0)
        return 0;
    entrance->tasks_fds = malloc(cgroup->length * sizeof(*entrance->tasks_fds));
    if (!entrance->tasks_fds)
        return error_memory(error);
    entrance->cgroup = cgroup;
    for (size_t i = 0; i < cgroup->length; i++) {
        const struct cgroup_place *place = &cgroup->places[i];

        entrance->tasks_fds[i] = -1;
        if (!place->controllers)
            entrance->unified_fd = open_unified(place);
        else if (
            !cgroup
                 ->may_go_without) /* where it may be left out, the launcher has to know whether it can be */
            entrance->tasks_fds[i] = open_tasks(place);
    }
    return 0;
}

void cgroup_entrance_clear(struct cgroup_entrance *entrance)
{
    for (size_t i = 0; entrance->cgroup && i < entrance->cgroup->length; i++)
        fd_close(&entrance->tasks_fds[i]);
    free(entrance->tasks_fds);
    fd_close(&entrance->unified_fd);
    *entrance = CGROUP_ENTRANCE_NONE;
}

int cgroup_entrance_take(const struct cgroup_entrance *entrance, struct error *error)
{
    for (size_t i = 0; entrance->cgroup && i < entrance->cgroup->length; i++) {
        const struct cgroup_place *place = &entrance->cgroup->places[i];
        int status = entrance->tasks_fds[i] < 0 ? 0 : fd_write_once(entrance->tasks_fds[i], "0", 1);

        if (status < 0)
            return error_call(error, status, "write", "cannot enter the cgroup %s%s", place->mount,
                              place->path);
    }
    return 0;
}

void cgroup_entrance_note(const struct cgroup_entrance *entrance)
{
    for (size_t i = 0; entrance->cgroup && i < entrance->cgroup->length; i++) {
        struct cgroup_place *place = &entrance->cgroup->places[i];

        place->is_entered = entrance->tasks_fds[i] >= 0 || (!place->controllers && entrance->unified_fd >= 0);
    }
}
