/* SPDX-License-Identifier: Apache-2.0 */
/* The layers of a box under review, made before its plan. */
#include "base/fd.h"
#include "mount/copy_entry.h"
#include "review/marks.h"
#include "review/state.h"
#include "review/tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* What the merged root of the overlay shows. An ordinary user can give it neither another owner nor a group that the
 * user namespace of the box will not know; so that it can't be written to where the machine's can't, its mode says so.
 * What differs so from the beginning is no change. */
static int copy_root(const struct review *review, int target, int upper, struct error *error)
{
    const struct copy_rules rules = {.private_prefix = marks_prefix(review->user_xattr)};
    struct stat status;

    if (fstat(target, &status) < 0)
        return error_call(error, errno, "fstat", "cannot examine it");
    if (geteuid() != 0 && status.st_uid != geteuid())
        status.st_uid = geteuid();
    if (geteuid() != 0 && status.st_gid != getegid())
        status.st_gid = getegid();
    if (faccessat(target, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) < 0)
        status.st_mode &= ~(mode_t)(S_IWUSR | S_IWGRP | S_IWOTH);
    return copy_attributes(target, upper, &status, &rules, error);
}

static int make_directories(const struct review *review, unsigned number, struct error *error)
{
    CLEANUP_FD int directory = -1;
    char name[16];

    snprintf(name, sizeof(name), "%u", number);
    if (mkdirat(review->directory, name, 0700) < 0)
        return error_call(error, errno, "mkdirat", "cannot make %s/%s", review->path, name);
    directory = openat(review->directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0 || mkdirat(directory, "upper", 0700) < 0 || mkdirat(directory, "work", 0700) < 0)
        return error_call(error, errno, "mkdirat", "cannot make the layers in %s/%s", review->path, name);
    return 0;
}

static int fill_upper(const struct review *review, int target, struct review_layer *layer,
                      struct error *error)
{
    CLEANUP_FD int upper = -1;
    struct stat status, made;
    int result = review_open_layer(review, layer, "upper", &upper, error);

    if (result == 0)
        result = copy_root(review, target, upper, error);
    if (result < 0)
        return result;
    if (fstat(target, &status) < 0 || fstat(upper, &made) < 0)
        return error_call(error, errno, "fstat", "cannot examine it");
    layer->inode = status.st_ino;
    layer->uid = made.st_uid;
    layer->gid = made.st_gid;
    layer->mode = made.st_mode;
    return 0;
}

static struct review_layer *find_layer(const struct review *review, const char *target)
{
    for (size_t i = 0; i < review->layers_length; i++)
        if (strcmp(review->layers[i].target, target) == 0)
            return &review->layers[i];
    return NULL;
}

/* A volatile overlay leaves a mark that forbids another mount (overlayfs.rst, "Volatile mount"): it is for layers that a
 * crash has damaged, which review_check_boot() refuses. */
static int reuse_layer(const struct review *review, const struct review_layer *layer, int target,
                       struct error *error)
{
    CLEANUP_FD int work = -1;
    struct stat status;
    int result;

    if (fstat(target, &status) < 0)
        return error_call(error, errno, "fstat", "cannot examine it");
    if (status.st_ino != layer->inode)
        return error_set(error, ESTALE, "is another directory than when review %s began", review->name);
    result = review_open_layer(review, layer, "work", &work, error);
    return result == 0 ? tree_remove(work, "work", error) : result;
}

static int add_layer(struct review *review, const char *path, int target, struct review_layer **ret_layer,
                     struct error *error)
{
    struct review_layer *layer = find_layer(review, path);
    unsigned number = (unsigned)review->layers_length;
    int result;

    *ret_layer = layer;
    if (layer)
        return reuse_layer(review, layer, target, error);
    layer = arena_append(&review->arena, (void **)&review->layers, &review->layers_length, sizeof(*layer));
    if (!layer)
        return error_memory(error);
    *layer = (struct review_layer){.target = arena_copy(&review->arena, path), .number = number};
    if (!layer->target)
        return error_memory(error);
    result = make_directories(review, number, error);
    *ret_layer = layer;
    return result == 0 ? fill_upper(review, target, layer, error) : result;
}

static int layer_part(struct review *review, struct config *config, struct config_part *part,
                      struct error *error)
{
    const char *path = part->source ? part->source : part->path;
    CLEANUP_FD int target = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct review_layer *layer = NULL;
    struct statvfs status;
    int result;

    /* What can't be read, or written, can't be changed by who commits either. */
    part->readonly =
        part->readonly || target < 0 || fstatvfs(target, &status) < 0 || (status.f_flag & ST_RDONLY);
    if (part->readonly)
        return 0;
    result = add_layer(review, path, target, &layer, error);
    if (result < 0) {
        error_place(error, "%s", path);
        return result;
    }
    part->layers = arena_printf(&config->arena, "%s/%u", review->path, layer->number);
    return part->layers ? 0 : error_memory(error);
}

/* In the box the layers would show as what they are not: overlayfs refuses to look into them. */
static int hide_reviews(const struct review *review, struct config *config, struct error *error)
{
    size_t length = config->masked_paths.length;
    const char **values = arena_allocate(&config->arena, length + 1, sizeof(*values));
    const char *slash = strrchr(review->path, '/');

    if (!values)
        return error_memory(error);
    if (length > 0)
        memcpy(values, config->masked_paths.values, length * sizeof(*values));
    values[length] = arena_copy_range(&config->arena, review->path, (size_t)(slash - review->path));
    if (!values[length])
        return error_memory(error);
    config->masked_paths = (struct strings){values, length + 1};
    return 0;
}

/* A layer on the disk has what the program does, so nothing can be in it that keeps a name from being made. */
static int check_hidden(const struct config_part *part, struct error *error)
{
    if (part->hidden.length == 0)
        return 0;
    error_set(error, ENOTSUP,
              "%s%s%s can't be denied as \"enoent\" in a review: it could be made anew, and committed",
              part->path, part->path[1] ? "/" : "", part->hidden.values[0]);
    error_hint(error, "choose the face empty or eacces");
    return -ENOTSUP;
}

/* Rules may show something read-only, or from elsewhere. */
static bool is_reviewed(const struct config_part *part)
{
    return part->kind == PART_COPY_ON_WRITE && !part->readonly &&
           (!part->source || strcmp(part->source, part->path) == 0);
}

bool review_has_parts(const struct config *config)
{
    for (size_t i = 0; i < config->parts_length; i++)
        if (is_reviewed(&config->parts[i]))
            return true;
    return false;
}

int review_layer_parts(struct review *review, struct config *config, struct error *error)
{
    int result = 0;

    for (size_t i = 0; i < config->parts_length && result == 0; i++) {
        struct config_part *part = &config->parts[i];

        if (is_reviewed(part))
            result = check_hidden(part, error);
        if (result == 0 && is_reviewed(part))
            result = layer_part(review, config, part, error);
        else if (part->kind == PART_DIRECTORY)
            part->readonly = true;
    }
    if (result == 0)
        result = hide_reviews(review, config, error);
    review_reserve_space(review);
    return result == 0 ? review_write_state(review, false, error) : result;
}
