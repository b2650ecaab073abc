/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/machine_tree.h"
#include "rules/machine_mounts.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const enum region regions[] = {
    [PART_COPY_ON_WRITE] = REGION_COPY,
    [PART_READONLY] = REGION_HOST,
    [PART_DIRECTORY] = REGION_MEMORY,
    [PART_SYMLINK] = REGION_NONE,
};

/* *ret_item is NULL where another rule decides. */
static int add_item(struct machine_tree *tree, enum config_part_kind kind, const char *path,
                    struct item **ret_item, struct error *error)
{
    struct item *item;

    *ret_item = NULL;
    if (rules_find(tree->rules, path) != tree->rule)
        return 0;
    item = items_add(tree->items, kind, path, tree->rule ? tree->rule->origin : NULL);
    if (!item)
        return error_memory(error);
    item->rule = tree->rule;
    item->region = regions[kind];
    item->source = path;
    item->part.readonly = tree->sealed && kind == PART_COPY_ON_WRITE;
    item->is_directory = kind == PART_COPY_ON_WRITE;
    item->makes_itself = kind == PART_DIRECTORY || kind == PART_SYMLINK;
    *ret_item = item;
    return 0;
}

static int add_simple(struct machine_tree *tree, enum config_part_kind kind, const char *path,
                      struct error *error)
{
    struct item *item;

    return add_item(tree, kind, path, &item, error);
}

/* What has gone meanwhile, or can't be reached, a dead mount for example, is not in the box. */
static int leave_out(const char *path, struct error *error)
{
    return errno == ENOMEM ? error_call(error, errno, "lstat", "cannot look at %s", path) : 0;
}

static int add_path(struct machine_tree *tree, const char *path, struct error *error);

static int add_entries(struct machine_tree *tree, const char *path, DIR *directory, struct error *error)
{
    const struct dirent *entry;
    int status = 0;

    while (status == 0 && (entry = readdir(directory))) {
        const char *below;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        below = arena_printf(tree->items->arena, "%s/%s", strcmp(path, "/") == 0 ? "" : path, entry->d_name);
        status = below ? add_path(tree, below, error) : error_memory(error);
    }
    return status;
}

/* An empty directory in memory, filled with the entries of the machine's. */
static int add_directory(struct machine_tree *tree, const char *path, mode_t mode, struct error *error)
{
    struct item *item;
    DIR *directory;
    int status = add_item(tree, PART_DIRECTORY, path, &item, error);

    if (status < 0)
        return status;
    if (item)
        item->part.mode = mode & 07777;
    directory = opendir(path);
    if (!directory)
        return 0; /* what the user can't read the box doesn't show */
    status = add_entries(tree, path, directory, error);
    closedir(directory);
    return status;
}

static int add_symlink(struct machine_tree *tree, const char *path, struct error *error)
{
    struct item *item;
    char text[PATH_MAX];
    ssize_t length = readlink(path, text, sizeof(text));
    int status;

    if (length < 0 || length == (ssize_t)sizeof(text))
        return 0; /* gone meanwhile */
    status = add_item(tree, PART_SYMLINK, path, &item, error);
    if (status < 0 || !item)
        return status;
    item->part.text = arena_copy_range(tree->items->arena, text, (size_t)length);
    return item->part.text ? 0 : error_memory(error);
}

static int add_mounted_directory(struct machine_tree *tree, const char *path, mode_t mode,
                                 struct error *error)
{
    const struct mount_entry *mount = machine_mounts_at(tree, path);
    enum treatment treatment = mount ? mount_treatment(mount->type) : TREAT_COPY_ON_WRITE;
    struct item *item;
    int status;

    if (treatment == TREAT_READONLY)
        return add_simple(tree, PART_READONLY, path, error);
    if (treatment == TREAT_LEAVE_OUT) {
        status = add_item(tree, PART_DIRECTORY, path, &item, error);
        if (status == 0 && item)
            item->part.mode = mode & 07777;
        return status;
    }
    if (machine_tree_has_below(tree, path))
        return add_directory(tree, path, mode, error);
    return add_simple(tree, PART_COPY_ON_WRITE, path, error);
}

static int add_found(struct machine_tree *tree, const char *path, mode_t mode, struct error *error)
{
    if (S_ISDIR(mode))
        return add_mounted_directory(tree, path, mode, error);
    if (S_ISLNK(mode))
        return add_symlink(tree, path, error);
    if (S_ISREG(mode))
        return add_simple(tree, PART_READONLY, path, error);
    return 0; /* sockets, FIFOs and devices are the machine's */
}

static int add_path(struct machine_tree *tree, const char *path, struct error *error)
{
    struct stat status;

    return lstat(path, &status) < 0 ? leave_out(path, error) : add_found(tree, path, status.st_mode, error);
}

static bool is_item(const struct machine_tree *tree, const char *path)
{
    for (size_t i = 0; i < tree->items->length; i++)
        if (strcmp(tree->items->values[i].part.path, path) == 0)
            return true;
    return false;
}

/* Below what is left out or shown with all that is mounted below it, nothing more is to do. */
static bool is_settled(const struct machine_tree *tree, const char *path)
{
    for (size_t i = 0; i < tree->mounts.length; i++)
        if (path_is_below(path, tree->mounts.entries[i].point) &&
            mount_treatment(tree->mounts.entries[i].type) != TREAT_COPY_ON_WRITE)
            return true;
    return false;
}

static int add_mount(struct machine_tree *tree, const struct mount_entry *mount, struct error *error)
{
    struct stat status;

    if (is_settled(tree, mount->point) || mount_treatment(mount->type) == TREAT_LEAVE_OUT)
        return 0;
    if (lstat(mount->point, &status) < 0)
        return leave_out(mount->point, error);
    if (mount_treatment(mount->type) == TREAT_READONLY || !S_ISDIR(status.st_mode))
        return add_simple(tree, PART_READONLY, mount->point, error);
    return add_simple(tree, PART_COPY_ON_WRITE, mount->point, error);
}

/* Who has the privilege takes each mount on its own. */
static int add_mounts(struct machine_tree *tree, const char *path, struct error *error)
{
    int status = add_simple(tree, PART_COPY_ON_WRITE, path, error);

    for (size_t i = machine_mounts_find_first(tree, path); i < tree->mounts.length && status == 0; i++) {
        if (!path_below(tree->mounts.entries[i].point, path))
            break;
        if (strcmp(tree->mounts.entries[i].point, path) != 0)
            status = add_mount(tree, &tree->mounts.entries[i], error);
    }
    return status;
}

/* Copying a directory up keeps its owner, which a user namespace can do for the user's own only: below a directory of
 * somebody else the user's directories could not be written (EOVERFLOW). So the uppermost directory of the user's
 * own on the way to a place where people work becomes a part of its own. */
static int add_own_directory(struct machine_tree *tree, const char *place, struct error *error)
{
    char *path = arena_copy(tree->items->arena, place);
    struct stat status;

    if (!path)
        return error_memory(error);
    for (char *end = strchr(path + 1, '/'); *path == '/'; end = strchr(end + 1, '/')) {
        if (end)
            *end = '\0';
        if (lstat(path, &status) < 0)
            return leave_out(path, error);
        if (!S_ISDIR(status.st_mode))
            return 0;
        if (status.st_uid == geteuid())
            return is_item(tree, path) || is_settled(tree, path)
                       ? 0
                       : add_simple(tree, PART_COPY_ON_WRITE, path, error);
        if (!end)
            return 0;
        *end = '/';
    }
    return 0;
}

/* Everybody may write there. */
static int add_shared_directory(struct machine_tree *tree, const char *path, struct error *error)
{
    if (is_item(tree, path) || is_settled(tree, path) || machine_tree_has_below(tree, path) ||
        access(path, W_OK | X_OK) < 0)
        return 0;
    return add_simple(tree, PART_COPY_ON_WRITE, path, error);
}

/* From above to below: a part covers what was there before. */
static int add_own_directories(struct machine_tree *tree, struct error *error)
{
    const char *home = getenv("HOME");
    char *present = get_current_dir_name();
    int status = add_shared_directory(tree, "/var/tmp", error);

    if (status == 0 && present)
        status = add_own_directory(tree, present, error);
    free(present);
    if (status == 0 && home && *home == '/')
        status = add_own_directory(tree, home, error);
    return status;
}

static int add_tree(struct machine_tree *tree, const char *path, struct error *error)
{
    struct stat top;
    int status;

    /* What the box is asked to show: without it there is none. */
    if (lstat(path, &top) < 0)
        return error_call(error, errno, "lstat", "cannot look at %s", path);
    status = add_found(tree, path, top.st_mode, error);
    return status == 0 && strcmp(path, "/") == 0 ? add_own_directories(tree, error) : status;
}

int machine_tree_add(struct machine_tree *tree, const char *path, struct error *error)
{
    return tree->locked ? add_tree(tree, path, error) : add_mounts(tree, path, error);
}
