/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   a path:  openat2(mount, rest, O_PATH | O_NOFOLLOW, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS)
 *   a link:  readlinkat, and the rest of the path in turn
 */
#include "explain/world.h"
#include "base/fd.h"
#include "kernel/mount_api.h"
#include "plan/lexical.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <unistd.h>

#define LINK_LIMIT 40 /* as many as the kernel follows (path_resolution(7)) */

void world_close(struct world *world)
{
    for (size_t i = 0; i < world->mounts_length; i++)
        fd_close(&world->mounts[i].fd);
    fd_close(&world->host_fd);
}

void world_clear(struct world *world)
{
    world_close(world);
    arena_clear(&world->arena);
    *world = WORLD_NONE;
}

void place_clear(struct place *place)
{
    fd_close(&place->fd);
}

const char *world_join(struct world *world, const char *directory, const char *name)
{
    name += strspn(name, "/");
    if (!*name)
        return directory;
    return arena_printf(&world->arena, "%s/%s", directory[1] ? directory : "", name);
}

size_t world_find_mount(const struct world *world, const char *path, size_t limit)
{
    for (size_t i = limit; i > 0; i--)
        if (lexical_below(path, world->mounts[i - 1].point))
            return i - 1;
    return 0;
}

static const struct world_node *find_node(const struct world *world, const char *path, size_t mount)
{
    for (size_t i = 0; i < world->nodes_length; i++)
        if (world->nodes[i].mount == mount && strcmp(world->nodes[i].path, path) == 0)
            return &world->nodes[i];
    return NULL;
}

/* Without the mounts below the source, what they cover shows; nobody can look at it from here. */
static int open_below(const struct world_mount *mount, const char *below)
{
    uint64_t resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | (mount->recursive ? 0 : RESOLVE_NO_XDEV);

    return kernel_openat2(mount->fd, below, O_PATH | O_NOFOLLOW, 0, resolve);
}

static int look_into_mount(const struct world *world, struct place *place)
{
    const struct world_mount *mount = &world->mounts[place->mount];
    const char *below = lexical_below(place->path, mount->point);

    place->is_root = strcmp(below, "/") == 0;
    if (mount->fd >= 0 && place->is_root)
        return fcntl(mount->fd, F_DUPFD_CLOEXEC, 3);
    if (mount->fd >= 0)
        return open_below(mount, below);
    if (place->is_root || !mount->is_empty)
        return 0;
    return -ENOENT;
}

int world_look(struct world *world, const char *path, size_t limit, struct place *ret_place,
               struct error *error)
{
    struct place place = {.path = path, .mount = world_find_mount(world, path, limit), .fd = -1};
    const struct world_mount *mount = &world->mounts[place.mount];
    int fd = look_into_mount(world, &place);

    if (fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM)
        return error_call(error, fd, "openat2", "cannot look at %s", path);
    place.node = fd == -ENOENT || mount->fd < 0 ? find_node(world, path, place.mount) : NULL;
    if (fd >= 0 && mount->fd >= 0)
        place.fd = fd;
    else if (place.node || (place.is_root && mount->fd < 0))
        place.state = PLACE_FOUND;
    else if (fd == -ENOENT || fd == -ENOTDIR)
        place.state = PLACE_MISSING;
    else
        place.state = PLACE_UNKNOWN;
    place.code = place.state == PLACE_UNKNOWN ? -fd : 0;
    *ret_place = place;
    return 0;
}

bool place_status(const struct world *world, const struct place *place, struct stat *ret_status,
                  bool *ret_inside)
{
    *ret_inside = place->fd < 0;
    if (place->state != PLACE_FOUND)
        return false;
    if (place->fd >= 0)
        return fstat(place->fd, ret_status) == 0;
    if (place->is_root) {
        *ret_status = world->mounts[place->mount].status;
        *ret_inside = !world->mounts[place->mount].host_ids;
        return ret_status->st_mode != 0;
    }
    *ret_status =
        (struct stat){.st_mode = place->node->mode, .st_uid = place->node->uid, .st_gid = place->node->gid};
    return true;
}

struct walker {
    struct world *world;
    const struct world_walk *walk;
    struct place place; /* where it is now */
    int links;
};

static int walk_text(struct walker *walker, const char *text, bool last, struct error *error);

/* NULL: no link. */
static int read_link(struct walker *walker, const struct place *place, const char **ret_text,
                     struct error *error)
{
    struct stat status;
    char text[PATH_MAX];
    ssize_t length;
    bool inside;

    *ret_text = place->node ? place->node->link : NULL;
    if (place->fd < 0 || !place_status(walker->world, place, &status, &inside) || !S_ISLNK(status.st_mode))
        return 0;
    length = readlinkat(place->fd, "", text, sizeof(text));
    /* /proc/self is only for who is in that PID namespace: it stays where it is. */
    if (length < 0 && errno == ENOENT)
        return 0;
    if (length < 0 || length == sizeof(text))
        return error_call(error, length < 0 ? errno : ENAMETOOLONG, "readlink", "cannot read the link %s",
                          place->path);
    *ret_text = arena_copy_range(&walker->world->arena, text, (size_t)length);
    return *ret_text ? 0 : error_memory(error);
}

static int go_to(struct walker *walker, const char *path, struct error *error)
{
    place_clear(&walker->place);
    return world_look(walker->world, path, walker->world->mounts_length, &walker->place, error);
}

static int go_up(struct walker *walker, struct error *error)
{
    struct arena *arena = &walker->world->arena;
    const char *parent = strcmp(walker->place.path, walker->walk->root) == 0
                             ? walker->place.path
                             : lexical_absolute(arena, walker->place.path, "..");

    return parent ? go_to(walker, parent, error) : error_memory(error);
}

static int visit(struct walker *walker, struct error *error)
{
    const struct world_walk *walk = walker->walk;

    return walk->visit ? walk->visit(walker->world, &walker->place, walk->argument, error) : 0;
}

static int step(struct walker *walker, const char *name, bool last, struct error *error)
{
    CLEANUP_PLACE struct place next = PLACE_NONE;
    const char *path, *link;
    int status = visit(walker, error);

    if (status != 0 || strcmp(name, ".") == 0)
        return status;
    if (strcmp(name, "..") == 0)
        return go_up(walker, error);
    path = world_join(walker->world, walker->place.path, name);
    if (!path)
        return error_memory(error);
    if (walker->place.state == PLACE_MISSING) {
        walker->place.path = path;
        return 0;
    }
    status = world_look(walker->world, path, walker->world->mounts_length, &next, error);
    if (status == 0)
        status = read_link(walker, &next, &link, error);
    if (status < 0)
        return status;
    if (!link || (last && walker->walk->nofollow)) {
        place_clear(&walker->place);
        walker->place = next;
        next.fd = -1;
        return 0;
    }
    if (++walker->links > LINK_LIMIT)
        return error_set(error, ELOOP, "too many symbolic links on the way, the last one is %s", path);
    return walk_text(walker, link, last, error);
}

static int walk_text(struct walker *walker, const char *text, bool last, struct error *error)
{
    int status = *text == '/' ? go_to(walker, walker->walk->root, error) : 0;

    for (text += strspn(text, "/"); *text && status == 0;) {
        size_t length = strcspn(text, "/");
        size_t slashes = strspn(text + length, "/");
        char name[NAME_MAX + 1];

        if (length > NAME_MAX)
            return error_set(error, ENAMETOOLONG, "a component of the path is longer than %d bytes",
                             NAME_MAX);
        memcpy(name, text, length);
        name[length] = '\0';
        text += length + slashes;
        status = step(walker, name, last && !*text && slashes == 0, error);
    }
    return status;
}

int world_resolve(struct world *world, const char *path, const struct world_walk *walk,
                  struct place *ret_place, struct error *error)
{
    struct walker walker = {.world = world, .walk = walk, .place = PLACE_NONE};
    int status = go_to(&walker, walk->root, error);

    if (status == 0)
        status = walk_text(&walker, path, true, error);
    if (status == 0)
        *ret_place = walker.place;
    else
        place_clear(&walker.place);
    return status;
}
