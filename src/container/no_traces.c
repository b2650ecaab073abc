/* SPDX-License-Identifier: Apache-2.0 */
#include "container/no_traces.h"
#include "base/fd.h"
#include "path/path.h"
#include "plan/lexical.h"

#include <fcntl.h>
#include <string.h>

/* What a path of the container lies in: the image, a volume, or memory. */
struct region {
    const char *path;
    int fd; /* -1: what is missing there is made in memory */
};

struct arranging {
    struct config *config;
    struct region *regions; /* the root, then one a mount */
    size_t length;
};

static void regions_clear(struct arranging *work)
{
    for (size_t i = 0; i < work->length; i++)
        fd_close(&work->regions[i].fd);
}

bool no_traces_is_wanted(const struct config *config)
{
    for (size_t i = 0; i < config->annotations_length; i++)
        if (strcmp(config->annotations[i].key, NO_TRACES_ANNOTATION) == 0)
            return strcmp(config->annotations[i].value, "true") == 0;
    return false;
}

/* A later mount covers an earlier one. */
static const struct region *find_region(const struct arranging *work, const char *path)
{
    const struct region *found = &work->regions[0];

    for (size_t i = 1; i < work->length; i++)
        if (lexical_below(path, work->regions[i].path))
            found = &work->regions[i];
    return found;
}

static bool is_there(const struct region *region, const char *path, struct error *error, int *ret_status)
{
    CLEANUP_FD int fd = path_open(region->fd, lexical_below(path, region->path), O_PATH);

    *ret_status = 0;
    if (fd < 0 && fd != -ENOENT)
        *ret_status = error_call(error, fd, "openat2", "cannot look for the target %s", path);
    return fd >= 0;
}

static bool is_covered(const struct config *config, const char *path)
{
    for (size_t i = 0; i < config->covers_length; i++)
        if (strcmp(config->covers[i].path, path) == 0)
            return true;
    return false;
}

static int cover(struct config *config, const char *directory, const char *missing, size_t before,
                 struct error *error)
{
    struct config_cover *place;

    if (is_covered(config, directory))
        return 0;
    place = arena_append(&config->arena, (void **)&config->covers, &config->covers_length, sizeof(*place));
    if (!place)
        return error_memory(error);
    *place = (struct config_cover){.path = directory, .before = before};
    place->warning =
        arena_printf(&config->arena,
                     "nothing new can be made in %s itself (EROFS), for %s is missing there: to be "
                     "without this, make it in the image or the volume",
                     directory, missing);
    return place->warning ? 0 : error_memory(error);
}

/* Covers the deepest directory on the way that is there. */
static int need(struct arranging *work, const char *path, size_t before, struct error *error)
{
    const struct region *region = find_region(work, path);
    char *directory = arena_copy(&work->config->arena, path);
    int status;

    if (!directory)
        return error_memory(error);
    if (region->fd < 0 || strcmp(path, region->path) == 0 || is_there(region, path, error, &status))
        return 0;
    while (status == 0 && strcmp(directory, region->path) != 0 &&
           !is_there(region, directory, error, &status)) {
        char *slash = strrchr(directory, '/');

        slash[slash == directory] = '\0';
    }
    return status == 0 ? cover(work->config, directory, path, before, error) : status;
}

static bool is_bind(const struct config_mount *mount)
{
    for (size_t i = 0; i < mount->options.length; i++)
        if (strcmp(mount->options.values[i], "bind") == 0 || strcmp(mount->options.values[i], "rbind") == 0)
            return true;
    return mount->type && strcmp(mount->type, "bind") == 0;
}

/* A source that can't be opened is an error of the start's own. */
static int add_region(struct arranging *work, const struct config_mount *mount, const char *path,
                      struct error *error)
{
    const struct config *config = work->config;
    struct region region = {path, -1};
    const char *source;

    if (is_bind(mount) && mount->has_source_fd) {
        region.fd = fcntl(mount->source_fd, F_DUPFD_CLOEXEC, 3);
    } else if (is_bind(mount) && mount->source) {
        source = lexical_absolute(&work->config->arena, config->bundle, mount->source);
        if (!source)
            return error_memory(error);
        region.fd = open(source, O_PATH | O_CLOEXEC);
    }
    work->regions[work->length++] = region;
    return 0;
}

static int open_root(struct arranging *work, struct error *error)
{
    struct config *config = work->config;
    const char *path =
        lexical_absolute(&config->arena, config->bundle, config->rootfs ? config->rootfs : "/");
    int fd;

    work->regions = arena_allocate(&config->arena, config->mounts_length + 1, sizeof(*work->regions));
    if (!path || !work->regions)
        return error_memory(error);
    fd = config->has_rootfs_fd ? fcntl(config->rootfs_fd, F_DUPFD_CLOEXEC, 3)
                               : open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        error_call(error, errno, "open", "cannot open the root %s", path);
        config_error_place(config, error, "root.path");
        return -error->code;
    }
    work->regions[work->length++] = (struct region){"/", fd};
    return 0;
}

static int see_to_mounts(struct arranging *work, struct error *error)
{
    struct config *config = work->config;
    bool has_dev = false;

    for (size_t i = 0; i < config->mounts_length; i++) {
        const char *path = lexical_absolute(&config->arena, NULL, config->mounts[i].destination);
        int status = path ? need(work, path, i, error) : error_memory(error);

        if (status == 0)
            status = add_region(work, &config->mounts[i], path, error);
        if (status < 0)
            return status;
        has_dev = has_dev || strcmp(path, "/dev") == 0;
    }
    if (has_dev)
        return 0;
    error_set(error, ENOTSUP, "nothing is mounted at /dev, so devices would be made in the image");
    error_hint(error, "mount a tmpfs there, or do without %s", NO_TRACES_ANNOTATION);
    return -ENOTSUP;
}

/* Hooks are shown the root at its place on the host. */
static int check_hooks(const struct config *config, struct error *error)
{
    if (!is_covered(config, "/") || config->hooks[HOOK_PRESTART].length +
                                            config->hooks[HOOK_CREATE_RUNTIME].length +
                                            config->hooks[HOOK_CREATE_CONTAINER].length ==
                                        0)
        return 0;
    error_set(error, ENOTSUP, "the root lacks a mount's target, and can't be covered for hooks");
    error_hint(error, "make it in the image, or do without %s", NO_TRACES_ANNOTATION);
    config_error_place(config, error, "hooks");
    return -ENOTSUP;
}

int no_traces_arrange(struct config *config, struct error *error)
{
    CLEANUP(regions_clear) struct arranging work = {.config = config};
    int status = open_root(&work, error);

    config->no_traces = true;
    if (status == 0)
        status = see_to_mounts(&work, error);
    if (status == 0 && config->has_process && config->process.cwd && config->process.cwd[1])
        status = need(&work, lexical_absolute(&config->arena, NULL, config->process.cwd),
                      config->mounts_length, error);
    return status == 0 ? check_hooks(config, error) : status;
}
