/* SPDX-License-Identifier: Apache-2.0 */
#include "review/links.h"
#include "base/fd.h"
#include "review/marks.h"

#include <search.h>
#include <string.h>

struct origin {
    unsigned layer;
    struct marks_handle handle;
    char *relative;
};

static void free_file(void *pointer)
{
    struct link_file *file = pointer;

    free(file->path);
    free(file->relative);
    free(file);
}

static void free_origin(void *pointer)
{
    struct origin *origin = pointer;

    free(origin->relative);
    free(origin);
}

void links_clear(struct links *links)
{
    tdestroy(links->files, free_file);
    tdestroy(links->origins, free_origin);
    *links = (struct links){0};
}

static int compare_files(const void *left, const void *right)
{
    const struct link_file *a = left, *b = right;

    if (a->layer != b->layer)
        return a->layer < b->layer ? -1 : 1;
    return a->inode < b->inode ? -1 : a->inode > b->inode;
}

static int compare_origins(const void *left, const void *right)
{
    const struct origin *a = left, *b = right;

    if (a->layer != b->layer)
        return a->layer < b->layer ? -1 : 1;
    if (a->handle.length != b->handle.length)
        return a->handle.length < b->handle.length ? -1 : 1;
    if (a->handle.type != b->handle.type)
        return a->handle.type < b->handle.type ? -1 : 1;
    return memcmp(a->handle.bytes, b->handle.bytes, a->handle.length);
}

static struct link_file *add_file(struct links *links, const struct walk *walk,
                                  const struct walk_entry *entry, struct error *error)
{
    struct link_file *file = calloc(1, sizeof(*file));
    struct link_file **place = NULL;

    if (file) {
        *file = (struct link_file){
            .layer = walk->layer->number, .inode = entry->upper.stx_ino, .path = strdup(entry->path)};
        place = file->path ? tsearch(file, &links->files, compare_files) : NULL;
    }
    if (!place) {
        if (file)
            free_file(file);
        error_memory(error);
        return NULL;
    }
    if (*place != file)
        free_file(file);
    return *place;
}

static bool read_origin(const struct walk *walk, const struct walk_entry *entry,
                        struct marks_handle *ret_handle)
{
    CLEANUP_ERROR struct error ignored = {0};
    CLEANUP_FD int upper = walk_open_file(entry->directory->upper, entry->name, &ignored);

    return upper >= 0 && marks_origin(upper, walk->review->user_xattr, ret_handle);
}

/* Whether the entry shows the machine's file of its name: nothing differs, or it was copied from it. */
static bool shows_machines(const struct walk *walk, const struct walk_entry *entry)
{
    struct marks_handle origin, machine;

    if (!entry->exists || !S_ISREG(entry->machine.stx_mode))
        return false;
    return entry->kind == REVIEW_SAME || (read_origin(walk, entry, &origin) &&
                                          marks_handle_of(entry->directory->machine, entry->name, &machine) &&
                                          marks_handle_equal(&origin, &machine));
}

static int note_removed(struct links *links, const struct walk *walk, const struct walk_entry *entry,
                        struct error *error)
{
    struct origin *origin = calloc(1, sizeof(*origin));
    struct origin **place = NULL;

    if (!origin)
        return error_memory(error);
    origin->layer = walk->layer->number;
    if (!marks_handle_of(entry->directory->machine, entry->name, &origin->handle)) {
        free_origin(origin);
        return 0;
    }
    origin->relative = strdup(entry->relative);
    if (origin->relative)
        place = tsearch(origin, &links->origins, compare_origins);
    if (!place || *place != origin)
        free_origin(origin);
    return place ? 0 : error_memory(error);
}

int links_note(struct links *links, const struct walk *walk, const struct walk_entry *entry,
               struct link_file **ret_file, struct error *error)
{
    struct link_file *file;

    *ret_file = NULL;
    if (!entry->in_layer)
        return S_ISREG(entry->machine.stx_mode) && entry->machine.stx_nlink > 1
                   ? note_removed(links, walk, entry, error)
                   : 0;
    if (!S_ISREG(entry->upper.stx_mode) ||
        (entry->upper.stx_nlink < 2 && (!entry->exists || entry->machine.stx_nlink < 2)))
        return 0;
    file = add_file(links, walk, entry, error);
    if (!file)
        return -ENOMEM;
    if (!file->relative && shows_machines(walk, entry)) {
        file->relative = strdup(entry->relative);
        file->settled = entry->kind == REVIEW_SAME;
        if (!file->relative)
            return error_memory(error);
    }
    *ret_file = file;
    return 0;
}

int links_find(struct links *links, const struct walk *walk, const struct walk_entry *entry,
               struct link_file **ret_file, struct error *error)
{
    const struct link_file key = {.layer = walk->layer->number, .inode = entry->upper.stx_ino};
    struct origin wanted = {.layer = walk->layer->number};
    struct link_file **file = tfind(&key, &links->files, compare_files);
    struct origin **origin;

    *ret_file = file && S_ISREG(entry->upper.stx_mode) ? *file : NULL;
    if (!*ret_file || (*file)->relative || !read_origin(walk, entry, &wanted.handle))
        return 0;
    origin = tfind(&wanted, &links->origins, compare_origins);
    if (!origin)
        return 0;
    (*file)->relative = strdup((*origin)->relative);
    return (*file)->relative ? 0 : error_memory(error);
}
