/* SPDX-License-Identifier: Apache-2.0 */
#include "config/builder.h"

#include "config/check.h"
#include "config/oci.h"

#include <string.h>

void config_init_built(struct config *config)
{
    *config = (struct config){0};
}

int config_finish_built(const struct config *config, struct error *error)
{
    return config_check(config, error);
}

/* A copy in the arena; NULL and "" are no text. */
static int copy_text(struct config *config, const char *text, const char **ret_copy, struct error *error)
{
    const char *copy = NULL;

    if (text && *text) {
        copy = arena_copy(&config->arena, text);
        if (!copy)
            return error_memory(error);
    }
    *ret_copy = copy;
    return 0;
}

static int copy_texts(struct config *config, const char *const *texts, size_t count,
                      struct strings *ret_copies, struct error *error)
{
    struct strings copies = {arena_allocate(&config->arena, count, sizeof(*copies.values)), count};

    if (!copies.values)
        return error_memory(error);
    for (size_t i = 0; i < count; i++) {
        copies.values[i] = arena_copy(&config->arena, texts[i]);
        if (!copies.values[i])
            return error_memory(error);
    }
    *ret_copies = copies;
    return 0;
}

int config_set_rootfs(struct config *config, const char *path, struct error *error)
{
    if (check_absolute_path(path, error) < 0)
        return config_place(config, error, "root.path");
    return copy_text(config, path, &config->rootfs, error);
}

int config_set_mount_label(struct config *config, const char *label, struct error *error)
{
    return copy_text(config, label, &config->mount_label, error);
}

int config_add_mount(struct config *config, const char *destination, const char *type, const char *source,
                     const char *const *options, size_t count, struct error *error)
{
    struct config_mount mount = {0};
    void *array = config->mounts;
    struct config_mount *place;
    int result = copy_text(config, destination, &mount.destination, error);

    if (result == 0)
        result = copy_text(config, type, &mount.type, error);
    if (result == 0)
        result = copy_text(config, source, &mount.source, error);
    if (result == 0)
        result = copy_texts(config, options, count, &mount.options, error);
    if (result < 0)
        return result;
    place = arena_append(&config->arena, &array, &config->mounts_length, sizeof(*place));
    if (!place)
        return error_memory(error);
    *place = mount;
    config->mounts = array;
    result = config_check_mount(config, config->mounts_length - 1, error);
    if (result < 0)
        config->mounts_length--;
    return result;
}

int config_add_device(struct config *config, const struct config_device *device, struct error *error)
{
    struct config_device copy = *device;
    void *array = config->devices;
    struct config_device *place;
    int result = copy_text(config, device->path, &copy.path, error);

    if (result < 0)
        return result;
    place = arena_append(&config->arena, &array, &config->devices_length, sizeof(*place));
    if (!place)
        return error_memory(error);
    *place = copy;
    config->devices = array;
    result = config_check_device(config, config->devices_length - 1, error);
    if (result < 0)
        config->devices_length--;
    return result;
}

static const char *namespace_name(int flag)
{
    for (const struct word *row = oci_namespace_types; row->word; row++)
        if (row->number == (uint32_t)flag)
            return row->word;
    return NULL;
}

int config_add_namespace(struct config *config, int flag, const char *path, struct error *error)
{
    struct config_namespace namespace = {.flag = flag, .name = namespace_name(flag)};
    void *array = config->namespaces;
    struct config_namespace *place;
    int result;

    if (!namespace.name)
        return error_set(error, EINVAL, "%#x is not the flag of one kind of namespace", (unsigned)flag);
    result = copy_text(config, path, &namespace.path, error);
    if (result < 0)
        return result;
    place = arena_append(&config->arena, &array, &config->namespaces_length, sizeof(*place));
    if (!place)
        return error_memory(error);
    *place = namespace;
    config->namespaces = array;
    result = config_check_namespace(config, config->namespaces_length - 1, error);
    if (result < 0)
        config->namespaces_length--;
    return result;
}

static int add_mapping(struct config *config, struct id_mappings *mappings, const char *path,
                       const struct id_mapping *range, struct error *error)
{
    void *array = mappings->ranges;
    struct id_mapping *place = arena_append(&config->arena, &array, &mappings->length, sizeof(*place));
    int result;

    if (!place)
        return error_memory(error);
    *place = *range;
    mappings->ranges = array;
    result = config_check_mappings(config, mappings, path, error);
    if (result < 0)
        mappings->length--;
    return result;
}

int config_add_uid_mapping(struct config *config, const struct id_mapping *range, struct error *error)
{
    return add_mapping(config, &config->uid_mappings, "linux.uidMappings", range, error);
}

int config_add_gid_mapping(struct config *config, const struct id_mapping *range, struct error *error)
{
    return add_mapping(config, &config->gid_mappings, "linux.gidMappings", range, error);
}

struct system_mount {
    const char *destination, *type, *options[7];
};

static const struct system_mount system_mounts[] = {
    {"/proc", "proc", {"nosuid", "nodev", "noexec"}},
    {"/sys", "sysfs", {"nosuid", "nodev", "noexec", "ro"}},
    {"/dev", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
    {"/dev/pts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=620", "gid=5"}},
    {"/dev/shm", "tmpfs", {"nosuid", "nodev", "noexec", "mode=1777"}},
    {"/dev/mqueue", "mqueue", {"nosuid", "nodev", "noexec"}},
};

static size_t count_options(const char *const *options, size_t limit)
{
    size_t count = 0;

    while (count < limit && options[count])
        count++;
    return count;
}

int config_add_system_mounts(struct config *config, struct error *error)
{
    int status = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(system_mounts) && status == 0; i++) {
        const struct system_mount *mount = &system_mounts[i];

        status = config_add_mount(config, mount->destination, mount->type, NULL, mount->options,
                                  count_options(mount->options, ARRAY_LENGTH(mount->options)), error);
    }
    return status;
}
