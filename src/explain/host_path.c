/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a file of the host shows in the container. A file is named by its file system and the path in it, as
 * the mount tables have both: so it is found through every mount that shows it, by whatever name.
 *
 *   the file:  open(O_PATH), statx(STATX_MNT_ID), readlink(/proc/self/fd/N), read(mountinfo)
 *   a place:   what the container's path leads to, fstat: the same device and inode
 */
#include "base/fd.h"
#include "explain/live.h"
#include "explain/world_build.h"
#include "plan/lexical.h"

#include <fcntl.h>
#include <string.h>

/* A path in a file system. */
struct location {
    unsigned major, minor;
    const char *path;
};

struct search {
    const struct explainer *explainer;
    struct world *world;
    struct mount_table host_table;
    struct location wanted;
    struct stat status;
    struct explanations found;
};

static const struct mount_entry *find_entry(const struct mount_table *table, uint64_t id)
{
    for (size_t i = 0; i < table->length; i++)
        if (table->entries[i].id == id)
            return &table->entries[i];
    return NULL;
}

/* Where a host's name on that mount is in the file system. false: the table doesn't show it. */
static bool locate(struct search *search, uint64_t mount_id, const char *name, struct location *ret_location)
{
    const struct mount_entry *entry = find_entry(&search->host_table, mount_id);
    const char *below = entry ? lexical_below(name, entry->point) : NULL;

    if (!below)
        return false;
    *ret_location =
        (struct location){entry->major, entry->minor, world_join(search->world, entry->root, below)};
    return ret_location->path;
}

static bool is_seen(const struct search *search, const struct explanation *explanation)
{
    for (size_t i = 0; i < search->found.length; i++)
        if (strcmp(search->found.values[i].place, explanation->place) == 0)
            return true;
    return false;
}

static int add(struct search *search, const char *path, struct error *error)
{
    struct explanation explanation, *place;
    int status = explain_path(search->explainer, path, &explanation, error);

    if (status < 0 || is_seen(search, &explanation))
        return status;
    place = arena_append(&search->world->arena, (void **)&search->found.values, &search->found.length,
                         sizeof(*place));
    if (!place)
        return error_memory(error);
    *place = explanation;
    return 0;
}

/* A mount that shows the root of a part of a file system at a point of the container. */
static int try_mount(struct search *search, const struct location *shown, const char *point,
                     struct error *error)
{
    const char *below = shown->major == search->wanted.major && shown->minor == search->wanted.minor
                            ? lexical_below(search->wanted.path, shown->path)
                            : NULL;
    const char *path = below ? world_join(search->world, point, below) : NULL;
    CLEANUP_PLACE struct place place = PLACE_NONE;
    struct stat status;
    int result;

    if (!below)
        return 0;
    if (!path)
        return error_memory(error);
    result = world_look(search->world, path, search->world->mounts_length, &place, error);
    if (result < 0 || place.fd < 0 || fstat(place.fd, &status) < 0 ||
        status.st_dev != search->status.st_dev || status.st_ino != search->status.st_ino)
        return result;
    return add(search, path, error);
}

/* A mount of a plan: its source's own mount, and those below the source. */
static int try_source(struct search *search, const struct world_mount *mount, struct error *error)
{
    struct location shown;
    int status = 0;

    if (mount->fd < 0 || !mount->source)
        return 0;
    if (locate(search, mount->mount_id, mount->source, &shown))
        status = try_mount(search, &shown, mount->point, error);
    for (size_t i = 0; mount->recursive && i < search->host_table.length && status == 0; i++) {
        const struct mount_entry *entry = &search->host_table.entries[i];
        const char *below = lexical_below(entry->point, mount->source);
        const char *point;

        if (!below || strcmp(entry->point, mount->source) == 0)
            continue;
        point = world_join(search->world, mount->point, below);
        shown = (struct location){entry->major, entry->minor, entry->root};
        status = point ? try_mount(search, &shown, point, error) : error_memory(error);
    }
    return status;
}

static int try_all(struct search *search, struct error *error)
{
    const struct live *live = search->explainer->live;
    int status = 0;

    for (size_t i = 0; live && i < live->table.length && status == 0; i++) {
        const struct mount_entry *entry = &live->table.entries[i];
        const struct location shown = {entry->major, entry->minor, entry->root};

        status = try_mount(search, &shown, entry->point, error);
    }
    for (size_t i = 0; !live && i < search->world->mounts_length && status == 0; i++)
        status = try_source(search, &search->world->mounts[i], error);
    return status;
}

static int read_host_table(struct search *search, struct error *error)
{
    CLEANUP_FD int fd = open("/proc/thread-self/mountinfo", O_RDONLY | O_CLOEXEC);

    return fd < 0 ? error_call(error, errno, "open", "cannot open the mount table")
                  : mountinfo_read(fd, &search->world->arena, &search->host_table, error);
}

int explain_host_path(const struct explainer *explainer, const char *path,
                      struct explanations *ret_explanations, struct error *error)
{
    struct search search = {.explainer = explainer, .world = explainer->world};
    CLEANUP_FD int fd = open(path, O_PATH | O_CLOEXEC);
    struct world_mount file = {.fd = fd};
    int status;

    if (fd < 0)
        return error_call(error, errno, "open", "cannot open the host's %s", path);
    if (fstat(fd, &search.status) < 0)
        return error_call(error, errno, "fstat", "cannot examine the host's %s", path);
    status = world_mount_identify(search.world, &file, error);
    if (status == 0)
        status = read_host_table(&search, error);
    if (status == 0 && !locate(&search, file.mount_id, file.source, &search.wanted))
        status = error_set(error, ENOENT, "the mount table doesn't show where %s is", path);
    if (status == 0)
        status = try_all(&search, error);
    if (status == 0)
        *ret_explanations = search.found;
    return status;
}
