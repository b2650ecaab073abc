/* SPDX-License-Identifier: Apache-2.0 */
#include "review/scan.h"

#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct scan {
    struct review_changes *changes;
    struct links *links;
};

void review_changes_clear(struct review_changes *changes)
{
    arena_clear(&changes->arena);
    *changes = (struct review_changes){0};
}

static int fill_file(struct arena *arena, int directory, const char *name, const struct statx *status,
                     struct review_file *file, struct error *error)
{
    char text[PATH_MAX];
    ssize_t length;

    *file = (struct review_file){
        .exists = true,
        .mode = status->stx_mode,
        .uid = status->stx_uid,
        .gid = status->stx_gid,
        .size = status->stx_size,
        .device = makedev(status->stx_rdev_major, status->stx_rdev_minor),
    };
    if (!S_ISLNK(status->stx_mode))
        return 0;
    length = readlinkat(directory, name, text, sizeof(text));
    if (length < 0)
        return error_call(error, errno, "readlinkat", "cannot read the link");
    file->target = arena_copy_range(arena, text, (size_t)length);
    return file->target ? 0 : error_memory(error);
}

static int fill_sides(struct arena *arena, const struct walk_entry *entry, struct review_change *change,
                      struct error *error)
{
    const struct walk_directory *directory = entry->directory;
    int result = 0;

    if (entry->exists)
        result = fill_file(arena, directory->machine, entry->name, &entry->machine, &change->before, error);
    if (result == 0 && entry->in_layer)
        result = fill_file(arena, directory->upper, entry->name, &entry->upper, &change->after, error);
    return result;
}

static int add_change(const struct walk *walk, struct review_changes *changes, const struct walk_entry *entry,
                      const struct link_file *file, struct error *error)
{
    struct arena *arena = &changes->arena;
    struct review_change *change =
        arena_append(arena, (void **)&changes->values, &changes->length, sizeof(*change));
    int result;

    if (!change)
        return error_memory(error);
    *change = (struct review_change){
        .path = arena_copy(arena, entry->path),
        .relative = arena_copy(arena, entry->relative),
        .layer = (size_t)(walk->layer - walk->review->layers),
        .kind = entry->kind,
        .what = entry->what,
    };
    if (file && strcmp(file->path, entry->path) != 0)
        change->link = arena_copy(arena, file->path);
    if (!change->path || !change->relative || (file && strcmp(file->path, entry->path) != 0 && !change->link))
        return error_memory(error);
    result = fill_sides(arena, entry, change, error);
    if (result == 0)
        result = conflict_find(walk, entry, arena, &change->conflict, error);
    changes->conflicts += change->conflict != NULL;
    return result;
}

static int scan_entry(struct walk *walk, const struct walk_entry *entry, struct error *error)
{
    struct scan *scan = walk->argument;
    struct link_file *file = NULL;
    int result = links_note(scan->links, walk, entry, &file, error);

    if (result < 0 || entry->kind == REVIEW_SAME)
        return result;
    return add_change(walk, scan->changes, entry, file, error);
}

/* A walk holds the directories above it open: as many as the hard limit allows. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)!setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int scan_layers(const struct review *review, struct links *links, struct review_changes *ret_changes,
                struct error *error)
{
    static const struct walk_visitor visitor = {.enter = scan_entry};
    CLEANUP_CHANGES struct review_changes changes = {0};
    struct scan scan = {&changes, links};
    int result = 0;

    raise_descriptor_limit();
    for (size_t i = 0; i < review->layers_length && result == 0; i++) {
        struct walk walk = {.review = review,
                            .layer = &review->layers[i],
                            .visitor = &visitor,
                            .argument = &scan,
                            .machine_root = -1};

        result = walk_layer(&walk, error);
    }
    if (result < 0)
        return result;
    *ret_changes = changes;
    changes = (struct review_changes){0};
    return 0;
}

int review_scan(const struct review *review, struct review_changes *ret_changes, struct error *error)
{
    struct links links = {0};
    int result = scan_layers(review, &links, ret_changes, error);

    links_clear(&links);
    return result;
}
