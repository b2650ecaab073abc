/* SPDX-License-Identifier: Apache-2.0 */
#include "container/mounts.h"
#include "base/fd.h"
#include "base/helper.h"
#include "config/builder.h"
#include "container/mount_space.h"
#include "mount/addition.h"
#include "path/path.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS_LIMIT 64

int container_mounts_read(const struct container_process *process, struct arena *arena,
                          struct mount_table *ret_table, struct error *error)
{
    CLEANUP_MOUNT_SPACE struct mount_space space = MOUNT_SPACE_NONE;
    int status = mount_space_open(process, &space, error);

    return status < 0 ? status : mount_space_table(&space, arena, ret_table, error);
}

struct removal {
    const struct mount_space *space;
    const char *path;
    bool recursive;
};

static int open_mount(const struct removal *removal, uint64_t *ret_id, struct error *error)
{
    CLEANUP_FD int fd = path_open_entry(removal->space->root_fd, removal->path);
    uint64_t root_id;
    bool is_root;

    if (fd < 0)
        return error_call(error, fd, "openat2", "cannot open %s in the container", removal->path);
    if (mount_space_identify(removal->space->root_fd, &root_id, &is_root, error) < 0 ||
        mount_space_identify(fd, ret_id, &is_root, error) < 0)
        return -error->code;
    if (*ret_id == root_id && is_root)
        return error_set(error, EPERM, "%s is the container's root, which stays", removal->path);
    if (!is_root) {
        error_set(error, ENOENT, "nothing is mounted at %s in the container", removal->path);
        error_hint(error, "\"holdfast mounts ID\" shows what is mounted, and where");
        return -ENOENT;
    }
    return fd_take(&fd);
}

static int check_below(const struct removal *removal, uint64_t id, struct error *error)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    struct mount_table table;
    int status = removal->recursive ? 0 : mount_space_table(removal->space, &arena, &table, error);

    if (status < 0 || removal->recursive)
        return status;
    for (size_t i = 0; i < table.length; i++) {
        if (table.entries[i].parent_id != id || table.entries[i].id == id)
            continue;
        error_set(error, EBUSY, "below %s is another mount, %s", removal->path, table.entries[i].point);
        error_hint(error, "--recursive removes it as well");
        return -EBUSY;
    }
    return 0;
}

static int explain_detach(const struct removal *removal, int status, struct error *error)
{
    if (status == -EINVAL && removal->space->own_user_namespace) {
        error_call(error, EPERM, "umount2", "the mount at %s is locked", removal->path);
        error_hint(error,
                   "it came with the container's user namespace: the kernel keeps such a mount, and what it "
                   "hides, for everybody; leave it out of the configuration, and create the container anew");
        return -EPERM;
    }
    return error_call(error, status, "umount2", "cannot remove the mount at %s", removal->path);
}

static int check_gone(const struct removal *removal, uint64_t id, struct error *error)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    struct mount_table table;
    int status = mount_space_table(removal->space, &arena, &table, error);

    if (status == 0 && mount_space_find(&table, id))
        return error_set(error, EBUSY, "the mount at %s is still there", removal->path);
    return status;
}

static int remove_inside(void *argument, struct error *error)
{
    const struct removal *removal = argument;
    CLEANUP_FD int fd = -1;
    uint64_t id = 0;
    int status = mount_space_enter(removal->space, error);

    if (status < 0)
        return status;
    fd = open_mount(removal, &id, error);
    if (fd < 0)
        return fd;
    status = check_below(removal, id, error);
    if (status < 0)
        return status;
    status = addition_detach(removal->space->descriptors_fd, fd);
    return status < 0 ? explain_detach(removal, status, error) : check_gone(removal, id, error);
}

int container_mounts_remove(const struct container_process *process, const char *path, bool recursive,
                            struct error *error)
{
    CLEANUP_MOUNT_SPACE struct mount_space space = MOUNT_SPACE_NONE;
    struct removal removal = {&space, path, recursive};
    int status = mount_space_open(process, &space, error);

    return status < 0 ? status : helper_run(remove_inside, &removal, error);
}

/* The words between the commas; text is changed. */
static int split_options(char *text, const char **words, size_t *ret_count, struct error *error)
{
    size_t count = 0;
    char *word;

    while ((word = strsep(&text, ","))) {
        if (!*word)
            continue;
        if (count == OPTIONS_LIMIT)
            return error_set(error, E2BIG, "more than %d options", OPTIONS_LIMIT);
        words[count++] = word;
    }
    *ret_count = count;
    return 0;
}

static bool is_bind(const char *type, const char *const *words, size_t count)
{
    bool bind = type && strcmp(type, "bind") == 0;

    for (size_t i = 0; i < count; i++)
        bind = bind || strcmp(words[i], "bind") == 0 || strcmp(words[i], "rbind") == 0;
    return bind;
}

/* The configuration's bundle is where relative paths start; who types one means the working directory. */
static int make_absolute(struct config *config, const char **source, struct error *error)
{
    char directory[PATH_MAX];

    if (!*source || **source == '/')
        return 0;
    if (!getcwd(directory, sizeof(directory)))
        return error_call(error, errno, "getcwd", "cannot tell where %s is", *source);
    *source = arena_printf(&config->arena, "%s/%s", directory, *source);
    return *source ? 0 : error_memory(error);
}

int container_mounts_parse(struct config *config, const char *destination, const char *type,
                           const char *source, const char *options, struct error *error)
{
    char *text = arena_copy(&config->arena, options ? options : "");
    const char *words[OPTIONS_LIMIT];
    size_t count = 0;
    int status;

    if (!text)
        return error_memory(error);
    status = split_options(text, words, &count, error);
    if (status == 0 && is_bind(type, words, count))
        status = make_absolute(config, &source, error);
    if (status < 0)
        return status;
    config->file = NULL; /* what is wrong is not in the file */
    config->mounts = NULL;
    config->mounts_length = 0;
    status = config_add_mount(config, destination, type, source, words, count, error);
    if (status == 0)
        config->mounts[0].origin = config->mounts[0].destination;
    return status;
}

int container_mounts_parse_bind(struct config *config, const char *text, struct error *error)
{
    char *rest = arena_copy(&config->arena, text);
    const char *source, *destination, *options;

    if (!rest)
        return error_memory(error);
    source = strsep(&rest, ":");
    destination = strsep(&rest, ":");
    options = strsep(&rest, ":");
    if (!*source || !destination || !*destination || rest) {
        error_set(error, EINVAL, "%s: is not SOURCE:DESTINATION[:OPTIONS]", text);
        error_hint(error,
                   "a colon can't be part of a path here; --type bind --source SOURCE DESTINATION has no "
                   "such limit");
        return -EINVAL;
    }
    options = arena_printf(&config->arena, "rbind,%s", options ? options : "");
    return options ? container_mounts_parse(config, destination, NULL, source, options, error)
                   : error_memory(error);
}
