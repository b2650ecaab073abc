/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of operation mounts, as the kernel's table has to show it. */
#include "verify/attribute_words.h"
#include "verify/expecting.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define MASK_DIRECTORY_ATTRIBUTES (ATTRIBUTE_RDONLY | ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV | ATTRIBUTE_NOEXEC)

void expect_change(struct expected_mount *mount, const struct mount_attributes *attributes)
{
    uint64_t touched = attribute_words_touched(attributes->set, attributes->clear);

    mount->known |= touched;
    mount->attributes = (mount->attributes & ~touched) | attributes->set;
}

void expect_change_below(struct expected_mount *mount, const struct mount_attributes *attributes)
{
    mount->below_clear = (mount->below_clear & ~attributes->set) | attributes->clear;
    mount->below_set = (mount->below_set & ~attributes->clear) | attributes->set;
}

static enum expected_propagation expect_propagation(uint64_t propagation)
{
    switch (propagation) {
    case PROPAGATE_PRIVATE:
        return EXPECT_PRIVATE;
    case PROPAGATE_SLAVE:
        return EXPECT_SLAVE;
    case PROPAGATE_SHARED:
        return EXPECT_SHARED;
    case PROPAGATE_UNBINDABLE:
        return EXPECT_UNBINDABLE;
    default:
        return EXPECT_ANY;
    }
}

void expect_propagate(struct expecting *work, struct expected_mount *mount, uint64_t propagation)
{
    if (propagation)
        mount->propagation = expect_propagation(propagation);
    work->expectation.has_sharing = work->expectation.has_sharing || propagation == PROPAGATE_SHARED;
}

/* ------------------------------------------------------------------ the kinds of operations */

static void expect_bind(struct expecting *work, size_t index, struct expected_mount *mount,
                        const struct mount_event *event)
{
    const struct bind_operation *bind = &work->plan->operations[index].bind;
    const struct slot *slot = event ? &work->build->slots[index] : NULL;

    if (slot && slot->source.has_attributes) {
        mount->known = SHOWN_ATTRIBUTES;
        mount->attributes = slot->source.attributes & SHOWN_ATTRIBUTES;
    }
    if (slot && (slot->source.inode != event->mount.inode || slot->source.device != event->mount.device))
        mount->other_object = "another file than its source";
    expect_change(mount, &bind->tree);
    expect_change(mount, &bind->top);
    if (bind->idmap.kind != IDMAP_NONE)
        expect_change(mount, &(struct mount_attributes){.set = ATTRIBUTE_IDMAP});
    expect_propagate(work, mount, bind->propagation);
    expect_propagate(work, mount, bind->own_propagation);
    mount->brings_mounts = bind->recursive;
    mount->may_be_missing = !slot && bind->copies_symlink;
    expect_change_below(mount, &bind->tree);
}

/* A cgroup's root is told as the reader's cgroup namespace has it; others have roots of their own, as btrfs. */
static bool begins_at_root(const struct filesystem_operation *filesystem)
{
    return !filesystem->on_host && strncmp(filesystem->type, "cgroup", 6) != 0;
}

static void expect_filesystem(struct expecting *work, size_t index, struct expected_mount *mount,
                              const struct mount_event *event)
{
    const struct filesystem_operation *filesystem = &work->plan->operations[index].filesystem;

    (void)event;
    mount->type = filesystem->type;
    mount->root = begins_at_root(filesystem) ? "/" : NULL;
    mount->known = SHOWN_ATTRIBUTES;
    mount->attributes = filesystem->attributes.set & SHOWN_ATTRIBUTES;
    expect_propagate(work, mount, filesystem->propagation ? filesystem->propagation : PROPAGATE_PRIVATE);
}

static void expect_overlay(struct expecting *work, size_t index, struct expected_mount *mount,
                           const struct mount_event *event)
{
    (void)event;
    mount->type = "overlay";
    mount->root = "/";
    mount->known = SHOWN_ATTRIBUTES;
    mount->attributes = work->plan->operations[index].overlay.attributes.set;
    mount->propagation = EXPECT_PRIVATE;
}

/* Its entries are bound in it. */
static void expect_cover(struct expecting *work, size_t index, struct expected_mount *mount,
                         const struct mount_event *event)
{
    size_t covered = event ? id_map_find(&work->expectation.by_id, event->parent_id) : NO_PLACE;

    (void)index;
    mount->type = "tmpfs";
    mount->root = "/";
    mount->known = SHOWN_ATTRIBUTES;
    mount->attributes = ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV;
    mount->propagation = EXPECT_PRIVATE;
    mount->brings_mounts = true;
    if (covered != NO_PLACE)
        mount->below_set = work->expectation.mounts[covered].attributes & ATTRIBUTE_RDONLY;
}

/* With the layers of the overlays below it; what comes onto it next hides all of that. */
static void expect_layers(struct expecting *work, size_t index, struct expected_mount *mount,
                          const struct mount_event *event)
{
    (void)work, (void)index, (void)event;
    mount->type = "tmpfs";
    mount->propagation = EXPECT_PRIVATE;
    mount->brings_mounts = true;
}

static void expect_deny(struct expecting *work, size_t index, struct expected_mount *mount,
                        const struct mount_event *event)
{
    bool directory = event && S_ISDIR(event->mount.mode);
    bool closed = work->plan->operations[index].deny.face == FACE_EACCES;

    mount->type = directory && closed ? "overlay" : "tmpfs";
    mount->known = SHOWN_ATTRIBUTES;
    mount->attributes = MASK_DIRECTORY_ATTRIBUTES;
    mount->propagation = EXPECT_PRIVATE;
}

static void expect_file(struct expecting *work, size_t index, struct expected_mount *mount,
                        const struct mount_event *event)
{
    (void)event;
    mount->type = "tmpfs";
    mount->known = SHOWN_ATTRIBUTES;
    mount->attributes = ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV;
    if (work->plan->operations[index].file.readonly)
        mount->attributes |= ATTRIBUTE_RDONLY;
    mount->propagation = EXPECT_PRIVATE;
}

static void expect_console(struct expecting *work, size_t index, struct expected_mount *mount,
                           const struct mount_event *event)
{
    (void)work, (void)index;
    mount->type = "devpts";
    mount->propagation = EXPECT_PRIVATE;
    if (event && !S_ISCHR(event->mount.mode))
        mount->other_object = "no terminal";
}

/* Without the event nobody knows whether it hides a directory. */
static void expect_mask(struct expecting *work, size_t index, struct expected_mount *mount,
                        const struct mount_event *event)
{
    (void)work, (void)index;
    mount->propagation = EXPECT_PRIVATE;
    mount->may_be_missing = true;
    if (!event)
        return;
    if (S_ISDIR(event->mount.mode)) {
        mount->type = "tmpfs";
        mount->root = "/";
        mount->known = SHOWN_ATTRIBUTES;
        mount->attributes = MASK_DIRECTORY_ATTRIBUTES;
    } else if (!S_ISCHR(event->mount.mode) || event->mount.special_device != makedev(1, 3)) {
        mount->other_object = "not the null device";
    }
}

/* A copy of the mount that its target lies in, or is the root of. */
static void expect_readonly(struct expecting *work, size_t index, struct expected_mount *mount,
                            const struct mount_event *event)
{
    const struct mount_attributes readonly = {.set = ATTRIBUTE_RDONLY};
    size_t covered = event ? id_map_find(&work->expectation.by_id, event->parent_id) : NO_PLACE;

    (void)index;
    if (covered != NO_PLACE) {
        mount->known = work->expectation.mounts[covered].known;
        mount->attributes = work->expectation.mounts[covered].attributes;
        mount->type = work->expectation.mounts[covered].type;
        mount->propagation = work->expectation.mounts[covered].propagation;
    }
    expect_change(mount, &readonly);
    expect_change_below(mount, &readonly);
    mount->brings_mounts = true;
    mount->may_be_missing = true;
}

const expect_function expect_kind[OPERATION_KINDS] = {
    [OPERATION_BIND] = expect_bind,       [OPERATION_FILESYSTEM] = expect_filesystem,
    [OPERATION_OVERLAY] = expect_overlay, [OPERATION_CONSOLE] = expect_console,
    [OPERATION_MASK] = expect_mask,       [OPERATION_READONLY] = expect_readonly,
    [OPERATION_COVER] = expect_cover,     [OPERATION_LAYERS] = expect_layers,
    [OPERATION_DENY] = expect_deny,       [OPERATION_FILE] = expect_file,
};
