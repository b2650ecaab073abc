/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.json: one row a member, for writing and for reading. A later holdfast may add members, which are ignored here;
 * one that changes the meaning of what is there raises the version.
 */
#include "container/directory.h"

#include <jansson.h>
#include <limits.h>
#include <string.h>

#define VERSION 1

enum kind {
    TEXT, /* const char *; NULL is left out */
    TRUTH,
    NUMBER_32,
    NUMBER_64,
};

struct member {
    const char *key;
    enum kind kind;
    size_t offset;
    json_int_t maximum;
    bool required;
};

#define MEMBER(name) offsetof(struct state, name)

static const struct member members[] = {
    {"id", TEXT, MEMBER(id), 0, true},
    {"bundle", TEXT, MEMBER(bundle), 0, true},
    {"rootfs", TEXT, MEMBER(rootfs), 0, false},
    {"created", NUMBER_64, MEMBER(created), INT64_MAX, true},
    {"owner", NUMBER_32, MEMBER(owner), UINT32_MAX, true},
    {"isCreated", TRUTH, MEMBER(is_created), 0, false},
    {"pid", NUMBER_32, MEMBER(pid), INT_MAX, true},
    {"startTime", NUMBER_64, MEMBER(start_time), INT64_MAX, true},
    {"bootId", TEXT, MEMBER(boot_id), 0, false},
    {"noPivotRoot", TRUTH, MEMBER(no_pivot_root), 0, false},
    {"intelRdtMade", TEXT, MEMBER(intel_rdt_made), 0, false},
};

void state_clear(struct state *state)
{
    cgroup_clear(&state->cgroup);
    arena_clear(&state->arena);
    *state = (struct state){0};
}

static json_t *member_to_json(const struct member *member, const void *place)
{
    switch (member->kind) {
    case TEXT:
        return json_string(*(const char *const *)place);
    case TRUTH:
        return json_boolean(*(const bool *)place);
    case NUMBER_32:
        return json_integer(*(const uint32_t *)place);
    case NUMBER_64:
        return json_integer((json_int_t)(*(const uint64_t *)place));
    }
    return NULL;
}

/* jansson refuses what is not UTF-8, which a path may be. */
static int write_members(json_t *json, const struct state *state, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(members); i++) {
        const void *place = (const char *)state + members[i].offset;

        if (members[i].kind == TEXT && !*(const char *const *)place)
            continue;
        if (json_object_set_new(json, members[i].key, member_to_json(&members[i], place)) < 0)
            return error_set(error, EILSEQ, "the container's %s can't be kept: it is not UTF-8",
                             members[i].key);
    }
    return 0;
}

static json_t *annotations_to_json(const struct state *state)
{
    json_t *json = json_object();

    for (size_t i = 0; i < state->annotations_length; i++) {
        const struct config_key_value *annotation = &state->annotations[i];

        if (json_object_set_new(json, annotation->key, json_string(annotation->value)) < 0) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

int state_to_text(const struct state *state, char **ret_text, struct error *error)
{
    json_t *json = json_pack("{s:i}", "version", VERSION);
    char *text = NULL;
    int result = json ? write_members(json, state, error) : error_memory(error);

    if (result == 0 && json_object_set_new(json, "annotations", annotations_to_json(state)) == 0 &&
        json_object_set_new(json, "cgroup", cgroup_to_json(&state->cgroup)) == 0)
        text = json_dumps(json, JSON_INDENT(4));
    json_decref(json);
    if (result < 0)
        return result;
    if (!text)
        return error_memory(error);
    *ret_text = text;
    return 0;
}

static int corrupt(struct error *error, const char *key)
{
    return error_set(error, EBADMSG, "state.json is corrupt: \"%s\" is not what holdfast writes", key);
}

static int read_text(const json_t *value, struct state *state, const char **place, struct error *error)
{
    const char *copy = arena_copy(&state->arena, json_string_value(value));

    if (!copy)
        return error_memory(error);
    *place = copy;
    return 0;
}

/* The JSON type of each kind; JSON_TRUE stands for both truths. */
static const json_type kind_types[] = {JSON_STRING, JSON_TRUE, JSON_INTEGER, JSON_INTEGER};

static bool is_valid(const struct member *member, const json_t *value)
{
    json_type type = json_is_boolean(value) ? JSON_TRUE : json_typeof(value);

    if (type != kind_types[member->kind])
        return false;
    return type != JSON_INTEGER ||
           (json_integer_value(value) >= 0 && json_integer_value(value) <= member->maximum);
}

static int read_member(const struct member *member, const json_t *value, struct state *state,
                       struct error *error)
{
    void *place = (char *)state + member->offset;

    if (!value)
        return member->required ? corrupt(error, member->key) : 0;
    if (!is_valid(member, value))
        return corrupt(error, member->key);
    switch (member->kind) {
    case TEXT:
        return read_text(value, state, place, error);
    case TRUTH:
        *(bool *)place = json_is_true(value);
        break;
    case NUMBER_32:
        *(uint32_t *)place = (uint32_t)json_integer_value(value);
        break;
    case NUMBER_64:
        *(uint64_t *)place = (uint64_t)json_integer_value(value);
        break;
    }
    return 0;
}

static int read_annotations(json_t *json, struct state *state, struct error *error)
{
    struct arena *arena = &state->arena;
    const char *key;
    json_t *value;

    if (json && !json_is_object(json))
        return corrupt(error, "annotations");
    state->annotations = arena_allocate(arena, json_object_size(json) + 1, sizeof(*state->annotations));
    if (!state->annotations)
        return error_memory(error);
    json_object_foreach(json, key, value)
    {
        struct config_key_value *annotation = &state->annotations[state->annotations_length++];

        if (!json_is_string(value))
            return corrupt(error, "annotations");
        annotation->key = arena_copy(arena, key);
        annotation->value = arena_copy(arena, json_string_value(value));
        if (!annotation->key || !annotation->value)
            return error_memory(error);
    }
    return 0;
}

static int check_version(const json_t *json, struct error *error)
{
    const json_t *version = json_object_get(json, "version");

    if (!json_is_integer(version) || json_integer_value(version) < 1)
        return corrupt(error, "version");
    if (json_integer_value(version) <= VERSION)
        return 0;
    error_set(error, EBADMSG, "the container's state was written by a later holdfast (version %lld)",
              json_integer_value(version));
    error_hint(error, "use that one for this container");
    return -EBADMSG;
}

static int read_document(const json_t *json, const char *id, struct state *state, struct error *error)
{
    int result = check_version(json, error);

    for (size_t i = 0; i < ARRAY_LENGTH(members) && result == 0; i++)
        result = read_member(&members[i], json_object_get(json, members[i].key), state, error);
    if (result == 0 && strcmp(state->id, id) != 0)
        result = corrupt(error, "id");
    if (result == 0)
        result = read_annotations(json_object_get(json, "annotations"), state, error);
    if (result < 0)
        return result;
    if (cgroup_from_json(&state->cgroup, json_object_get(json, "cgroup"), error) < 0)
        return error->code == ENOMEM ? -ENOMEM : corrupt(error, "cgroup");
    return 0;
}

int state_from_text(struct state *state, const char *id, const char *text, size_t length, struct error *error)
{
    json_error_t problem;
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);
    int result;

    *state = (struct state){0};
    if (!json)
        return error_set(error, EBADMSG, "state.json is corrupt: line %d: %s", problem.line, problem.text);
    result = read_document(json, id, state, error);
    json_decref(json);
    if (result < 0)
        state_clear(state);
    return result;
}
