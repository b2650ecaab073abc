/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Idmapped mounts: of each source that is to be mapped, or of one mount of each file system type of this machine.
 *
 *   clone(CLONE_NEWUSER), uid_map, gid_map; open_tree(OPEN_TREE_CLONE), mount_setattr(MOUNT_ATTR_IDMAP)
 */
#include "base/fd.h"
#include "doctor/probe.h"
#include "kernel/id_mappings.h"
#include "kernel/mount_api.h"

#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of a server, or of a process, that may not answer. */
static const char *const never_touched[] = {"autofs", "nfs", "nfs4", "cifs", "smb3", "ceph", "9p", "fuse"};

struct types {
    const char *good, *bad; /* with ", " between them */
};

static bool may_wait(const char *type)
{
    for (size_t i = 0; i < ARRAY_LENGTH(never_touched); i++)
        if (strcmp(never_touched[i], type) == 0)
            return true;
    return strncmp(type, "fuse.", strlen("fuse.")) == 0;
}

static int open_namespace(int *ret_fd, struct error *error)
{
    static struct id_mapping one = {0, 0, 1};
    const struct id_mappings mappings = {&one, 1};
    CLEANUP_FD int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (proc < 0)
        return error_call(error, errno, "open", "cannot open /proc");
    return id_mappings_open_namespace(proc, &mappings, &mappings, ret_fd, error);
}

/* The copy is never attached, and gone when it is closed. */
static int map_mount(const char *path, int namespace_fd)
{
    const struct mount_attributes change = {.set = ATTRIBUTE_IDMAP, .userns_fd = (uint64_t)namespace_fd};
    CLEANUP_FD int source = kernel_open_tree(AT_FDCWD, path, AT_NO_AUTOMOUNT);
    CLEANUP_FD int tree = source < 0 ? source : kernel_clone_mount(source, false);

    return tree < 0 ? tree : kernel_set_attributes(tree, false, &change);
}

static int add(struct examination *examination, const struct facility *facility, const char *name, int status,
               const char *detail, struct error *error)
{
    struct outcome outcome = {doctor_judge(examination, -status), -status, detail, NULL};

    if (status == -EPERM && !examination->privileged)
        outcome = (struct outcome){DOCTOR_REFUSED, EPERM, "it takes privileges over the file system",
                                   "run as root"};
    if (status == -EPERM && examination->privileged && !examination->initial)
        outcome =
            (struct outcome){DOCTOR_REFUSED, EPERM, "the file system belongs to an outer user namespace",
                             "start from the machine's first user namespace"};
    return doctor_add(examination, facility, name, outcome, error);
}

/* The type of what is mounted where the path lies: the mount with the longest name above it. */
static const char *type_at(const char *path, struct arena *arena)
{
    FILE *table = setmntent("/proc/thread-self/mounts", "re");
    CLEANUP_FREE char *real = realpath(path, NULL);
    const char *type = "unknown";
    struct mntent entry;
    char line[8192];
    size_t longest = 0;

    while (table && real && getmntent_r(table, &entry, line, sizeof(line))) {
        size_t length = strcmp(entry.mnt_dir, "/") == 0 ? 0 : strlen(entry.mnt_dir);

        if (length < longest || strncmp(real, entry.mnt_dir, length) != 0 ||
            (real[length] && real[length] != '/'))
            continue;
        longest = length;
        type = arena_copy(arena, entry.mnt_type);
    }
    if (table)
        endmntent(table);
    return type ? type : "unknown";
}

static int probe_sources(struct examination *examination, const struct facility *facility, int namespace_fd,
                         struct error *error)
{
    struct arena *arena = &examination->doctor->arena;
    int result = 0;

    for (size_t i = 0; i < examination->plan.length && result == 0; i++) {
        const struct bind_operation *bind = &examination->plan.operations[i].bind;
        const char *path = NULL;
        int status;

        if (examination->plan.operations[i].kind != OPERATION_BIND || bind->idmap.kind == IDMAP_NONE ||
            bind->has_fd)
            continue;
        if (*bind->source == '/' || !examination->config->bundle)
            path = bind->source;
        else
            path = arena_printf(arena, "%s/%s", examination->config->bundle, bind->source);
        if (!path)
            return error_memory(error);
        status = map_mount(path, namespace_fd);
        result = add(
            examination, facility, arena_printf(arena, "idmapped mount of %s", path), status,
            arena_printf(arena, "%s%s", type_at(path, arena),
                         status == -EINVAL ? ", which this kernel can't map, or it is mapped already" : ""),
            error);
    }
    return result;
}

static bool is_listed(const char *list, const char *type)
{
    const char *found = list;
    size_t length = strlen(type);

    while ((found = strstr(found, type))) {
        if ((found == list || found[-1] == ' ') && (found[length] == ',' || found[length] == '\0'))
            return true;
        found += length;
    }
    return false;
}

static const char *append(struct arena *arena, const char *list, const char *type)
{
    const char *longer = arena_printf(arena, "%s%s%s", list, *list ? ", " : "", type);

    return longer ? longer : list;
}

static void try_types(struct examination *examination, int namespace_fd, struct types *types)
{
    FILE *table = setmntent("/proc/thread-self/mounts", "re");
    struct arena *arena = &examination->doctor->arena;
    struct mntent entry;
    char line[8192];

    while (table && getmntent_r(table, &entry, line, sizeof(line))) {
        int status;

        if (may_wait(entry.mnt_type) || is_listed(types->good, entry.mnt_type) ||
            is_listed(types->bad, entry.mnt_type))
            continue;
        status = map_mount(entry.mnt_dir, namespace_fd);
        if (status == 0)
            types->good = append(arena, types->good, entry.mnt_type);
        else if (status == -EINVAL)
            types->bad = append(arena, types->bad, entry.mnt_type);
    }
    if (table)
        endmntent(table);
}

static int probe_machine(struct examination *examination, const struct facility *facility, int namespace_fd,
                         struct error *error)
{
    struct types types = {"", ""};
    int status;

    if (needs_rootless(examination))
        return add(examination, facility, facility->name, -EPERM, NULL, error);
    try_types(examination, namespace_fd, &types);
    status = *types.good ? 0 : -EINVAL;
    return add(examination, facility, facility->name, status,
               arena_printf(&examination->doctor->arena, "%s%s%s",
                            *types.good ? types.good : "no file system here", *types.bad ? "; not on " : "",
                            types.bad),
               error);
}

int probe_idmapped(struct examination *examination, const struct facility *facility, struct error *error)
{
    CLEANUP_ERROR struct error failure = {0};
    CLEANUP_FD int namespace_fd = -1;
    int status = open_namespace(&namespace_fd, &failure);

    if (status < 0)
        return add(examination, facility, facility->name, status, failure.text, error);
    if (examination->config)
        return probe_sources(examination, facility, namespace_fd, error);
    return probe_machine(examination, facility, namespace_fd, error);
}
