/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to a configuration. */
#include "config/config.h"

#include "config/position.h"

#include <stdio.h>
#include <string.h>

const struct config_namespace *config_namespace(const struct config *config, int flag)
{
    for (size_t i = 0; i < config->namespaces_length; i++)
        if (config->namespaces[i].flag == flag)
            return &config->namespaces[i];
    return NULL;
}

const char *hook_kind_name(enum config_hook_kind kind)
{
    static const char *const names[HOOK_KINDS] = {
        [HOOK_PRESTART] = "prestart",
        [HOOK_CREATE_RUNTIME] = "createRuntime",
        [HOOK_CREATE_CONTAINER] = "createContainer",
        [HOOK_START_CONTAINER] = "startContainer",
        [HOOK_POSTSTART] = "poststart",
        [HOOK_POSTSTOP] = "poststop",
    };

    return names[kind];
}

bool config_device_equal(const struct config_device *one, const struct config_device *other)
{
    return strcmp(one->path, other->path) == 0 && one->type == other->type && one->major == other->major &&
           one->minor == other->minor && one->mode == other->mode && one->uid == other->uid &&
           one->gid == other->gid;
}

/* The destination of the mount that a path begins with; NULL if it is not about a mount, or not known. */
static const char *destination_of(const struct config *config, const char *path)
{
    static const char prefix[] = "mounts[";
    size_t index;

    if (strncmp(path, prefix, strlen(prefix)) != 0)
        return NULL;
    index = strtoul(path + strlen(prefix), NULL, 10);
    return index < config->mounts_length ? config->mounts[index].destination : NULL;
}

/* The path in the text, which may be of a section alone: "args[0]" for "process.args[0]". */
static const char *path_in_text(const struct config *config, const char *path)
{
    size_t length = config->section ? strlen(config->section) : 0;

    if (length == 0 || strncmp(path, config->section, length) != 0 || !strchr(".[", path[length]))
        return path;
    return path[length] == '.' ? path + length + 1 : path + length;
}

static bool has_place_in_file(const struct config *config, const struct error *error)
{
    return config->file && error->place && strncmp(error->place, config->file, strlen(config->file)) == 0;
}

/* "mounts[3].options[0] (/data)": the path stays whole, so that it can be searched for. */
void config_error_place(const struct config *config, struct error *error, const char *path)
{
    const char *destination = destination_of(config, path);

    if (has_place_in_file(config, error))
        return;
    path = path_in_text(config, path);
    if (destination)
        error_place(error, "%s (%s)", path, destination);
    else if (*path)
        error_place(error, "%s", path);
    if (config->file && config->text)
        error_place(error, "%s:%zu", config->file, position_line(config->text, path));
    else if (config->file)
        error_place(error, "%s", config->file);
}
