/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   statx(mount), openat(/proc/PID/mountinfo); openat2(target) and statx(2) once more
 */
#include "base/fd.h"
#include "container/mount_addition.h"

#include <fcntl.h>
#include <string.h>

static const struct {
    uint64_t attribute;
    const char *word;
} shown_attributes[] = {
    {ATTRIBUTE_RDONLY, "ro"},
    {ATTRIBUTE_NOSUID, "nosuid"},
    {ATTRIBUTE_NODEV, "nodev"},
    {ATTRIBUTE_NOEXEC, "noexec"},
    {ATTRIBUTE_NOATIME, "noatime"},
    {ATTRIBUTE_NODIRATIME, "nodiratime"},
    {ATTRIBUTE_NOSYMFOLLOW, "nosymfollow"},
};

static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);

    for (; *words; words += strcspn(words, ","), words += *words == ',')
        if (strncmp(words, word, length) == 0 && (words[length] == ',' || !words[length]))
            return true;
    return false;
}

/* What a mount has to have: of a bind mount the top one's attributes are the last word. */
static uint64_t wanted_attributes(const struct operation *operation)
{
    switch (operation->kind) {
    case OPERATION_BIND:
        return (operation->bind.tree.set & ~operation->bind.top.clear) | operation->bind.top.set;
    case OPERATION_FILESYSTEM:
        return operation->filesystem.attributes.set;
    default:
        return 0;
    }
}

static int compare_entry(const struct operation *operation, const struct mount_entry *entry,
                         struct error *error)
{
    uint64_t wanted = wanted_attributes(operation);

    if (!entry)
        return error_set(error, EIO, "the kernel's mount table doesn't show the mount at %s",
                         operation->target);
    for (size_t i = 0; i < ARRAY_LENGTH(shown_attributes); i++)
        if ((wanted & shown_attributes[i].attribute) && !has_word(entry->options, shown_attributes[i].word))
            return error_set(error, EIO, "the kernel shows the mount at %s as \"%s\", without \"%s\"",
                             operation->target, entry->options, shown_attributes[i].word);
    return 0;
}

/* On top: what the path leads to in the container is this mount. */
static int compare_place(const struct addition *addition, const struct operation *operation, uint64_t id,
                         struct error *error)
{
    CLEANUP_FD int fd = -1;
    uint64_t found;
    bool is_root;

    if (operation->base != OPERATION_ROOT)
        return 0;
    fd = path_open(addition->build->root_fd, operation->target, O_PATH);
    if (fd < 0)
        return error_call(error, fd, "openat2", "cannot open %s again", operation->target);
    if (mount_space_identify(fd, &found, &is_root, error) < 0)
        return -error->code;
    return found == id && is_root
               ? 0
               : error_set(error, EBUSY, "%s is something else already: the container changed it meanwhile",
                           operation->target);
}

static int compare_operation(const struct addition *addition, size_t index, const struct mount_table *table,
                             struct error *error)
{
    const struct operation *operation = &addition->plan->operations[index];
    const struct slot *slot = &addition->build->slots[index];
    uint64_t id;
    bool is_root;
    int status;

    if (slot->fd < 0 || slot->symlink)
        return 0;
    status = mount_space_identify(slot->fd, &id, &is_root, error);
    if (status == 0)
        status = compare_entry(operation, mount_space_find(table, id), error);
    if (status == 0 && !operation->nofollow)
        status = compare_place(addition, operation, id, error);
    if (status < 0)
        plan_error_place(addition->plan, index, error);
    return status;
}

int mount_addition_compare(const struct addition *addition, struct error *error)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    struct mount_table table;
    int status = mount_space_table(addition->space, &arena, &table, error);

    for (size_t i = 0; i < addition->plan->length && status == 0; i++)
        status = compare_operation(addition, i, &table, error);
    return status;
}
