/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/stack.h"

#include "plan/lexical.h"

#include <string.h>

struct place *stack_next(const struct place *top, struct place *place)
{
    if (place->children)
        return place->children;
    while (place != top && !place->next)
        place = place->parent;
    return place == top ? NULL : place->next;
}

static struct place *make_place(struct arena *arena, struct place *parent, const char *name, size_t length)
{
    struct place *place = arena_allocate(arena, 1, sizeof(*place));

    if (!place)
        return NULL;
    place->parent = parent;
    place->name = arena_copy_range(arena, name, length);
    place->path =
        parent ? arena_printf(arena, "%s/%.*s", parent->parent ? parent->path : "", (int)length, name) : "/";
    return place->name && place->path ? place : NULL;
}

/* Like strcmp, with the name's length given. */
static int compare_name(const char *known, const char *name, size_t length)
{
    int order = strncmp(known, name, length);

    return order != 0 ? order : known[length] != '\0';
}

static struct place *find_child(struct arena *arena, struct place *parent, const char *name, size_t length)
{
    struct place **link = &parent->children;
    struct place *made;
    int order = 1;

    while (*link && (order = compare_name((*link)->name, name, length)) < 0)
        link = &(*link)->next;
    if (*link && order == 0)
        return *link;
    made = make_place(arena, parent, name, length);
    if (!made)
        return NULL;
    made->next = *link;
    *link = made;
    return made;
}

static struct place *find_place(struct stack *stack, const char *target)
{
    struct place *place = stack->root;
    const char *path = lexical_absolute(stack->arena, NULL, target);

    while (path && place && *path) {
        size_t length;

        path += strspn(path, "/");
        length = strcspn(path, "/");
        if (length > 0)
            place = find_child(stack->arena, place, path, length);
        path += length;
    }
    return path ? place : NULL;
}

static bool is_mount(enum tree_content content)
{
    return content == TREE_HOST || content == TREE_MEMORY || content == TREE_KERNEL;
}

/* The mount that is seen at a place; NULL: none is mounted just there. */
static struct layer *seen_mount(const struct place *place)
{
    struct layer *found = NULL;

    for (struct layer *layer = place->layers; layer; layer = layer->next)
        if (layer->hidden_by == NO_OPERATION && is_mount(layer->content))
            found = layer;
    return found;
}

static int add_layer(struct stack *stack, struct place *place, size_t index, enum tree_content content,
                     enum tree_access access, struct error *error)
{
    struct layer *layer = arena_allocate(stack->arena, 1, sizeof(*layer));

    if (!layer)
        return error_memory(error);
    *layer = (struct layer){index, content, access, NO_OPERATION, place, NULL};
    if (place->top)
        place->top->next = layer;
    else
        place->layers = layer;
    place->top = layer;
    stack->layers[index] = layer;
    return 0;
}

/* mount(2): what was at the place, and below it, can't be reached by its path any more. */
static void hide(struct place *top, size_t index)
{
    for (struct place *place = top; place; place = stack_next(top, place))
        for (struct layer *layer = place->layers; layer; layer = layer->next)
            if (layer->hidden_by == NO_OPERATION)
                layer->hidden_by = index;
}

/* File systems that show the kernel, or keep all in memory; any other one is the host's. */
static const struct {
    const char *type;
    enum tree_content content;
} filesystem_contents[] = {
    {"tmpfs", TREE_MEMORY},      {"ramfs", TREE_MEMORY},    {"hugetlbfs", TREE_MEMORY},
    {"proc", TREE_KERNEL},       {"sysfs", TREE_KERNEL},    {"devpts", TREE_KERNEL},
    {"mqueue", TREE_KERNEL},     {"cgroup", TREE_KERNEL},   {"cgroup2", TREE_KERNEL},
    {"securityfs", TREE_KERNEL}, {"debugfs", TREE_KERNEL},  {"tracefs", TREE_KERNEL},
    {"bpf", TREE_KERNEL},        {"configfs", TREE_KERNEL}, {"efivarfs", TREE_KERNEL},
    {"pstore", TREE_KERNEL},     {"fusectl", TREE_KERNEL},  {"binfmt_misc", TREE_KERNEL},
    {"selinuxfs", TREE_KERNEL},  {"resctrl", TREE_KERNEL},
};

static enum tree_content content_of(const struct operation *operation)
{
    if (operation->kind == OPERATION_MASK || operation->kind == OPERATION_DENY)
        return TREE_MASK;
    if (operation->kind == OPERATION_COVER)
        return TREE_HOST;
    if (operation->kind == OPERATION_FILE)
        return TREE_MEMORY;
    if (operation->kind == OPERATION_OVERLAY)
        return TREE_MEMORY;
    if (operation->kind == OPERATION_CONSOLE)
        return TREE_ENTRY;
    if (operation->kind == OPERATION_BIND)
        return operation->bind.device ? TREE_ENTRY : TREE_HOST;
    for (size_t i = 0; i < ARRAY_LENGTH(filesystem_contents); i++)
        if (strcmp(filesystem_contents[i].type, operation->filesystem.type) == 0)
            return filesystem_contents[i].content;
    return TREE_HOST;
}

/* The attributes of the whole tree come first, those of the mount itself after them. */
static enum tree_access change_access(enum tree_access access, const struct mount_attributes *attributes)
{
    if (attributes->set & ATTRIBUTE_RDONLY)
        return TREE_RO;
    return attributes->clear & ATTRIBUTE_RDONLY ? TREE_RW : access;
}

static enum tree_access access_of(const struct operation *operation)
{
    const struct strings *parameters = &operation->filesystem.parameters;
    enum tree_access access = TREE_RW;

    switch (operation->kind) {
    case OPERATION_BIND:
        access = change_access(access, &operation->bind.tree);
        return operation->bind.device ? TREE_NO_ACCESS : change_access(access, &operation->bind.top);
    case OPERATION_OVERLAY:
        return change_access(access, &operation->overlay.attributes);
    case OPERATION_FILESYSTEM:
        for (size_t i = 0; i < parameters->length; i++)
            if (strcmp(parameters->values[i], "ro") == 0)
                access = TREE_RO;
        return change_access(access, &operation->filesystem.attributes);
    case OPERATION_DENY:
        return TREE_RO;
    case OPERATION_FILE:
        return operation->file.readonly ? TREE_RO : TREE_RW;
    default:
        return TREE_NO_ACCESS;
    }
}

static int cover(struct stack *stack, size_t index, struct place *place, struct error *error)
{
    const struct operation *operation = &stack->plan->operations[index];

    hide(place, index);
    return add_layer(stack, place, index, content_of(operation), access_of(operation), error);
}

/* A directory that is there is left as it is. */
static int make_entry(struct stack *stack, size_t index, struct place *place, struct error *error)
{
    if (stack->plan->operations[index].kind == OPERATION_DIRECTORY && seen_mount(place))
        return 0;
    return add_layer(stack, place, index, TREE_ENTRY, TREE_NO_ACCESS, error);
}

static int make_readonly(struct stack *stack, size_t index, struct place *place, struct error *error)
{
    struct layer *mount = seen_mount(place);

    if (!mount)
        return add_layer(stack, place, index, TREE_READONLY, TREE_RO, error);
    mount->access = TREE_RO;
    return 0;
}

static void change_below(struct place *top, const struct mount_attributes *change)
{
    for (struct place *place = top; place; place = stack_next(top, place)) {
        struct layer *mount = seen_mount(place);

        if (mount)
            mount->access = change_access(mount->access, change);
    }
}

static int change(struct stack *stack, size_t index, struct place *place, struct error *error)
{
    const struct operation *operation = &stack->plan->operations[index];
    struct layer *mount = stack->layers[operation->base];

    (void)place;
    (void)error;
    if (!mount)
        return 0;
    mount->access = change_access(mount->access, &operation->attributes.change);
    if (operation->attributes.recursive)
        change_below(mount->place, &operation->attributes.change);
    return 0;
}

static int remount(struct stack *stack, size_t index, struct place *place, struct error *error)
{
    const struct remount_operation *remount = &stack->plan->operations[index].remount;
    struct layer *mount = seen_mount(place);

    if (!mount)
        return add_layer(stack, place, index, TREE_CHANGE, TREE_NO_ACCESS, error);
    change_below(place, &remount->tree);
    mount->access = change_access(mount->access, &remount->top);
    return 0;
}

static int note(struct stack *stack, size_t index, struct place *place, struct error *error)
{
    return add_layer(stack, place, index, TREE_CHANGE, TREE_NO_ACCESS, error);
}

static int (*const kinds[OPERATION_KINDS])(struct stack *stack, size_t index, struct place *place,
                                           struct error *error) = {
    [OPERATION_BIND] = cover,        [OPERATION_FILESYSTEM] = cover,   [OPERATION_OVERLAY] = cover,
    [OPERATION_CONSOLE] = cover,     [OPERATION_MASK] = cover,         [OPERATION_DIRECTORY] = make_entry,
    [OPERATION_DEVICE] = make_entry, [OPERATION_SYMLINK] = make_entry, [OPERATION_READONLY] = make_readonly,
    [OPERATION_ATTRIBUTES] = change, [OPERATION_REMOUNT] = remount,    [OPERATION_HOOKS] = note,
    [OPERATION_SWITCH_ROOT] = NULL,  [OPERATION_COVER] = cover,        [OPERATION_LAYERS] = NULL,
    [OPERATION_DENY] = cover,        [OPERATION_FILE] = cover,
};

int stack_fill(struct stack *stack, struct error *error)
{
    int status = 0;

    stack->root = make_place(stack->arena, NULL, "", 0);
    stack->layers = arena_allocate(stack->arena, stack->plan->length + 1, sizeof(*stack->layers));
    if (!stack->root || !stack->layers)
        return error_memory(error);
    for (size_t i = 0; i < stack->plan->length && status == 0; i++) {
        struct place *place = find_place(stack, stack->listing->operations[i].target);

        if (!place)
            return error_memory(error);
        if (kinds[stack->plan->operations[i].kind])
            status = kinds[stack->plan->operations[i].kind](stack, i, place, error);
    }
    return status;
}
