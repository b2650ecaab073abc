/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/processes.h"
#include "base/fd.h"
#include "cgroup/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_LIMIT 256u /* a descriptor each is held meanwhile */

struct walk {
    int (*visit)(int directory_fd, void *argument, struct error *error);
    void *argument;
    unsigned depth;
};

static int walk_directory(struct walk *walk, int directory_fd, struct error *error);

/* openat(2) follows no links, and cgroups have none. */
static int walk_child(struct walk *walk, int directory_fd, const char *name, struct error *error)
{
    CLEANUP_FD int child = cgroup_open_below(directory_fd, name, error);

    if (child == -ENOENT)
        return 0;
    return child < 0 ? child : walk_directory(walk, child, error);
}

static int walk_children(struct walk *walk, int directory_fd, struct error *error)
{
    int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    int status = 0;

    if (!directory) {
        status = error_call(error, errno, "open", "cannot list a cgroup");
        fd_close(&fd);
        return status;
    }
    while (status == 0 && (errno = 0, entry = readdir(directory)))
        if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = walk_child(walk, fd, entry->d_name, error);
    closedir(directory);
    return status;
}

static int walk_directory(struct walk *walk, int directory_fd, struct error *error)
{
    int status;

    if (walk->depth == DEPTH_LIMIT)
        return error_set(error, ELOOP, "the cgroups in the container's are nested more than %u deep",
                         DEPTH_LIMIT);
    status = walk->visit(directory_fd, walk->argument, error);
    if (status < 0)
        return status;
    walk->depth++;
    status = walk_children(walk, directory_fd, error);
    walk->depth--;
    return status;
}

int cgroup_walk(int directory_fd, int (*visit)(int directory_fd, void *argument, struct error *error),
                void *argument, struct error *error)
{
    struct walk walk = {.visit = visit, .argument = argument};

    return walk_directory(&walk, directory_fd, error);
}

static int add_processes(struct process_list *list, const char *text, struct error *error)
{
    while (*text) {
        char *end;
        long pid = strtol(text, &end, 10);
        pid_t *place;

        if (end == text)
            return error_set(error, EBADMSG, "cgroup.procs has something else than process ids");
        text = end + (*end == '\n');
        /* 0 is a process of another pid namespace; kill(2) would take it for our own process group. */
        if (pid <= 0 || pid > INT_MAX)
            continue;
        place = arena_append(list->arena, (void **)&list->values, &list->length, sizeof(*place));
        if (!place)
            return error_memory(error);
        *place = (pid_t)pid;
    }
    return 0;
}

static int list_directory(int directory_fd, void *argument, struct error *error)
{
    struct process_list *list = argument;
    const char *text;
    int status = cgroup_read(directory_fd, "cgroup.procs", list->arena, &text, error);

    /* ENODEV: removed meanwhile. EOPNOTSUPP: a threaded cgroup, whose processes are in the one above (cgroups(7)). */
    if (status == -ENODEV || status == -EOPNOTSUPP)
        error_clear(error);
    if (status == -ENOENT || status == -ENODEV || status == -EOPNOTSUPP)
        return 0;
    return status < 0 ? status : add_processes(list, text, error);
}

static int compare(const void *one, const void *other)
{
    const pid_t left = *(const pid_t *)one, right = *(const pid_t *)other;

    return (left > right) - (left < right);
}

int cgroup_list_processes(int directory_fd, struct process_list *list, struct error *error)
{
    int status = cgroup_walk(directory_fd, list_directory, list, error);

    if (status == 0 && list->length > 0)
        qsort(list->values, list->length, sizeof(*list->values), compare);
    return status;
}

const struct cgroup_place *cgroup_main_place(const struct cgroup *cgroup)
{
    const struct cgroup_place *unified = cgroup_find_place(cgroup, "");

    return unified ? unified : cgroup->length > 0 ? &cgroup->places[0] : NULL;
}

int cgroup_processes(const struct cgroup *cgroup, struct arena *arena, pid_t **ret_pids, size_t *ret_length,
                     struct error *error)
{
    const struct cgroup_place *place = cgroup_main_place(cgroup);
    struct process_list list = {.arena = arena};
    CLEANUP_FD int directory = -1;
    int status;

    if (!place)
        return error_set(error, ENOENT, "the container has no cgroup, so its processes are not known");
    directory = cgroup_open_place(place, error);
    if (directory < 0)
        return directory;
    status = cgroup_list_processes(directory, &list, error);
    if (status < 0)
        return status;
    *ret_pids = list.values;
    *ret_length = list.length;
    return 0;
}
