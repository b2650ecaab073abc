/* SPDX-License-Identifier: Apache-2.0 */
#include "config/builder.h"
#include "library/edge.h"

#include <string.h>

#define OPTIONS_LIMIT 256

static int check_absolute(const char *path, const char *what, struct error *error)
{
    if (!path || *path == '/')
        return 0;
    return error_set(error, EINVAL, "the %s is \"%s\", but must be an absolute path", what, path);
}

int hf_config_from_json(const char *json, size_t length, const struct hf_json_options *options,
                        hf_config **ret_config, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE hf_config *config = calloc(1, sizeof(*config));
    struct hf_json_options given;

    if (!config) {
        error_memory(&error);
        return edge_fail(&error, ret_error);
    }
    if (edge_copy_options(options, &given, sizeof(given), &error) < 0 ||
        check_absolute(given.bundle, "bundle", &error) < 0 ||
        config_read_json(&config->config, json, length, given.name ? given.name : "config.json", &error) < 0)
        return edge_fail(&error, ret_error);
    if (given.bundle) {
        config->config.bundle = arena_copy(&config->config.arena, given.bundle);
        if (!config->config.bundle) {
            config_clear(&config->config);
            error_memory(&error);
            return edge_fail(&error, ret_error);
        }
    }
    atomic_init(&config->owners, 1);
    *ret_config = pointer_take(&config);
    return 0;
}

static int set_root(struct config *config, const struct hf_root_options *root, struct error *error)
{
    config->rootfs_readonly = root->readonly;
    config->no_pivot_root = root->no_pivot_root;
    config->console = root->console;
    config->dev_kcore = true;
    if (!root->path) {
        config->has_rootfs_fd = true;
        config->rootfs_fd = root->fd;
    } else if (config_set_rootfs(config, root->path, error) < 0) {
        return -error->code;
    }
    return config_set_mount_label(config, root->mount_label, error);
}

int hf_config_new(const struct hf_root_options *options, hf_config **ret_config, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_FREE hf_config *config = calloc(1, sizeof(*config));
    struct hf_root_options root;
    int status;

    if (!config) {
        error_memory(&error);
        return edge_fail(&error, ret_error);
    }
    config_init_built(&config->config);
    status = options ? edge_copy_options(options, &root, sizeof(root), &error)
                     : error_set(&error, EINVAL, "a configuration needs a root");
    if (status == 0)
        status = set_root(&config->config, &root, &error);
    if (status < 0) {
        config_clear(&config->config);
        return edge_fail(&error, ret_error);
    }
    atomic_init(&config->owners, 1);
    *ret_config = pointer_take(&config);
    return 0;
}

int edge_new_config(hf_config **ret_config, struct error *error)
{
    hf_config *config = calloc(1, sizeof(*config));

    if (!config)
        return error_memory(error);
    config_init_built(&config->config);
    atomic_init(&config->owners, 1);
    *ret_config = config;
    return 0;
}

int hf_config_new_mounts(hf_config **ret_config, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    hf_config *config = NULL;

    if (edge_new_config(&config, &error) < 0)
        return edge_fail(&error, ret_error);
    config->config.mounts_only = true;
    *ret_config = config;
    return 0;
}

/* Whoever is the last one. */
void hf_config_free(hf_config *config)
{
    if (!config || atomic_fetch_sub(&config->owners, 1) > 1)
        return;
    config_clear(&config->config);
    rules_clear(&config->rules);
    free(config);
}

/* The members as words, in front of the caller's own, which win. */
static size_t gather_options(const struct hf_mount *mount, const char **words)
{
    static const char *const relabel_words[] = {['z'] = "z", ['Z'] = "Z"};
    size_t count = 0;

    if (strcmp(mount->type, "bind") == 0) {
        words[count++] = "rbind";
        words[count++] = mount->writable ? "rw" : "ro";
    }
    if (mount->private_mount)
        words[count++] = "rprivate";
    if (mount->relabel != HF_RELABEL_NONE)
        words[count++] = relabel_words[mount->relabel];
    for (size_t i = 0; i < mount->options_length; i++)
        words[count++] = mount->options[i];
    return count;
}

static int check_mount(const struct hf_mount *mount, struct error *error)
{
    if (!mount->type || !mount->destination)
        return error_set(error, EINVAL, "a mount needs a type and a destination");
    if (mount->options_length > OPTIONS_LIMIT || (mount->options_length && !mount->options))
        return error_set(error, EINVAL, "a mount with a wrong number of options");
    for (size_t i = 0; i < mount->options_length; i++)
        if (!mount->options[i])
            return error_set(error, EINVAL, "a mount's options[%zu] is NULL", i);
    if (mount->relabel != HF_RELABEL_NONE && mount->relabel != HF_RELABEL_SHARED &&
        mount->relabel != HF_RELABEL_PRIVATE)
        return error_set(error, EINVAL, "relabel is none of enum hf_relabel");
    if (strcmp(mount->type, "bind") == 0 && check_absolute(mount->source, "mount's source", error) < 0)
        return -EINVAL;
    return check_absolute(mount->destination, "mount's destination", error);
}

static int add_mount(struct config *config, const struct hf_mount *mount, struct error *error)
{
    const char *words[OPTIONS_LIMIT + 4];
    int status = check_mount(mount, error);

    if (status < 0)
        return status;
    status = config_add_mount(config, mount->destination, mount->type, mount->source, words,
                              gather_options(mount, words), error);
    if (status == 0 && !mount->source && strcmp(mount->type, "bind") == 0) {
        config->mounts[config->mounts_length - 1].has_source_fd = true;
        config->mounts[config->mounts_length - 1].source_fd = mount->source_fd;
    }
    return status;
}

int hf_config_add_mount(hf_config *config, const struct hf_mount *mount, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    struct hf_mount given;
    int status = edge_copy_options(mount, &given, sizeof(given), &error);

    if (status == 0)
        status = add_mount(&config->config, &given, &error);
    return status < 0 ? edge_fail(&error, ret_error) : 0;
}

static int check_overlay(const struct hf_overlay *overlay, struct error *error)
{
    if (!overlay->destination || !overlay->lower_fds || overlay->lower_fds_length == 0)
        return error_set(error, EINVAL, "an overlay needs a destination and at least one lower layer");
    return check_absolute(overlay->destination, "overlay's destination", error);
}

static int add_overlay(struct config *config, const struct hf_overlay *overlay, struct error *error)
{
    const struct hf_mount mount = {
        .type = "overlay",
        .destination = overlay->destination,
        .options = overlay->options,
        .options_length = overlay->options_length,
    };
    struct config_layers *layers = arena_allocate(&config->arena, 1, sizeof(*layers));
    int *lower = arena_allocate(&config->arena, overlay->lower_fds_length, sizeof(*lower));
    int status = check_overlay(overlay, error);

    if (status < 0)
        return status;
    if (!layers || !lower)
        return error_memory(error);
    memcpy(lower, overlay->lower_fds, overlay->lower_fds_length * sizeof(*lower));
    *layers = (struct config_layers){lower, overlay->lower_fds_length, overlay->has_upper, overlay->upper_fd,
                                     overlay->work_fd};
    status = add_mount(config, &mount, error);
    if (status == 0)
        config->mounts[config->mounts_length - 1].layers = layers;
    return status;
}

int hf_config_add_overlay(hf_config *config, const struct hf_overlay *overlay, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    struct hf_overlay given;
    int status = edge_copy_options(overlay, &given, sizeof(given), &error);

    if (status == 0)
        status = add_overlay(&config->config, &given, &error);
    return status < 0 ? edge_fail(&error, ret_error) : 0;
}

int hf_config_add_system_mounts(hf_config *config, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};

    return config_add_system_mounts(&config->config, &error) < 0 ? edge_fail(&error, ret_error) : 0;
}

int hf_config_add_device(hf_config *config, const struct hf_device *device, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    struct hf_device given;
    struct config_device added;
    int status = edge_copy_options(device, &given, sizeof(given), &error);

    if (status == 0 && !given.path)
        status = error_set(&error, EINVAL, "a device needs a path");
    if (status < 0)
        return edge_fail(&error, ret_error);
    added = (struct config_device){given.path, given.type, given.major, given.minor,
                                   given.mode, given.uid,  given.gid};
    return config_add_device(&config->config, &added, &error) < 0 ? edge_fail(&error, ret_error) : 0;
}
