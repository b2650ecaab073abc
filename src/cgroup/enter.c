/* SPDX-License-Identifier: Apache-2.0 */
/* The process's id is written to cgroup.procs of each place that it has not entered by itself (entrance.h). */
#include "base/fd.h"
#include "cgroup/directories.h"
#include "cgroup/files.h"
#include "cgroup/path.h"
#include "cgroup/processes.h"
#include "cgroup/systemd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define TEXT_LIMIT ((size_t)1 << 20)
#define SECONDS_TO_ENTER 1

/* EINVAL may mean that the process is not quite born yet (TASK_NEW), as runc has found. */
static int write_process(int directory_fd, pid_t pid, struct error *error)
{
    const struct timespec deadline = cgroup_deadline(SECONDS_TO_ENTER);
    char text[16];

    snprintf(text, sizeof(text), "%d", pid);
    for (unsigned round = 0;; round++) {
        int status = cgroup_write(directory_fd, "cgroup.procs", text, error);

        if (status != -EINVAL || !cgroup_sleep(&deadline, round))
            return status;
        error_clear(error);
    }
}

static int explain(const struct cgroup_place *place, const char *below, pid_t pid, struct error *error)
{
    const int code = error->code;

    error_call(error, code, "write", "cannot move process %d to the cgroup %s%s%s%s", pid, place->mount,
               place->path, below ? "/" : "", below ? below : "");
    if (code == EBUSY)
        error_hint(
            error,
            "it has given controllers to cgroups below it, and may hold no processes then (cgroups(7), "
            "\"no internal processes\")");
    else if (code == EACCES || code == EPERM)
        error_hint(
            error,
            "the cgroup above both the process's and this one has to be the user's: have it delegated");
    return -code;
}

/* The path of a process in the unified hierarchy; NULL: not known. */
static const char *unified_path(struct arena *arena, pid_t pid)
{
    char path[32];
    CLEANUP_FREE char *text = NULL;
    CLEANUP_FD int fd = -1;
    const char *line;

    snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fd_read_all(fd, TEXT_LIMIT, &text, NULL) < 0)
        return NULL;
    line = strncmp(text, "0::", 3) == 0 ? text + 3 : strstr(text, "\n0::");
    if (!line)
        return NULL;
    line += line == text + 3 ? 0 : 4;
    return arena_copy_range(arena, line, strcspn(line, "\n"));
}

/* Where the process beside is, if that is in the container's cgroup; -ENOENT without an error set if not. */
static int open_beside(const struct cgroup_place *place, int directory_fd, pid_t beside, struct error *error)
{
    struct arena arena = {0};
    const char *path = beside > 0 ? unified_path(&arena, beside) : NULL;
    const char *rest = path ? strstr(path, place->path) : NULL;
    int fd = -ENOENT;

    if (rest && rest[strlen(place->path)] == '/')
        fd = cgroup_open_below(directory_fd, rest + strlen(place->path), error);
    arena_clear(&arena);
    return fd;
}

static int add_beside(const struct cgroup_place *place, int directory_fd, pid_t beside, pid_t pid,
                      struct error *error)
{
    CLEANUP_ERROR struct error ignored = {0};
    CLEANUP_FD int directory = open_beside(place, directory_fd, beside, &ignored);

    if (directory < 0 || write_process(directory, pid, &ignored) < 0)
        return explain(place, NULL, pid, error);
    error_clear(error);
    return 0;
}

static int open_target(const struct cgroup_place *place, const char *below, struct error *error)
{
    CLEANUP_FD int directory = cgroup_open_place(place, error);
    int fd;

    if (directory < 0 || !below)
        return directory < 0 ? directory : fd_take(&directory);
    fd = cgroup_open_below(directory, below, error);
    if (fd == -ENOENT)
        error_call(error, ENOENT, "openat2", "there is no cgroup \"%s\" in the container's", below);
    return fd;
}

static int add_to_place(const struct cgroup_place *place, const char *below, pid_t beside, pid_t pid,
                        struct error *error)
{
    CLEANUP_FD int directory = open_target(place, below, error);
    int status = directory < 0 ? directory : write_process(directory, pid, error);

    if (directory < 0 || status == 0)
        return status;
    if (status == -EBUSY && !place->controllers && !below)
        return add_beside(place, directory, beside, pid, error);
    return explain(place, below, pid, error);
}

int cgroup_add_process_below(const struct cgroup *cgroup, const char *below, pid_t beside, pid_t pid,
                             struct error *error)
{
    int status = 0;

    if (below && cgroup->length == 0)
        return error_set(error, ENOENT, "the container has no cgroup, so there is no \"%s\" in it", below);
    for (size_t i = 0; status == 0 && i < cgroup->length; i++)
        if (below || !cgroup->places[i].is_entered)
            status = add_to_place(&cgroup->places[i], below, beside, pid, error);
    return status;
}

int cgroup_add_process(const struct cgroup *cgroup, pid_t pid, struct error *error)
{
    return cgroup_add_process_below(cgroup, NULL, 0, pid, error);
}

static int start_unit(struct cgroup *cgroup, const struct config *config, const char *id, pid_t pid,
                      struct error *error)
{
    const struct systemd_scope scope = {
        .unit = cgroup->unit,
        .slice = cgroup->slice,
        .description = id,
        .user = cgroup->is_user,
        .is_unified = cgroup->is_unified,
        .resources = &config->resources,
    };
    int status = systemd_start_scope(&scope, pid, error);

    cgroup->has_scope = status == 0;
    return status;
}

/* systemd makes the directories of the hierarchies that it uses; the others are made here, as runc does. */
static int enter_unit(struct cgroup *cgroup, const struct config *config,
                      const struct cgroup_settings *settings, pid_t pid, struct error *error)
{
    const char *description = arena_printf(settings->arena, "holdfast container %s", cgroup->unit);
    int status = description ? start_unit(cgroup, config, description, pid, error) : error_memory(error);

    if (status == 0)
        status = cgroup_make_places(cgroup, settings, error);
    return status < 0 ? status : cgroup_apply(cgroup, config, settings, error);
}

/* The places that the process can't be moved to are left out where cgroup_make() would have done so. */
static int enter_places(struct cgroup *cgroup, const struct cgroup_settings *settings, pid_t pid,
                        struct error *error)
{
    for (size_t i = 0; i < cgroup->length;) {
        int status = cgroup->places[i].is_entered ? 0 : add_to_place(&cgroup->places[i], NULL, 0, pid, error);

        if (status < 0 && !cgroup_is_denied(cgroup, settings, status))
            return status;
        if (status < 0) {
            error_clear(error);
            cgroup_drop_place(cgroup, i);
        } else {
            i++;
        }
    }
    return 0;
}

int cgroup_enter(struct cgroup *cgroup, const struct config *config, pid_t pid, uid_t owner_uid,
                 struct error *error)
{
    struct arena arena = {0};
    struct cgroup_settings settings;
    int status = 0;

    if (cgroup->length == 0)
        return 0;
    status = cgroup_settings_make(cgroup, &config->resources, &arena, &settings, error);
    if (status == 0 && cgroup->manager == CGROUP_MANAGER_SYSTEMD)
        status = enter_unit(cgroup, config, &settings, pid, error);
    if (status == 0)
        status = enter_places(cgroup, &settings, pid, error);
    if (status == 0)
        status = cgroup_delegate(cgroup, config, owner_uid, error);
    arena_clear(&arena);
    if (status < 0)
        cgroup_error_place(config, error);
    return status;
}
