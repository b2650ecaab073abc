/* SPDX-License-Identifier: Apache-2.0 */
/* openat2(2) of each part of the path, down to the first that is missing. */
#include "base/fd.h"
#include "cgroup/files.h"

#include <string.h>

static int open_part(const struct cgroup_place *place, int *directory_fd, size_t begin, size_t end,
                     struct arena *arena, struct error *error)
{
    const char *name = arena_copy_range(arena, place->path + begin, end - begin);
    int next = name ? cgroup_open_below(*directory_fd, name, error) : error_memory(error);

    if (next < 0)
        return next;
    fd_close(directory_fd);
    *directory_fd = next;
    return 0;
}

/* Leaves made_from NULL if nothing is missing. */
static int plan_place(struct cgroup *cgroup, struct cgroup_place *place, struct error *error)
{
    CLEANUP_FD int current = cgroup_open_mount(place, error);
    int status = current < 0 ? current : 0;
    size_t end = 0;

    while (status == 0 && place->path[end]) {
        size_t begin = end + 1;

        end = begin + strcspn(place->path + begin, "/");
        status = open_part(place, &current, begin, end, &cgroup->arena, error);
    }
    if (current < 0 || (status != -ENOENT && status != -EACCES))
        return status;
    error_clear(error);
    if (status == -EACCES) /* who may not look may not make */
        return 0;
    place->made_from = arena_copy_range(&cgroup->arena, place->path, end);
    return place->made_from ? 0 : error_memory(error);
}

int cgroup_plan(struct cgroup *cgroup, struct error *error)
{
    int status = 0;

    for (size_t i = 0; status == 0 && i < cgroup->length; i++)
        status = plan_place(cgroup, &cgroup->places[i], error);
    cgroup->is_planned = status == 0 && cgroup->length > 0;
    return status;
}
