/* SPDX-License-Identifier: Apache-2.0 */
/* A plan that was saved as JSON, for comparing. Nothing of it is ever carried out. */
#include "plan/json.h"

#include <jansson.h>
#include <string.h>

bool plan_json_is_plan(const struct json_t *json)
{
    return json_is_integer(json_object_get(json, "version")) &&
           json_is_array(json_object_get(json, PLAN_JSON_OPERATIONS));
}

static int refuse(struct error *error, const char *key)
{
    return error_set(error, EINVAL, "\"%s\" is not what version %d of a plan has there", key,
                     PLAN_JSON_VERSION);
}

static int add_value(struct arena *arena, struct strings *values, const char *key, const json_t *value,
                     struct error *error)
{
    const char **place;

    if (!json_is_string(value))
        return refuse(error, key);
    place = arena_append(arena, (void **)&values->values, &values->length, sizeof(*place));
    if (!place)
        return error_memory(error);
    *place = json_string_value(value);
    return 0;
}

static int read_field(struct arena *arena, enum plan_field field, const json_t *value, struct strings *values,
                      struct error *error)
{
    const struct plan_field_row *row = &plan_fields[field];
    const json_t *word;
    int status = 0;
    size_t i;

    if (row->form == FORM_TEXT)
        return add_value(arena, values, row->name, value, error);
    if (row->form == FORM_WORDS && json_array_size(value) > 0) {
        json_array_foreach(value, i, word) if (status == 0) status =
            add_value(arena, values, row->name, word, error);
        return status;
    }
    if (row->form != FORM_FLAG || !json_is_true(value))
        return refuse(error, row->name);
    values->values = arena_allocate(arena, 1, sizeof(*values->values));
    if (!values->values)
        return error_memory(error);
    values->values[0] = row->name;
    values->length = 1;
    return 0;
}

static int read_kind(const char *key, const json_t *value, struct plan_description *description,
                     struct error *error)
{
    const struct plan_kind_row *kind =
        json_is_string(value) ? plan_kind_find(json_string_value(value)) : NULL;

    if (!kind)
        return refuse(error, key);
    description->kind = kind;
    return 0;
}

static int read_target(const char *key, const json_t *value, struct plan_description *description,
                       struct error *error)
{
    description->target = json_string_value(value);
    return description->target && *description->target == '/' ? 0 : refuse(error, key);
}

static int read_origin(const char *key, const json_t *value, struct plan_description *description,
                       struct error *error)
{
    description->origin = json_string_value(value);
    return description->origin ? 0 : refuse(error, key);
}

static int read_line(const char *key, const json_t *value, struct plan_description *description,
                     struct error *error)
{
    if (!json_is_integer(value) || json_integer_value(value) <= 0)
        return refuse(error, key);
    description->line = (size_t)json_integer_value(value);
    return 0;
}

/* What is no field. */
static const struct {
    const char *key;
    int (*read)(const char *key, const json_t *value, struct plan_description *description,
                struct error *error);
} members[] = {
    {"kind", read_kind},
    {"target", read_target},
    {PLAN_JSON_ORIGIN, read_origin},
    {PLAN_JSON_LINE, read_line},
};

static int read_member(struct arena *arena, const char *key, const json_t *value,
                       struct plan_description *description, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
        if (strcmp(members[i].key, key) == 0)
            return members[i].read(key, value, description, error);
    for (size_t i = 0; i < PLAN_FIELDS; i++)
        if (strcmp(plan_fields[i].name, key) == 0)
            return read_field(arena, (enum plan_field)i, value, &description->values[i], error);
    return refuse(error, key);
}

static int read_operation(struct arena *arena, const json_t *object, struct plan_description *description,
                          struct error *error)
{
    void *at;

    /* json_object_foreach() wants an object that may be changed. */
    for (at = json_object_iter((json_t *)(uintptr_t)object); at;
         at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
        const char *key = json_object_iter_key(at);

        if (read_member(arena, key, json_object_iter_value(at), description, error) < 0)
            return -error->code;
    }
    if (!description->kind || !description->target || !description->origin)
        return error_set(error, EINVAL, "\"kind\", \"target\" or \"origin\" is missing");
    return 0;
}

static int read_operations(struct plan_listing *listing, const json_t *operations, struct error *error)
{
    listing->operations =
        arena_allocate(&listing->arena, json_array_size(operations) + 1, sizeof(*listing->operations));
    if (!listing->operations)
        return error_memory(error);
    for (; listing->length < json_array_size(operations); listing->length++)
        if (read_operation(&listing->arena, json_array_get(operations, listing->length),
                           &listing->operations[listing->length], error) < 0) {
            error_place(error, PLAN_JSON_OPERATIONS "[%zu]", listing->length);
            return -error->code;
        }
    return 0;
}

int plan_listing_from_json(struct plan_listing *listing, const struct json_t *json, struct error *error)
{
    json_int_t version = json_integer_value(json_object_get(json, "version"));
    struct plan_listing made = {0};
    int status = 0;

    if (version != PLAN_JSON_VERSION)
        return error_set(error, EINVAL, "is a plan of version %" JSON_INTEGER_FORMAT ", but known is %d",
                         version, PLAN_JSON_VERSION);
    status = read_operations(&made, json_object_get(json, PLAN_JSON_OPERATIONS), error);
    if (status == 0)
        *listing = made;
    else
        plan_listing_clear(&made);
    return status;
}
