/* SPDX-License-Identifier: Apache-2.0 */
/* mkdirat(2) and openat2(2) of each part of the path. */
#include "cgroup/directories.h"
#include "base/fd.h"
#include "cgroup/files.h"
#include "cgroup/processes.h"

#include <string.h>
#include <sys/stat.h>

#define DIRECTORY_MODE 0755
#define TRIES 5 /* somebody may remove a parent between two steps */

/* One part of the path: made if it is not there, and opened. */
static int make_directory(struct cgroup *cgroup, struct cgroup_place *place, int parent_fd, const char *path,
                          struct error *error)
{
    const char *name = strrchr(path, '/') + 1;
    int fd;

    if (mkdirat(parent_fd, name, DIRECTORY_MODE) == 0) {
        if (!place->made_from)
            place->made_from = arena_copy(&cgroup->arena, path);
        if (!place->made_from)
            return error_memory(error);
    } else if (errno != EEXIST) {
        return error_call(error, errno, "mkdir", "cannot make the cgroup %s%s", place->mount, path);
    }
    fd = cgroup_open_below(parent_fd, name, error);
    return fd == -ENOENT
               ? error_call(error, ENOENT, "openat2", "the cgroup %s%s went away", place->mount, path)
               : fd;
}

/* A new cpuset is empty, and takes no process before it has CPUs and memory nodes: it gets its parent's. */
static int inherit_cpuset(int parent_fd, int directory_fd, struct arena *arena, struct error *error)
{
    static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};

    for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
        const char *own = "", *above = "";
        int status = cgroup_read(directory_fd, files[i], arena, &own, error);

        if (status == 0 && !*own)
            status = cgroup_read(parent_fd, files[i], arena, &above, error);
        if (status == 0 && !*own && *above)
            status = cgroup_write(directory_fd, files[i], above, error);
        if (status < 0 && status != -ENOENT)
            return status;
    }
    return 0;
}

static int prepare_directory(const struct cgroup_place *place, int parent_fd, int directory_fd,
                             const char *path, const struct cgroup_settings *settings, struct error *error)
{
    if (!place->controllers)
        return cgroup_check_type(directory_fd, path, settings, error);
    if (cgroup_has_word(place->controllers, ",", "cpuset"))
        return inherit_cpuset(parent_fd, directory_fd, settings->arena, error);
    return 0;
}

static int make_all(struct cgroup *cgroup, struct cgroup_place *place, const struct cgroup_settings *settings,
                    struct error *error)
{
    CLEANUP_FD int current = cgroup_open_mount(place, error);
    const char *above = "/";
    int status = current < 0 ? current : 0;

    for (size_t end = 0; status == 0 && place->path[end];) {
        const char *path;
        CLEANUP_FD int next = -1;

        end += 1 + strcspn(place->path + end + 1, "/");
        path = arena_copy_range(settings->arena, place->path, end);
        if (!path)
            return error_memory(error);
        if (cgroup->is_unified)
            status = cgroup_enable_controllers(current, above, settings, error);
        if (status == 0)
            status = next = make_directory(cgroup, place, current, path, error);
        if (next >= 0)
            status = prepare_directory(place, current, next, path, settings, error);
        if (status < 0)
            return status;
        fd_close(&current);
        current = fd_take(&next);
        above = path;
    }
    return status;
}

int cgroup_place_make(struct cgroup *cgroup, struct cgroup_place *place,
                      const struct cgroup_settings *settings, struct error *error)
{
    for (unsigned round = 1;; round++) {
        int status = make_all(cgroup, place, settings, error);

        /* Limits whose controller is not there say ENOENT, too, with their place. */
        if (status != -ENOENT || error->place || round == TRIES)
            return status;
        error_clear(error);
    }
}

bool cgroup_is_denied(const struct cgroup *cgroup, const struct cgroup_settings *settings, int status)
{
    return cgroup->may_go_without && !cgroup->is_given && settings->length == 0 &&
           (status == -EACCES || status == -EPERM || status == -EROFS);
}

void cgroup_drop_place(struct cgroup *cgroup, size_t index)
{
    CLEANUP_ERROR struct error ignored = {0};
    const struct timespec now = cgroup_deadline(0);

    if (cgroup->places[index].made_from)
        (void)!cgroup_place_remove(&cgroup->places[index], &now, &ignored);
    cgroup->length--;
    memmove(&cgroup->places[index], &cgroup->places[index + 1],
            (cgroup->length - index) * sizeof(cgroup->places[0]));
}

static void hint_denied(const struct cgroup *cgroup, int status, struct error *error)
{
    if (status != -EACCES && status != -EPERM && status != -EROFS)
        return;
    if (cgroup->is_given)
        error_hint(error,
                   "this user can't make linux.cgroupsPath: leave it out, or have its parent delegated");
    else
        error_hint(
            error,
            "limits need a cgroup, which this user can't make: have one delegated (start holdfast with "
            "`systemd-run --user --scope -p Delegate=yes`), or leave linux.resources out");
}

/* From here on made_from is what was made. */
static void forget_plan(struct cgroup *cgroup)
{
    for (size_t i = 0; cgroup->is_planned && i < cgroup->length; i++)
        cgroup->places[i].made_from = NULL;
    cgroup->is_planned = false;
}

int cgroup_make_places(struct cgroup *cgroup, const struct cgroup_settings *settings, struct error *error)
{
    forget_plan(cgroup);
    for (size_t i = 0; i < cgroup->length;) {
        int status = cgroup_place_make(cgroup, &cgroup->places[i], settings, error);

        if (status < 0 && !cgroup_is_denied(cgroup, settings, status)) {
            hint_denied(cgroup, status, error);
            return status;
        }
        if (status < 0) {
            error_clear(error);
            cgroup_drop_place(cgroup, i);
        } else {
            i++;
        }
    }
    return 0;
}
