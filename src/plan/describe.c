/* SPDX-License-Identifier: Apache-2.0 */
/* What is in an operation, kind by kind. */
#include "plan/describe.h"

#include "plan/words.h"

#include <string.h>

/* A description that grows; who adds to it needn't look whether memory sufficed. */
struct describer {
    struct arena *arena;
    struct plan_description *description;
    bool failed;
};

static void add(struct describer *describer, enum plan_field field, const char *text)
{
    struct strings *values = &describer->description->values[field];
    const char **place = NULL;

    if (text)
        place = arena_append(describer->arena, (void **)&values->values, &values->length, sizeof(*place));
    if (place)
        *place = text;
    else
        describer->failed = true;
}

static void add_flag(struct describer *describer, enum plan_field field, bool value)
{
    if (value)
        add(describer, field, plan_fields[field].name);
}

static void add_optional(struct describer *describer, enum plan_field field, const char *text)
{
    if (text)
        add(describer, field, text);
}

static void add_all(struct describer *describer, enum plan_field field, const struct strings *texts)
{
    for (size_t i = 0; i < texts->length; i++)
        add(describer, field, texts->values[i]);
}

static void add_words(struct describer *describer, enum plan_field field, bool recursive, uint64_t bits,
                      const struct bit_word *words)
{
    for (; words->word; words++)
        if (bits & words->bits)
            add(describer, field, recursive ? words->recursive : words->word);
}

static void add_attributes(struct describer *describer, bool recursive,
                           const struct mount_attributes *attributes)
{
    bool relatime = (attributes->clear & ATTRIBUTE_ATIME_FIELD) && !(attributes->set & ATTRIBUTE_ATIME_FIELD);

    add_words(describer, FIELD_ATTRIBUTES, recursive, attributes->set, words_of_set_attributes);
    add_words(describer, FIELD_ATTRIBUTES, recursive, attributes->clear, words_of_cleared_attributes);
    if (relatime)
        add(describer, FIELD_ATTRIBUTES, recursive ? "rrelatime" : "relatime");
}

static void add_propagation(struct describer *describer, bool recursive, uint64_t propagation)
{
    add_words(describer, FIELD_PROPAGATION, recursive, propagation, words_of_propagation);
}

static void add_owner(struct describer *describer, uint32_t uid, uint32_t gid)
{
    add(describer, FIELD_OWNER, arena_printf(describer->arena, "%u:%u", uid, gid));
}

static void add_device(struct describer *describer, enum plan_field field, const struct config_device *device)
{
    if (device)
        add(describer, field,
            arena_printf(describer->arena, "%c %u:%u", device->type, device->major, device->minor));
}

/* "uid 0:1000:1,1:100000:65536" */
static void add_ranges(struct describer *describer, const char *what, const struct id_mappings *mappings)
{
    const char *text = arena_copy(describer->arena, what);

    for (size_t i = 0; i < mappings->length && text; i++)
        text = arena_printf(describer->arena, "%s%s%u:%u:%u", text, i ? "," : " ",
                            mappings->ranges[i].container_id, mappings->ranges[i].host_id,
                            mappings->ranges[i].size);
    add(describer, FIELD_IDMAP, text);
}

static void add_idmap(struct describer *describer, const struct idmap *idmap)
{
    if (idmap->kind == IDMAP_NONE)
        return;
    add(describer, FIELD_IDMAP, idmap->tree ? "ridmap" : "idmap");
    if (idmap->kind == IDMAP_CONTAINER) {
        add(describer, FIELD_IDMAP, "as the container");
        return;
    }
    add_ranges(describer, "uid", idmap->uid_mappings);
    add_ranges(describer, "gid", idmap->gid_mappings);
}

static void describe_bind(struct describer *describer, const struct operation *operation)
{
    const struct bind_operation *bind = &operation->bind;

    add(describer, FIELD_SOURCE, bind->source);
    add_flag(describer, FIELD_GIVEN, bind->has_fd);
    add_flag(describer, FIELD_FROM_ROOT, bind->from_root);
    add_flag(describer, FIELD_RECURSIVE, bind->recursive);
    add_flag(describer, FIELD_COPIES_SYMLINK, bind->copies_symlink);
    add_flag(describer, FIELD_NOFOLLOW, bind->nofollow && !bind->copies_symlink);
    add_attributes(describer, false, &bind->top);
    add_attributes(describer, true, &bind->tree);
    add_propagation(describer, true, bind->propagation);
    add_propagation(describer, bind->own_propagation_tree, bind->own_propagation);
    add_idmap(describer, &bind->idmap);
    add_optional(describer, FIELD_LABEL, bind->relabel);
    add_device(describer, FIELD_ONLY_DEVICE, bind->device);
}

static void add_layers(struct describer *describer, const struct config_layers *layers)
{
    if (!layers)
        return;
    add(describer, FIELD_PARAMETERS,
        arena_printf(describer->arena, "lowerdir=%zu given descriptors", layers->lower_length));
    if (layers->has_upper)
        add(describer, FIELD_PARAMETERS, "upperdir=a given descriptor");
}

static void describe_filesystem(struct describer *describer, const struct operation *operation)
{
    const struct filesystem_operation *filesystem = &operation->filesystem;

    add(describer, FIELD_TYPE, filesystem->type);
    add(describer, FIELD_SOURCE, filesystem->source);
    add_attributes(describer, false, &filesystem->attributes);
    add_propagation(describer, false, filesystem->propagation);
    add_all(describer, FIELD_PARAMETERS, &filesystem->parameters);
    add_layers(describer, filesystem->layers);
    add_flag(describer, FIELD_COPIES_UP, filesystem->copies_up);
    add_optional(describer, FIELD_LABEL, filesystem->label);
    add_flag(describer, FIELD_HOST_SOURCE, filesystem->on_host);
    add_flag(describer, FIELD_REAL_DIRECTORY, filesystem->real_directory);
    add_flag(describer, FIELD_KEEPS_MODE, filesystem->keeps_mode);
    add_flag(describer, FIELD_GIVES_ROOT, filesystem->gives_root);
}

static void describe_overlay(struct describer *describer, const struct operation *operation)
{
    add(describer, FIELD_SOURCE, operation->overlay.lower);
    add_flag(describer, FIELD_IN_MEMORY, !operation->overlay.layers);
    add_optional(describer, FIELD_LAYERS, operation->overlay.layers);
    add_attributes(describer, false, &operation->overlay.attributes);
    add_all(describer, FIELD_ADDED, &operation->overlay.added);
    add_all(describer, FIELD_HIDDEN, &operation->overlay.hidden);
}

static void describe_cover(struct describer *describer, const struct operation *operation)
{
    add_all(describer, FIELD_HIDDEN, &operation->cover.hidden);
}

static void describe_deny(struct describer *describer, const struct operation *operation)
{
    add(describer, FIELD_FACE, operation->deny.face == FACE_EACCES ? "eacces" : "empty");
}

static void describe_file(struct describer *describer, const struct operation *operation)
{
    add(describer, FIELD_ATTRIBUTES, operation->file.readonly ? "ro" : "rw");
    add(describer, FIELD_MODE, arena_printf(describer->arena, "%04o", operation->file.mode));
    add(describer, FIELD_DATA,
        arena_copy_range(describer->arena, operation->file.data, operation->file.length));
    add(describer, FIELD_LENGTH, arena_printf(describer->arena, "%zu", operation->file.length));
}

static void describe_directory(struct describer *describer, const struct operation *operation)
{
    add(describer, FIELD_MODE, arena_printf(describer->arena, "%04o", operation->directory.mode));
}

static void describe_device(struct describer *describer, const struct operation *operation)
{
    const struct config_device *device = &operation->device;

    add_device(describer, FIELD_DEVICE, device);
    add(describer, FIELD_MODE, arena_printf(describer->arena, "%04o", device->mode));
    add_owner(describer, device->uid, device->gid);
}

static void describe_symlink(struct describer *describer, const struct operation *operation)
{
    add(describer, FIELD_TO, operation->symlink.text);
    add_optional(describer, FIELD_ONLY_WITH, operation->symlink.only_with);
}

static void describe_console(struct describer *describer, const struct operation *operation)
{
    add_owner(describer, operation->console.uid, operation->console.gid);
    add_optional(describer, FIELD_LABEL, operation->console.label);
}

static void describe_change(struct describer *describer, const struct operation *operation)
{
    const struct attributes_operation *attributes = &operation->attributes;

    add_attributes(describer, attributes->recursive, &attributes->change);
    add_propagation(describer, attributes->recursive, attributes->change.propagation);
}

static void describe_remount(struct describer *describer, const struct operation *operation)
{
    const struct remount_operation *remount = &operation->remount;

    add_attributes(describer, false, &remount->top);
    add_attributes(describer, true, &remount->tree);
    add_propagation(describer, remount->propagation_tree, remount->propagation);
    add_all(describer, FIELD_PARAMETERS, &remount->parameters);
}

static void describe_hooks(struct describer *describer, const struct operation *operation)
{
    for (size_t i = 0; i < HOOK_KINDS; i++)
        if (operation->hooks.kinds[i])
            add(describer, FIELD_HOOKS, hook_kind_name((enum config_hook_kind)i));
}

static void describe_switch(struct describer *describer, const struct operation *operation)
{
    add(describer, FIELD_BY, operation->switch_root.pivot ? "pivot_root" : "chroot");
}

static const struct {
    struct plan_kind_row row;
    void (*describe)(struct describer *describer, const struct operation *operation);
} kinds[OPERATION_KINDS] = {
    [OPERATION_BIND] = {{"bind", " from "}, describe_bind},
    [OPERATION_FILESYSTEM] = {{"mount", " source "}, describe_filesystem},
    [OPERATION_OVERLAY] = {{"overlay", " from "}, describe_overlay},
    [OPERATION_COVER] = {{"cover", NULL}, describe_cover},
    [OPERATION_LAYERS] = {{"layers", NULL}, NULL},
    [OPERATION_DENY] = {{"deny", NULL}, describe_deny},
    [OPERATION_FILE] = {{"file", NULL}, describe_file},
    [OPERATION_DIRECTORY] = {{"directory", NULL}, describe_directory},
    [OPERATION_DEVICE] = {{"device", NULL}, describe_device},
    [OPERATION_SYMLINK] = {{"link", NULL}, describe_symlink},
    [OPERATION_CONSOLE] = {{"console", NULL}, describe_console},
    [OPERATION_ATTRIBUTES] = {{"change", NULL}, describe_change},
    [OPERATION_REMOUNT] = {{"remount", NULL}, describe_remount},
    [OPERATION_MASK] = {{"mask", NULL}, NULL},
    [OPERATION_HOOKS] = {{"hooks", NULL}, describe_hooks},
    [OPERATION_READONLY] = {{"readonly", NULL}, NULL},
    [OPERATION_SWITCH_ROOT] = {{"switch", NULL}, describe_switch},
};

const struct plan_kind_row *plan_kind_find(const char *name)
{
    for (size_t i = 0; i < OPERATION_KINDS; i++)
        if (strcmp(kinds[i].row.name, name) == 0)
            return &kinds[i].row;
    return NULL;
}

static const char *whole_target(const struct plan *plan, const struct operation *operation,
                                struct arena *arena)
{
    const char *base = plan->operations[operation->base].target;
    size_t length = strlen(base);

    if (operation->base == OPERATION_ROOT)
        return operation->target;
    length -= base[length - 1] == '/';
    return operation->target[1] == '\0' ? base
                                        : arena_printf(arena, "%.*s%s", (int)length, base, operation->target);
}

int plan_describe(const struct plan *plan, size_t index, struct arena *arena,
                  struct plan_description *ret_description, struct error *error)
{
    const struct operation *operation = &plan->operations[index];
    struct plan_description description = {
        .kind = &kinds[operation->kind].row,
        .target = whole_target(plan, operation, arena),
        .origin = operation->origin,
    };
    struct describer describer = {arena, &description, !description.target};

    if (kinds[operation->kind].describe)
        kinds[operation->kind].describe(&describer, operation);
    add_flag(&describer, FIELD_TARGET_NOFOLLOW, operation->nofollow);
    if (describer.failed)
        return error_memory(error);
    *ret_description = description;
    return 0;
}

const char *plan_description_text(const struct plan_description *description, enum plan_field field)
{
    return description->values[field].length ? description->values[field].values[0] : NULL;
}

bool plan_description_has(const struct plan_description *description, enum plan_field field)
{
    return description->values[field].length > 0;
}
