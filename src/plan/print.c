/* SPDX-License-Identifier: Apache-2.0 */
/* A plan's operations as lines for a person. */
#include "plan/plan.h"

#include <stdio.h>

struct named_bits {
    uint64_t bits;
    const char *name;
};

static const struct named_bits attribute_names[] = {
    {ATTRIBUTE_RDONLY, "ro"},
    {ATTRIBUTE_NOSUID, "nosuid"},
    {ATTRIBUTE_NODEV, "nodev"},
    {ATTRIBUTE_NOEXEC, "noexec"},
    {ATTRIBUTE_NOATIME, "noatime"},
    {ATTRIBUTE_STRICTATIME, "strictatime"},
    {ATTRIBUTE_NODIRATIME, "nodiratime"},
    {ATTRIBUTE_NOSYMFOLLOW, "nosymfollow"},
};

static const struct named_bits cleared_names[] = {
    {ATTRIBUTE_RDONLY, "rw"},   {ATTRIBUTE_NOSUID, "suid"},         {ATTRIBUTE_NODEV, "dev"},
    {ATTRIBUTE_NOEXEC, "exec"}, {ATTRIBUTE_NODIRATIME, "diratime"}, {ATTRIBUTE_NOSYMFOLLOW, "symfollow"},
};

static const struct named_bits propagation_names[] = {
    {PROPAGATE_PRIVATE, "private"},
    {PROPAGATE_SLAVE, "slave"},
    {PROPAGATE_SHARED, "shared"},
    {PROPAGATE_UNBINDABLE, "unbindable"},
};

static void print_bits(FILE *out, const char *prefix, uint64_t bits, const struct named_bits *names,
                       size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bits & names[i].bits)
            fprintf(out, " %s%s", prefix, names[i].name);
}

static void print_attributes(FILE *out, const char *prefix, const struct mount_attributes *attributes)
{
    bool relatime = (attributes->clear & ATTRIBUTE_ATIME_FIELD) && !(attributes->set & ATTRIBUTE_ATIME_FIELD);

    print_bits(out, prefix, attributes->set, attribute_names, ARRAY_LENGTH(attribute_names));
    print_bits(out, prefix, attributes->clear, cleared_names, ARRAY_LENGTH(cleared_names));
    if (relatime)
        fprintf(out, " %srelatime", prefix);
}

static void print_propagation(FILE *out, const char *prefix, uint64_t propagation)
{
    print_bits(out, prefix, propagation, propagation_names, ARRAY_LENGTH(propagation_names));
}

static void print_ranges(FILE *out, const char *what, const struct id_mappings *mappings)
{
    fprintf(out, " %s", what);
    for (size_t i = 0; i < mappings->length; i++)
        fprintf(out, "%s%u:%u:%u", i ? "," : " ", mappings->ranges[i].container_id,
                mappings->ranges[i].host_id, mappings->ranges[i].size);
}

static void print_idmap(FILE *out, const struct idmap *idmap)
{
    fprintf(out, " %sidmap", idmap->tree ? "r" : "");
    if (idmap->kind == IDMAP_CONTAINER) {
        fputs(" as the container", out);
        return;
    }
    print_ranges(out, "uid", idmap->uid_mappings);
    print_ranges(out, "gid", idmap->gid_mappings);
}

static void print_bind(FILE *out, const struct operation *operation)
{
    const struct bind_operation *bind = &operation->bind;

    fprintf(out, " from %s%s", bind->source, bind->from_root ? " in the root" : "");
    if (bind->recursive)
        fputs(" recursive", out);
    if (bind->copies_symlink)
        fputs(" copied if a link", out);
    else if (bind->nofollow)
        fputs(" nofollow", out);
    print_attributes(out, "", &bind->top);
    print_attributes(out, "r", &bind->tree);
    print_propagation(out, "r", bind->propagation);
    print_propagation(out, bind->own_propagation_tree ? "r" : "", bind->own_propagation);
    if (bind->idmap.kind != IDMAP_NONE)
        print_idmap(out, &bind->idmap);
    if (bind->relabel)
        fprintf(out, " label %s", bind->relabel);
    if (bind->device)
        fprintf(out, " device %c %u:%u", bind->device->type, bind->device->major, bind->device->minor);
}

static void print_parameters(FILE *out, const struct strings *parameters)
{
    for (size_t i = 0; i < parameters->length; i++)
        fprintf(out, "%s%s", i ? "," : " with ", parameters->values[i]);
}

static void print_filesystem(FILE *out, const struct operation *operation)
{
    const struct filesystem_operation *filesystem = &operation->filesystem;

    fprintf(out, " type %s source %s", filesystem->type, filesystem->source);
    print_attributes(out, "", &filesystem->attributes);
    print_propagation(out, "", filesystem->propagation);
    print_parameters(out, &filesystem->parameters);
    if (filesystem->copies_up)
        fputs(" copy of what it covers", out);
    if (filesystem->label)
        fprintf(out, " label %s", filesystem->label);
}

static void print_overlay(FILE *out, const struct operation *operation)
{
    fprintf(out, " from %s, changes in memory", operation->overlay.lower);
    print_attributes(out, "", &operation->overlay.attributes);
}

static void print_directory(FILE *out, const struct operation *operation)
{
    fprintf(out, " mode %04o", operation->directory.mode);
}

static void print_device(FILE *out, const struct operation *operation)
{
    const struct config_device *device = &operation->device;

    fprintf(out, " %c %u:%u mode %04o owner %u:%u", device->type, device->major, device->minor, device->mode,
            device->uid, device->gid);
}

static void print_symlink(FILE *out, const struct operation *operation)
{
    fprintf(out, " to %s", operation->symlink.text);
    if (operation->symlink.only_with)
        fprintf(out, " if %s exists", operation->symlink.only_with);
}

static void print_console(FILE *out, const struct operation *operation)
{
    fprintf(out, " owner %u:%u", operation->console.uid, operation->console.gid);
    if (operation->console.label)
        fprintf(out, " label %s", operation->console.label);
}

static void print_change(FILE *out, const struct operation *operation)
{
    const struct attributes_operation *attributes = &operation->attributes;
    const char *prefix = attributes->recursive ? "r" : "";

    print_attributes(out, prefix, &attributes->change);
    print_propagation(out, prefix, attributes->change.propagation);
}

static void print_remount(FILE *out, const struct operation *operation)
{
    const struct remount_operation *remount = &operation->remount;

    print_attributes(out, "", &remount->top);
    print_attributes(out, "r", &remount->tree);
    print_propagation(out, remount->propagation_tree ? "r" : "", remount->propagation);
    print_parameters(out, &remount->parameters);
}

static void print_hooks(FILE *out, const struct operation *operation)
{
    const char *separator = " ";

    for (size_t i = 0; i < HOOK_KINDS; i++) {
        if (!operation->hooks.kinds[i])
            continue;
        fprintf(out, "%s%s", separator, hook_kind_name((enum config_hook_kind)i));
        separator = ", ";
    }
    fputs(": may mount below the root", out);
}

static void print_switch(FILE *out, const struct operation *operation)
{
    fputs(operation->switch_root.pivot ? " by pivot_root" : " by chroot", out);
}

static const struct {
    const char *name;
    void (*print)(FILE *out, const struct operation *operation);
} kinds[OPERATION_KINDS] = {
    [OPERATION_BIND] = {"bind", print_bind},
    [OPERATION_FILESYSTEM] = {"mount", print_filesystem},
    [OPERATION_OVERLAY] = {"overlay", print_overlay},
    [OPERATION_DIRECTORY] = {"directory", print_directory},
    [OPERATION_DEVICE] = {"device", print_device},
    [OPERATION_SYMLINK] = {"link", print_symlink},
    [OPERATION_CONSOLE] = {"console", print_console},
    [OPERATION_ATTRIBUTES] = {"change", print_change},
    [OPERATION_REMOUNT] = {"remount", print_remount},
    [OPERATION_MASK] = {"mask", NULL},
    [OPERATION_HOOKS] = {"hooks", print_hooks},
    [OPERATION_READONLY] = {"readonly", NULL},
    [OPERATION_SWITCH_ROOT] = {"switch", print_switch},
};

static void print_target(FILE *out, const struct plan *plan, const struct operation *operation)
{
    const char *base = plan->operations[operation->base].target;

    if (operation->base == OPERATION_ROOT)
        fprintf(out, " %s", operation->target);
    else if (operation->target[1] == '\0')
        fprintf(out, " %s", base);
    else
        fprintf(out, " %s%s", base, operation->target);
}

char *plan_line(const struct plan *plan, size_t index)
{
    const struct operation *operation = &plan->operations[index];
    char *line = NULL;
    size_t size;
    FILE *out = open_memstream(&line, &size);

    if (!out)
        return NULL;
    fputs(kinds[operation->kind].name, out);
    print_target(out, plan, operation);
    if (kinds[operation->kind].print)
        kinds[operation->kind].print(out, operation);
    if (operation->nofollow)
        fputs(" target nofollow", out);
    fprintf(out, " (%s)", operation->origin);
    if (fclose(out) == 0)
        return line;
    free(line);
    return NULL;
}
