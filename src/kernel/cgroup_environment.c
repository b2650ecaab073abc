/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cgroup_environment.h"
#include "base/fd.h"
#include "kernel/mountinfo.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define UNIFIED_MOUNT "/sys/fs/cgroup"
#define INITIAL_NAMESPACE_INODE 0xEFFFFFFBu /* PROC_CGROUP_INIT_INO of the kernel's include/linux/proc_ns.h */
#define ROOT_INODE 1                        /* of a hierarchy's root: see kernfs_create_root() */
#define SIZE_LIMIT ((size_t)256 << 20)      /* a hundred thousand mounts with long names */

void cgroup_environment_clear(struct cgroup_environment *environment)
{
    arena_clear(&environment->arena);
    *environment = (struct cgroup_environment){0};
}

/* A line of /proc/PID/cgroup, "4:cpu,cpuacct:/user": where its hierarchy's controllers and path begin. */
static bool parse_line(const char *line, const char **ret_controllers, const char **ret_path)
{
    const char *end = line + strcspn(line, "\n");
    const char *controllers = memchr(line, ':', (size_t)(end - line));
    const char *path = controllers ? memchr(controllers + 1, ':', (size_t)(end - controllers - 1)) : NULL;

    if (!path)
        return false;
    *ret_controllers = controllers + 1;
    *ret_path = path + 1;
    return true;
}

/* Is the word, which ends at a comma or where the text does, among the comma-separated options? */
static bool has_option(const char *options, const char *word, size_t length)
{
    while (*options) {
        size_t option_length = strcspn(options, ",");

        if (option_length == length && memcmp(options, word, length) == 0)
            return true;
        options += option_length;
        options += *options == ',';
    }
    return false;
}

/* The line of the hierarchy that is mounted there: no controller is in two of them. */
static const char *find_line(const char *cgroups, const struct mount_entry *mount)
{
    for (const char *line = cgroups; *line;) {
        const char *controllers, *path;

        if (parse_line(line, &controllers, &path) && *controllers != ':' &&
            has_option(mount->super_options, controllers, strcspn(controllers, ",:")))
            return line;
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return NULL;
}

static bool is_known(const struct cgroup_environment *environment, const char *controllers)
{
    for (size_t i = 0; i < environment->length; i++)
        if (strcmp(environment->hierarchies[i].controllers, controllers) == 0)
            return true;
    return false;
}

/* What is left of path below directory, with its slash; "" for the directory itself. */
static const char *rest_below(const char *path, const char *directory)
{
    size_t length = strcmp(directory, "/") == 0 ? 0 : strlen(directory);

    if (strncmp(path, directory, length) != 0 || (path[length] != '/' && path[length] != '\0'))
        return NULL;
    return strcmp(path + length, "/") == 0 ? "" : path + length;
}

/* The directory, below the mount, of the cgroup that a line's path names; NULL where the mount doesn't show it. */
static int find_own(struct cgroup_environment *environment, const char *path, const struct mount_entry *mount,
                    const char **ret_own, struct error *error)
{
    char *own = arena_copy_range(&environment->arena, path, strcspn(path, "\n"));
    const char *rest = own ? rest_below(own, mount->root) : NULL;

    if (own && !rest)
        return 0;
    if (own)
        *ret_own = arena_printf(&environment->arena, "%s%s", mount->point, rest);
    return own && *ret_own ? 0 : error_memory(error);
}

/* The line of the unified hierarchy is "0::/path". */
static int add_unified(struct cgroup_environment *environment, const char *cgroups,
                       const struct mount_entry *mount, struct error *error)
{
    const char *line = strncmp(cgroups, "0::", 3) == 0 ? cgroups : strstr(cgroups, "\n0::");
    const char *controllers, *path;

    environment->unified = mount->point;
    if (!line || !parse_line(line + (*line == '\n'), &controllers, &path))
        return 0;
    return find_own(environment, path, mount, &environment->unified_own, error);
}

static int add_hierarchy(struct cgroup_environment *environment, const char *cgroups,
                         const struct mount_entry *mount, struct error *error)
{
    struct cgroup_hierarchy *hierarchy;
    const char *line = find_line(cgroups, mount);
    const char *start, *path;
    char *controllers;

    if (!line || !parse_line(line, &start, &path))
        return 0;
    controllers = arena_copy_range(&environment->arena, start, (size_t)(path - 1 - start));
    if (!controllers)
        return error_memory(error);
    if (is_known(environment, controllers))
        return 0;
    hierarchy = arena_append(&environment->arena, (void **)&environment->hierarchies, &environment->length,
                             sizeof(*hierarchy));
    if (!hierarchy)
        return error_memory(error);
    hierarchy->name = strrchr(mount->point, '/') + 1;
    hierarchy->controllers = controllers;
    hierarchy->mount = mount->point;
    return find_own(environment, path, mount, &hierarchy->own, error);
}

/* On a unified machine hierarchies of version 1 may be left in the table, below what is mounted over them. */
static int add_mount(struct cgroup_environment *environment, const char *cgroups,
                     const struct mount_entry *mount, struct error *error)
{
    if (strcmp(mount->type, "cgroup2") == 0 && environment->is_unified &&
        strcmp(mount->point, UNIFIED_MOUNT) == 0)
        return add_unified(environment, cgroups, mount, error);
    if (environment->is_unified)
        return 0;
    if (strcmp(mount->type, "cgroup") == 0)
        return add_hierarchy(environment, cgroups, mount, error);
    if (strcmp(mount->type, "cgroup2") == 0 && !environment->unified)
        return add_unified(environment, cgroups, mount, error);
    return 0;
}

int cgroup_environment_parse(struct cgroup_environment *environment, const char *cgroups, char *mountinfo,
                             struct error *error)
{
    struct mount_table table;
    int status = mountinfo_parse(mountinfo, &environment->arena, &table, error);

    for (size_t i = 0; status == 0 && i < table.length; i++)
        status = add_mount(environment, cgroups, &table.entries[i], error);
    if (status < 0)
        cgroup_environment_clear(environment);
    return status;
}

static int read_file(const char *path, struct arena *arena, char **ret_text, struct error *error)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    CLEANUP_FREE char *text = NULL;
    size_t length;
    int status;

    if (fd < 0)
        return error_call(error, errno, "open", "cannot open %s", path);
    status = fd_read_all(fd, SIZE_LIMIT, &text, &length);
    if (status < 0)
        return error_call(error, status, "read", "cannot read %s", path);
    *ret_text = arena_copy_range(arena, text, length);
    return *ret_text ? 0 : error_memory(error);
}

/* A thread may have a mount namespace of its own. */
static int read_tables(struct cgroup_environment *environment, struct error *error)
{
    char *cgroups, *mountinfo;
    int status = read_file("/proc/thread-self/cgroup", &environment->arena, &cgroups, error);

    if (status == 0)
        status = read_file("/proc/thread-self/mountinfo", &environment->arena, &mountinfo, error);
    if (status == 0)
        return cgroup_environment_parse(environment, cgroups, mountinfo, error);
    cgroup_environment_clear(environment);
    return status;
}

int cgroup_environment_read(struct cgroup_environment *environment, struct error *error)
{
    struct statfs status_of_mount;

    *environment = (struct cgroup_environment){0};
    if (statfs(UNIFIED_MOUNT, &status_of_mount) == 0 && status_of_mount.f_type == CGROUP2_SUPER_MAGIC) {
        environment->is_unified = true;
        environment->unified = UNIFIED_MOUNT;
        return 0;
    }
    return read_tables(environment, error);
}

/* Then the mount table, which grows with the machine, has nothing to add. */
static bool shows_whole_hierarchy(void)
{
    struct stat namespace, root;

    return stat("/proc/thread-self/ns/cgroup", &namespace) == 0 &&
           namespace.st_ino == INITIAL_NAMESPACE_INODE && stat(UNIFIED_MOUNT, &root) == 0 &&
           root.st_ino == ROOT_INODE;
}

static int find_own_in_whole(struct cgroup_environment *environment, struct error *error)
{
    const struct mount_entry whole = {.point = UNIFIED_MOUNT, .root = "/"};
    char *cgroups;
    int status = read_file("/proc/thread-self/cgroup", &environment->arena, &cgroups, error);

    if (status == 0)
        status = add_unified(environment, cgroups, &whole, error);
    if (status < 0)
        cgroup_environment_clear(environment);
    return status;
}

int cgroup_environment_find_own(struct cgroup_environment *environment, struct error *error)
{
    if (!environment->is_unified || environment->unified_own)
        return 0;
    return shows_whole_hierarchy() ? find_own_in_whole(environment, error) : read_tables(environment, error);
}

void cgroup_environment_set_own(struct cgroup_environment *environment,
                                const struct cgroup_directory *directories, size_t length)
{
    for (size_t i = 0; i < environment->length; i++)
        for (size_t j = 0; j < length; j++)
            if (strcmp(environment->hierarchies[i].controllers, directories[j].controllers) == 0)
                environment->hierarchies[i].own = directories[j].directory;
}
