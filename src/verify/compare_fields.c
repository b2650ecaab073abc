/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/compare_fields.h"
#include "base/fd.h"
#include "kernel/mount_api.h"
#include "kernel/mount_status.h"
#include "path/path.h"
#include "verify/attribute_words.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

/* What the checks of one mount share. */
struct pair {
    struct comparing *comparing;
    const struct expected_mount *mount;
    const struct mount_entry *entry;
    size_t mount_index, entry_index;
};

static int note(const struct pair *pair, enum difference_kind kind, const char *expected, const char *found)
{
    return compare_note(pair->comparing,
                        (struct difference){kind, pair->mount->place, pair->mount->origin, expected, found,
                                            NULL, pair->entry_index, pair->mount_index});
}

/* ------------------------------------------------------------------ where it is */

static bool is_at_or_below(const char *path, const char *top)
{
    size_t length = strlen(top);

    return strcmp(top, "/") == 0 ||
           (strncmp(path, top, length) == 0 && (path[length] == '/' || !path[length]));
}

/* Whether it lies on that mount, or on one that does. */
static bool is_on(const struct pair *pair, size_t other)
{
    const struct mount_table *table = pair->comparing->table;
    size_t up = pair->entry_index;

    for (size_t steps = 0; steps < table->length && up != NO_PLACE; steps++) {
        up = id_map_find(&pair->comparing->by_id, table->entries[up].parent_id);
        if (up == other)
            return true;
    }
    return false;
}

/* By another mount at this place or above it, which is not what it lies on. */
static bool is_hidden(const struct pair *pair)
{
    const struct mount_table *table = pair->comparing->table;

    for (size_t i = 0; i < table->length; i++)
        if (i != pair->entry_index && strcmp(table->entries[i].point, "/") != 0 &&
            is_at_or_below(pair->entry->point, table->entries[i].point) && !is_on(pair, i))
            return true;
    return false;
}

/* The plan's target has a link in it. Looked up now it leads to the mount, unless a later one hides that, and the
 * parent, which is compared as well, has to do. */
static bool is_led_to(const struct pair *pair)
{
    CLEANUP_FD int fd =
        pair->comparing->root_fd < 0 ? -1 : path_open(pair->comparing->root_fd, pair->mount->place, O_PATH);
    struct mount_status status;

    if (pair->comparing->root_fd < 0 || !pair->mount->parent_id)
        return false;
    if (fd >= 0 && kernel_mount_status(fd, &status) == 0 && status.is_root && status.id == pair->entry->id)
        return true;
    return is_hidden(pair);
}

static int compare_place(const struct pair *pair)
{
    if (strcmp(pair->entry->point, pair->mount->place) == 0 || is_led_to(pair))
        return 0;
    return note(pair, DIFFERENCE_PLACE, pair->mount->place, pair->entry->point);
}

static const char *describe_parent(const struct pair *pair, uint64_t id)
{
    const struct comparing *comparing = pair->comparing;
    size_t parent = id_map_find(&comparing->by_id, id);

    if (parent == NO_PLACE)
        return arena_printf(comparing->arena, "a mount in no mount of the container (%llu)",
                            (unsigned long long)id);
    return arena_printf(comparing->arena, "a mount in the one at %s (%llu)",
                        comparing->table->entries[parent].point, (unsigned long long)id);
}

static int compare_parent(const struct pair *pair)
{
    uint64_t expected = pair->mount->parent_id;

    if (!expected || pair->entry->parent_id == expected)
        return 0;
    return note(pair, DIFFERENCE_PARENT, describe_parent(pair, expected),
                describe_parent(pair, pair->entry->parent_id));
}

/* ------------------------------------------------------------------ what it shows */

static int compare_type(const struct pair *pair)
{
    const char *type = pair->mount->type;

    if (!type || strncmp(pair->entry->type, type, strlen(type)) == 0)
        return 0;
    return note(pair, DIFFERENCE_TYPE, type, pair->entry->type);
}

/* On these stat(2) tells of other devices than the mount table. */
static bool has_own_devices(const char *type)
{
    static const char *const types[] = {"btrfs", "overlay", "bcachefs", "aufs", "unionfs"};

    for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

static const char *describe_device(const struct pair *pair, unsigned major, unsigned minor)
{
    return arena_printf(pair->comparing->arena, "device %u:%u", major, minor);
}

static int compare_device(const struct pair *pair)
{
    const struct expected_mount *mount = pair->mount;
    const struct mount_entry *entry = pair->entry;

    if (!mount->has_device || mount->device == makedev(entry->major, entry->minor) ||
        (!mount->device_is_recorded && has_own_devices(entry->type)))
        return 0;
    return note(pair, DIFFERENCE_DEVICE, describe_device(pair, major(mount->device), minor(mount->device)),
                describe_device(pair, entry->major, entry->minor));
}

static int compare_root(const struct pair *pair)
{
    const char *root = pair->mount->root;

    return !root || strcmp(root, pair->entry->root) == 0
               ? 0
               : note(pair, DIFFERENCE_ROOT, root, pair->entry->root);
}

static int compare_source(const struct pair *pair)
{
    const char *source = pair->mount->source;

    return !source || strcmp(source, pair->entry->source) == 0
               ? 0
               : note(pair, DIFFERENCE_SOURCE, source, pair->entry->source);
}

static int compare_object(const struct pair *pair)
{
    return pair->mount->other_object
               ? note(pair, DIFFERENCE_OBJECT, "what was asked for", pair->mount->other_object)
               : 0;
}

/* ------------------------------------------------------------------ how it shows it */

static int note_attributes(const struct pair *pair, uint64_t expected, uint64_t found, uint64_t mask)
{
    struct arena *arena = pair->comparing->arena;

    return note(pair, DIFFERENCE_ATTRIBUTES, attribute_words_text(arena, expected, mask),
                attribute_words_text(arena, found, mask));
}

static int compare_attributes(const struct pair *pair)
{
    uint64_t found = attribute_words_parse(pair->entry->options);
    uint64_t wrong = (found ^ pair->mount->attributes) & pair->mount->known & SHOWN_ATTRIBUTES;

    if (!wrong)
        return 0;
    return note_attributes(pair, pair->mount->attributes, found, attribute_words_touched(wrong, 0));
}

static const struct {
    const char *name;
    const char *needs, *refuses, *refuses_too; /* tags */
} propagations[] = {
    [EXPECT_PRIVATE] = {"private", "", "shared:", "master:"},
    [EXPECT_SLAVE] = {"slave or private", "", "shared:", "unbindable"},
    [EXPECT_SHARED] = {"shared", "shared:", "unbindable", "unbindable"},
    [EXPECT_UNBINDABLE] = {"unbindable", "unbindable", "shared:", "master:"},
};

/* But for propagate_from, which depends on who looks. */
static bool has_same_tags(const struct pair *pair)
{
    const char *found = pair->entry->tags, *end = strstr(found, " propagate_from:");
    size_t length = end ? (size_t)(end - found) : strlen(found);

    return strlen(pair->mount->tags) == length && memcmp(pair->mount->tags, found, length) == 0;
}

static bool propagates_well(const struct pair *pair)
{
    enum expected_propagation propagation = pair->mount->propagation;
    const char *tags = pair->entry->tags;

    if (propagation == EXPECT_TAGS)
        return has_same_tags(pair);
    if (propagation == EXPECT_ANY || (pair->comparing->expectation->has_sharing && strstr(tags, "shared:")))
        return true;
    return strstr(tags, propagations[propagation].needs) &&
           !strstr(tags, propagations[propagation].refuses) &&
           !strstr(tags, propagations[propagation].refuses_too);
}

static const char *or_private(const char *tags)
{
    return *tags ? tags : "private";
}

static int compare_propagation(const struct pair *pair)
{
    enum expected_propagation propagation = pair->mount->propagation;

    if (propagates_well(pair))
        return 0;
    return note(pair, DIFFERENCE_PROPAGATION,
                propagation == EXPECT_TAGS ? or_private(pair->mount->tags) : propagations[propagation].name,
                or_private(pair->entry->tags));
}

int compare_fields(struct comparing *comparing, size_t mount, size_t entry)
{
    static int (*const checks[])(const struct pair *pair) = {
        compare_place,  compare_parent, compare_type,       compare_device,     compare_root,
        compare_source, compare_object, compare_attributes, compare_propagation};
    const struct pair pair = {comparing, &comparing->expectation->mounts[mount],
                              &comparing->table->entries[entry], mount, entry};
    int status = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(checks) && status == 0; i++)
        status = checks[i](&pair);
    return status;
}

int compare_below(struct comparing *comparing, size_t mount, size_t entry)
{
    const struct expected_mount *top = &comparing->expectation->mounts[mount];
    struct expected_mount below = {.origin = top->origin, .place = comparing->table->entries[entry].point};
    const struct pair pair = {comparing, &below, &comparing->table->entries[entry], mount, entry};
    uint64_t touched = attribute_words_touched(top->below_set, top->below_clear);
    uint64_t found = attribute_words_parse(pair.entry->options);
    uint64_t wrong = (found ^ top->below_set) & touched & SHOWN_ATTRIBUTES;

    if (!wrong || strstr(pair.entry->tags, "master:"))
        return 0;
    return note_attributes(&pair, top->below_set, found, attribute_words_touched(wrong, 0));
}
