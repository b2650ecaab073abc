/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bind mount shows the file that its source's name led to. The name may lead to another one by now: a configuration
 * file that was replaced by rename(2), a volume that was mounted anew.
 *
 *   openat2(source), statx; openat2(the container's root, place), statx: the same file?
 */
#include "base/fd.h"
#include "container/drift_causes.h"
#include "kernel/mount_status.h"
#include "mount/machine.h"
#include "verify/id_map.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct sources {
    struct drift *drift;
    const struct mount_space *space;
    int bundle_fd;
    size_t *by_origin; /* the expected mounts, sorted */
    size_t *entries;   /* the line of each in the table; NO_PLACE: it has none */
    bool *known;       /* what differs already, as deleted or unmounted, is not told twice */
};

static int compare_origins(const void *one, const void *other, void *argument)
{
    const struct expected_mount *mounts = argument;

    return strcmp(mounts[*(const size_t *)one].origin, mounts[*(const size_t *)other].origin);
}

static int index_mounts(struct sources *sources)
{
    struct drift *drift = sources->drift;
    size_t length = drift->expectation.length;

    sources->by_origin = arena_allocate(&drift->arena, length + 1, sizeof(*sources->by_origin));
    sources->entries = arena_allocate(&drift->arena, length + 1, sizeof(*sources->entries));
    sources->known = arena_allocate(&drift->arena, length + 1, sizeof(*sources->known));
    if (!sources->by_origin || !sources->entries || !sources->known)
        return -ENOMEM;
    for (size_t i = 0; i < length; i++) {
        sources->by_origin[i] = i;
        sources->entries[i] = NO_PLACE;
    }
    for (size_t i = 0; i < drift->table.length; i++)
        if (drift->comparison.owners[i].kind == OWNER_PLAN)
            sources->entries[drift->comparison.owners[i].mount] = i;
    for (size_t i = 0; i < drift->comparison.length; i++)
        if (drift->comparison.differences[i].mount != NO_PLACE)
            sources->known[drift->comparison.differences[i].mount] = true;
    qsort_r(sources->by_origin, length, sizeof(*sources->by_origin), compare_origins,
            drift->expectation.mounts);
    return 0;
}

/* The first one in by_origin whose origin is not before this one. */
static size_t find_origin(const struct sources *sources, const char *origin)
{
    const struct expected_mount *mounts = sources->drift->expectation.mounts;
    size_t low = 0, high = sources->drift->expectation.length;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(mounts[sources->by_origin[middle]].origin, origin) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* NO_PLACE: there is none. */
static size_t find_mount(const struct sources *sources, const char *origin)
{
    const struct expectation *expectation = &sources->drift->expectation;

    for (size_t i = find_origin(sources, origin); i < expectation->length; i++) {
        const struct expected_mount *mount = &expectation->mounts[sources->by_origin[i]];

        if (strcmp(mount->origin, origin) != 0)
            break;
        if (!mount->came_along)
            return sources->by_origin[i];
    }
    return NO_PLACE;
}

/* The file that the mount shows, if no other mount hides it. */
static bool find_shown(const struct sources *sources, size_t mount, struct mount_status *ret_status)
{
    const struct drift *drift = sources->drift;
    CLEANUP_FD int fd = path_open(sources->space->root_fd, drift->expectation.mounts[mount].place, O_PATH);

    return fd >= 0 && kernel_mount_status(fd, ret_status) == 0 && ret_status->is_root &&
           ret_status->id == drift->table.entries[sources->entries[mount]].id;
}

static int note(struct drift *drift, const struct expected_mount *mount, size_t index, const char *source,
                const char *cause)
{
    struct difference *difference = arena_append(&drift->arena, (void **)&drift->comparison.differences,
                                                 &drift->comparison.length, sizeof(*difference));

    if (!difference)
        return -ENOMEM;
    *difference = (struct difference){
        DIFFERENCE_SOURCE, mount->place, mount->origin, arena_printf(&drift->arena, "what %s is now", source),
        "what it was",     cause,        NO_PLACE,      index};
    return difference->expected ? 0 : -ENOMEM;
}

static int compare_source(const struct sources *sources, const struct operation *operation)
{
    const char *source = operation->bind.source;
    size_t index = find_mount(sources, operation->origin);
    CLEANUP_FD int fd = -1;
    struct mount_status shown, named;
    const struct expected_mount *mount;

    if (index == NO_PLACE || sources->known[index] || sources->entries[index] == NO_PLACE ||
        !find_shown(sources, index, &shown))
        return 0;
    mount = &sources->drift->expectation.mounts[index];
    fd = kernel_openat2(sources->bundle_fd, source, O_PATH | (operation->bind.nofollow ? O_NOFOLLOW : 0), 0,
                        0);
    if (fd == -ENOENT)
        return note(sources->drift, mount, index, source, "the source is gone from the host");
    if (fd < 0 || kernel_mount_status(fd, &named) < 0)
        return 0;
    if (named.inode == shown.inode && named.device == shown.device)
        return 0;
    return note(sources->drift, mount, index, source, "the source was replaced on the host");
}

static bool has_named_source(const struct operation *operation)
{
    return operation->kind == OPERATION_BIND && !operation->bind.from_root && !operation->bind.has_fd &&
           !operation->bind.device && !operation->bind.copies_symlink &&
           strncmp(operation->origin, "mounts[", 7) == 0;
}

int drift_compare_sources(struct drift *drift, const struct container *container,
                          const struct mount_space *space, struct error *error)
{
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_PLAN struct plan plan = {0};
    CLEANUP_FD int bundle = open(container->state.bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct sources sources = {.drift = drift, .space = space, .bundle_fd = bundle};
    int status = container_read_config(container, &config, error);

    if (status == 0)
        status = plan_for_machine(&plan, &config, NULL, 0, error);
    if (status == 0 && index_mounts(&sources) < 0)
        return error_memory(error);
    for (size_t i = 0; i < plan.length && status == 0; i++)
        if (has_named_source(&plan.operations[i]) && compare_source(&sources, &plan.operations[i]) < 0)
            return error_memory(error);
    return status;
}
