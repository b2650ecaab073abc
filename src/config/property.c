/* SPDX-License-Identifier: Apache-2.0 */
#include "config/property.h"

#include <jansson.h>
#include <string.h>

static void *place_in(void *target, size_t offset)
{
    return (char *)target + offset;
}

static int read_property(const struct field *field, const struct property *row, void *target,
                         struct error *error)
{
    if (row->custom)
        return row->custom(field, place_in(target, row->offset), error);
    return row->read ? row->read(field, row, target, error) : 0;
}

int properties_read(const struct field *object, const struct property *properties, void *target,
                    struct error *error)
{
    int result = field_expect(object, JSON_OBJECT, error);

    for (const struct property *row = properties; result == 0 && row->name; row++) {
        struct field field = field_member(object, row->name);

        if (row->required)
            result = field_require(object, row->name, error);
        if (result == 0 && field.json)
            result = read_property(&field, row, target, error);
    }
    return result;
}

int property_text(const struct field *field, const struct property *property, void *target,
                  struct error *error)
{
    const char *text;
    int result = field_string(field, &text, error);

    if (result < 0)
        return result;
    if (*text)
        *(const char **)place_in(target, property->offset) = text;
    else if (property->required)
        return field_error(field, error, "is empty");
    return 0;
}

int property_boolean(const struct field *field, const struct property *property, void *target,
                     struct error *error)
{
    int result = field_expect(field, JSON_TRUE, error);

    if (result == 0)
        *(bool *)place_in(target, property->offset) = json_is_true(field->json);
    return result;
}

int property_uint32(const struct field *field, const struct property *property, void *target,
                    struct error *error)
{
    return field_uint32(field, (uint32_t)property->maximum, place_in(target, property->offset), error);
}

int property_uint64(const struct field *field, const struct property *property, void *target,
                    struct error *error)
{
    return field_uint64(field, property->maximum, place_in(target, property->offset), error);
}

int property_strings(const struct field *field, const struct property *property, void *target,
                     struct error *error)
{
    return field_strings(field, place_in(target, property->offset), error);
}

int property_object(const struct field *field, const struct property *property, void *target,
                    struct error *error)
{
    return properties_read(field, property->properties, target, error);
}

int property_list(const struct field *field, const struct property *property, void *target,
                  struct error *error)
{
    size_t *ret_length = place_in(target, property->length_offset);
    size_t length;
    void *room;
    int result = field_array(field, property->element_size, &room, &length, error);

    if (result < 0)
        return result;
    memcpy(place_in(target, property->offset), &room, sizeof(room));
    for (size_t i = 0; i < length && result == 0; i++) {
        struct field element = field_element(field, i);
        void *place = place_in(room, i * property->element_size);

        if (property->initial)
            memcpy(place, property->initial, property->element_size);
        /* The element counts before it is complete, so that an error can tell which mount it is about. */
        *ret_length = i + 1;
        result = properties_read(&element, property->properties, place, error);
    }
    return result;
}

/* Nothing is asked for. A number always says something: oomScoreAdj 0 differs from none. */
static bool is_empty(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return json_object_size(json) == 0;
    case JSON_ARRAY:
        return json_array_size(json) == 0;
    case JSON_STRING:
        return json_string_length(json) == 0;
    default:
        return json_is_false(json);
    }
}

int property_unsupported(const struct field *field, void *place, struct error *error)
{
    (void)place; /* there is none */
    if (is_empty(field->json))
        return 0;
    error_set(error, ENOTSUP, "holdfast does not carry this out yet");
    error_hint(error, "remove it if the container can do without it");
    field_place(field, error);
    return -ENOTSUP;
}
