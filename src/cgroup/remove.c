/* SPDX-License-Identifier: Apache-2.0 */
/* SIGKILL for what is in it, unlinkat(2) from the deepest cgroup up, the whole again while it answers EBUSY. */
#include "base/fd.h"
#include "cgroup/directories.h"
#include "cgroup/files.h"
#include "cgroup/path.h"
#include "cgroup/processes.h"
#include "cgroup/systemd.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECONDS_TO_REMOVE 10

struct name {
    char text[NAME_MAX + 1];
};

/* The names of the directories from the top down to where we are. One descriptor is open, however deep they are. */
struct descent {
    struct arena arena;
    struct name *names;
    size_t length;
};

/* 1: there is one. */
static int find_child(int directory_fd, struct name *ret_name, struct error *error)
{
    int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    int found = 0;

    if (!directory) {
        found = errno == ENOENT ? 0 : error_call(error, errno, "open", "cannot list a cgroup");
        fd_close(&fd);
        return found;
    }
    while (!found && (entry = readdir(directory)))
        if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            snprintf(ret_name->text, sizeof(ret_name->text), "%s", entry->d_name);
            found = 1;
        }
    closedir(directory);
    return found;
}

static int remove_name(int directory_fd, const char *name, struct error *error)
{
    if (unlinkat(directory_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    return error_call(error, errno, "rmdir", "cannot remove the cgroup %s", name);
}

static int go_down(struct descent *descent, int *directory_fd, const struct name *name, struct error *error)
{
    struct name *place;
    int child = cgroup_open_below(*directory_fd, name->text, error);

    if (child == -ENOENT)
        return 0;
    if (child < 0)
        return child;
    fd_close(directory_fd);
    *directory_fd = child;
    place = arena_append(&descent->arena, (void **)&descent->names, &descent->length, sizeof(*place));
    if (!place)
        return error_memory(error);
    *place = *name;
    return 0;
}

/* A cgroup can't be moved to another parent, so ".." is where we came from. */
static int go_up(struct descent *descent, int *directory_fd, struct error *error)
{
    const struct name *name = &descent->names[--descent->length];
    int parent = openat(*directory_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (parent < 0)
        return error_call(error, errno, "open", "cannot open the cgroup above %s", name->text);
    fd_close(directory_fd);
    *directory_fd = parent;
    return remove_name(parent, name->text, error);
}

/* Removes what is below the directory, which the descriptor may have left when it returns. */
static int remove_below(int directory_fd, struct error *error)
{
    CLEANUP_FD int current = fcntl(directory_fd, F_DUPFD_CLOEXEC, 0);
    struct descent descent = {0};
    int status = current < 0 ? error_call(error, errno, "fcntl", "cannot duplicate a descriptor") : 0;

    while (status == 0) {
        struct name name;
        int found = find_child(current, &name, error);

        if (found < 0)
            status = found;
        else if (found)
            status = go_down(&descent, &current, &name, error);
        else if (descent.length > 0)
            status = go_up(&descent, &current, error);
        else
            break;
    }
    arena_clear(&descent.arena);
    return status;
}

/* Opens the directory above a path, below the mount; *ret_name is the path's last part. */
static int open_parent(const struct cgroup_place *place, const char *path, const char **ret_name,
                       struct error *error)
{
    struct arena arena = {0};
    CLEANUP_FD int mount = cgroup_open_mount(place, error);
    const char *parent = cgroup_path_parent(&arena, path);
    int fd = mount < 0 ? mount : !parent ? error_memory(error) : cgroup_open_below(mount, parent, error);

    arena_clear(&arena);
    *ret_name = strrchr(path, '/') + 1;
    return fd;
}

/* One try. */
static int remove_directory(const struct cgroup_place *place, struct error *error)
{
    const char *name;
    CLEANUP_FD int parent = open_parent(place, place->path, &name, error);
    CLEANUP_FD int directory = parent < 0 ? parent : cgroup_open_below(parent, name, error);
    size_t length;
    int status;

    if (directory == -ENOENT)
        return 0;
    if (directory < 0)
        return directory;
    status = cgroup_kill_directory(directory, &length, error);
    if (status == 0)
        status = remove_below(directory, error);
    return status < 0 ? status : remove_name(parent, name, error);
}

/* A directory alone, if it is empty. EBUSY: it is not. */
static int remove_empty(const struct cgroup_place *place, const char *path, struct error *error)
{
    const char *name;
    CLEANUP_FD int parent = open_parent(place, path, &name, error);

    if (parent == -ENOENT)
        return 0;
    return parent < 0 ? parent : remove_name(parent, name, error);
}

/* The parents that were made with it; another container may have its cgroup there by now. */
static void remove_parents(const struct cgroup_place *place)
{
    CLEANUP_ERROR struct error ignored = {0};
    struct arena arena = {0};
    const char *path = place->path;
    int status = 0;

    while (status == 0 && path && place->made_from && strlen(path) > strlen(place->made_from)) {
        path = cgroup_path_parent(&arena, path);
        if (path)
            status = remove_empty(place, path, &ignored);
    }
    arena_clear(&arena);
}

/* No process of the container's has been moved there, for then it would not be a plan any more. On version 2 the first
 * process may have been born there, and is about to notice that its launcher is gone. What else is in it is others'. */
static void remove_planned(const struct cgroup_place *place, const struct timespec *deadline)
{
    CLEANUP_ERROR struct error ignored = {0};

    for (unsigned round = 0; remove_empty(place, place->path, &ignored) == -EBUSY; round++) {
        if (!cgroup_sleep(deadline, round))
            return;
        error_clear(&ignored);
    }
    remove_parents(place);
}

int cgroup_place_remove(const struct cgroup_place *place, const struct timespec *deadline,
                        struct error *error)
{
    for (unsigned round = 0;; round++) {
        int status = remove_directory(place, error);

        if (status == 0)
            break;
        /* ENODEV: it went away while it was read. */
        if (status != -EBUSY && status != -ENODEV && status != -ENOTEMPTY)
            return status;
        if (!cgroup_sleep(deadline, round)) {
            error_hint(error, "processes in it still live: /proc/PID/stack of them says what they wait for");
            return status;
        }
        error_clear(error);
    }
    remove_parents(place);
    return 0;
}

static int stop_unit(const struct cgroup *cgroup, struct error *error)
{
    const struct systemd_scope scope = {
        .unit = cgroup->unit,
        .slice = cgroup->slice,
        .user = cgroup->is_user,
        .is_unified = cgroup->is_unified,
    };
    int status = cgroup->length > 0 ? cgroup_signal(cgroup, SIGKILL, error) : 0;

    return status < 0 ? status : systemd_stop_scope(&scope, error);
}

int cgroup_remove(struct cgroup *cgroup, struct error *error)
{
    const struct timespec deadline = cgroup_deadline(SECONDS_TO_REMOVE);
    const struct cgroup_place *freezer = cgroup_find_place(cgroup, "freezer");
    int status = cgroup->has_scope ? stop_unit(cgroup, error) : 0;

    if (status == 0 && freezer && (freezer->made_from || cgroup->has_scope))
        cgroup_thaw_legacy(cgroup);
    for (size_t i = cgroup->length; status == 0 && i-- > 0;) {
        struct cgroup_place *place = &cgroup->places[i];

        if (!place->made_from && !cgroup->has_scope)
            continue;
        if (cgroup->is_planned)
            remove_planned(place, &deadline);
        else
            status = cgroup_place_remove(place, &deadline, error);
        if (status == 0)
            place->made_from = NULL;
    }
    if (status == 0)
        cgroup->has_scope = false;
    return status;
}
