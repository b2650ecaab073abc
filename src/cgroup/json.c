/* SPDX-License-Identifier: Apache-2.0 */
/* { "manager", "unit", "slice", "user", "scope", "unified", "given", "places": [ { "controllers", "mount", "path",
 * "madeFrom" } ] }; what is null is left out. */
#include "cgroup/cgroup.h"

#include <jansson.h>
#include <string.h>

struct flag {
    const char *key;
    size_t offset;
    bool is_optional; /* version 1 of the state began without it */
};

static const struct flag flags[] = {
    {"user", offsetof(struct cgroup, is_user), false},
    {"scope", offsetof(struct cgroup, has_scope), false},
    {"unified", offsetof(struct cgroup, is_unified), false},
    {"given", offsetof(struct cgroup, is_given), false},
    {"planned", offsetof(struct cgroup, is_planned), true},
};

static json_t *place_to_json(const struct cgroup_place *place)
{
    return json_pack("{s:s*, s:s, s:s, s:s*}", "controllers", place->controllers, "mount", place->mount,
                     "path", place->path, "madeFrom", place->made_from);
}

static json_t *places_to_json(const struct cgroup *cgroup)
{
    json_t *places = json_array();

    for (size_t i = 0; places && i < cgroup->length; i++)
        if (json_array_append_new(places, place_to_json(&cgroup->places[i])) < 0) {
            json_decref(places);
            return NULL;
        }
    return places;
}

json_t *cgroup_to_json(const struct cgroup *cgroup)
{
    json_t *places = places_to_json(cgroup);
    json_t *json = places
                       ? json_pack("{s:s, s:s*, s:s*, s:o}", "manager", cgroup_manager_names[cgroup->manager],
                                   "unit", cgroup->unit, "slice", cgroup->slice, "places", places)
                       : NULL;

    for (size_t i = 0; json && i < ARRAY_LENGTH(flags); i++) {
        const bool value = *(const bool *)((const char *)cgroup + flags[i].offset);

        if (json_object_set_new(json, flags[i].key, json_boolean(value)) < 0) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

static int refuse(const char *key, struct error *error)
{
    return error_set(error, EBADMSG, "\"%s\" of the container's cgroup is missing, or has no such value",
                     key);
}

/* A string that may be absent; must: it may not. */
static int read_text(struct arena *arena, const json_t *json, const char *key, bool must,
                     const char **ret_text, struct error *error)
{
    const json_t *value = json_object_get(json, key);

    if (!value && !must)
        return 0;
    if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
        return refuse(key, error);
    *ret_text = arena_copy(arena, json_string_value(value));
    return *ret_text ? 0 : error_memory(error);
}

static int read_manager(struct cgroup *cgroup, const json_t *json, struct error *error)
{
    const char *name = json_string_value(json_object_get(json, "manager"));

    for (int i = 0; name && cgroup_manager_names[i]; i++)
        if (strcmp(cgroup_manager_names[i], name) == 0) {
            cgroup->manager = (enum cgroup_manager)i;
            return 0;
        }
    return refuse("manager", error);
}

/* Is the directory the path itself, or above it? Removal goes up to it. */
static bool is_above(const char *directory, const char *path)
{
    size_t length = strlen(directory);

    return length > 1 && *directory == '/' && strncmp(path, directory, length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
}

static int read_place(struct cgroup *cgroup, const json_t *json, struct error *error)
{
    struct arena *arena = &cgroup->arena;
    struct cgroup_place *place =
        arena_append(arena, (void **)&cgroup->places, &cgroup->length, sizeof(*place));
    int status;

    if (!place)
        return error_memory(error);
    status = read_text(arena, json, "controllers", false, &place->controllers, error);
    if (status == 0)
        status = read_text(arena, json, "mount", true, &place->mount, error);
    if (status == 0)
        status = read_text(arena, json, "path", true, &place->path, error);
    if (status == 0)
        status = read_text(arena, json, "madeFrom", false, &place->made_from, error);
    if (status < 0)
        return status;
    if (*place->mount != '/')
        return refuse("mount", error);
    if (*place->path != '/' || !place->path[1])
        return refuse("path", error);
    return place->made_from && !is_above(place->made_from, place->path) ? refuse("madeFrom", error) : 0;
}

static int read_flags(struct cgroup *cgroup, const json_t *json, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(flags); i++) {
        const json_t *value = json_object_get(json, flags[i].key);

        if (!value && flags[i].is_optional)
            continue;
        if (!json_is_boolean(value))
            return refuse(flags[i].key, error);
        *(bool *)((char *)cgroup + flags[i].offset) = json_is_true(value);
    }
    return 0;
}

static int read_cgroup(struct cgroup *cgroup, const json_t *json, struct error *error)
{
    const json_t *places = json_object_get(json, "places");
    int status = read_manager(cgroup, json, error);

    if (status == 0)
        status = read_text(&cgroup->arena, json, "unit", cgroup->manager == CGROUP_MANAGER_SYSTEMD,
                           &cgroup->unit, error);
    if (status == 0)
        status = read_text(&cgroup->arena, json, "slice", cgroup->manager == CGROUP_MANAGER_SYSTEMD,
                           &cgroup->slice, error);
    if (status == 0)
        status = read_flags(cgroup, json, error);
    if (status == 0 && !json_is_array(places))
        status = refuse("places", error);
    for (size_t i = 0; status == 0 && i < json_array_size(places); i++)
        status = read_place(cgroup, json_array_get(places, i), error);
    return status;
}

int cgroup_from_json(struct cgroup *cgroup, const struct json_t *json, struct error *error)
{
    int status;

    *cgroup = (struct cgroup){0};
    status = read_cgroup(cgroup, json, error);
    if (status < 0)
        cgroup_clear(cgroup);
    return status;
}
