/* SPDX-License-Identifier: Apache-2.0 */
#include "config/property.h"

#include <jansson.h>
#include <stdio.h>
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

static int explain_unknown(const struct field *field, const struct property *properties, struct error *error)
{
    CLEANUP_FREE char *known = NULL;

    for (const struct property *row = properties; row->name; row++) {
        CLEANUP_FREE char *before = pointer_take(&known);

        if (asprintf(&known, "%s%s%s", before ? before : "", before ? ", " : "", row->name) < 0) {
            known = NULL;
            return error_memory(error);
        }
    }
    field_error(field, error, "is no known key");
    error_hint(error, "there are %s", known);
    return -EINVAL;
}

int properties_only(const struct field *object, const struct property *properties, struct error *error)
{
    int result = field_expect(object, JSON_OBJECT, error);

    if (result < 0)
        return result;
    for (void *at = json_object_iter((json_t *)(uintptr_t)object->json); at;
         at = json_object_iter_next((json_t *)(uintptr_t)object->json, at)) {
        struct field field = {object->config, object, json_object_iter_key(at), 0,
                              json_object_iter_value(at)};
        const struct property *row = properties;

        while (row->name && strcmp(row->name, field.name) != 0)
            row++;
        if (!row->name)
            return explain_unknown(&field, properties, error);
    }
    return 0;
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
    int64_t number;
    int result = field_int64(field, property->minimum, (int64_t)property->maximum, &number, error);

    if (result == 0)
        *(uint32_t *)place_in(target, property->offset) = (uint32_t)number;
    return result;
}

int property_int32(const struct field *field, const struct property *property, void *target,
                   struct error *error)
{
    int64_t number;
    int result = field_int64(field, property->minimum, (int64_t)property->maximum, &number, error);

    if (result == 0)
        *(int32_t *)place_in(target, property->offset) = (int32_t)number;
    return result;
}

int property_int64(const struct field *field, const struct property *property, void *target,
                   struct error *error)
{
    return field_int64(field, property->minimum, (int64_t)property->maximum,
                       place_in(target, property->offset), error);
}

int property_number(const struct field *field, const struct property *property, void *target,
                    struct error *error)
{
    struct config_number *number = place_in(target, property->offset);

    number->given = true;
    return field_int64(field, property->minimum, (int64_t)property->maximum, &number->value, error);
}

int property_word(const struct field *field, const struct property *property, void *target,
                  struct error *error)
{
    const struct word *row;
    int result = field_word(field, property->words, &row, error);

    if (result == 0)
        memcpy(place_in(target, property->offset), &row->number, sizeof(row->number));
    return result;
}

int property_flags(const struct field *field, const struct property *property, void *target,
                   struct error *error)
{
    return field_word_bits(field, property->words, place_in(target, property->offset), error);
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
    return properties_read(field, property->properties, place_in(target, property->offset), error);
}

int property_section(const struct field *field, const struct property *property, void *target,
                     struct error *error)
{
    *(bool *)place_in(target, property->given_offset) = true;
    return property_object(field, property, target, error);
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

static int read_entry(const struct field *value, const struct property *properties, void *place,
                      struct error *error)
{
    const char *key = arena_copy(&value->config->arena, value->name);

    if (!*value->name)
        return field_error(value->parent, error, "has an empty key");
    if (!key)
        return error_memory(error);
    *(const char **)place = key;
    if (properties)
        return properties_read(value, properties, place, error);
    return field_string(value, &((struct config_key_value *)place)->value, error);
}

int property_map(const struct field *field, const struct property *property, void *target,
                 struct error *error)
{
    size_t *ret_length = place_in(target, property->length_offset);
    int result = field_expect(field, JSON_OBJECT, error);
    size_t size = property->element_size;
    char *room;

    if (result < 0)
        return result;
    room = arena_allocate(&field->config->arena, json_object_size(field->json), size);
    if (!room)
        return error_memory(error);
    memcpy(place_in(target, property->offset), &room, sizeof(room));
    /* jansson's iterators only take the tree as if to change it. */
    for (void *at = json_object_iter((json_t *)(uintptr_t)field->json); at && result == 0;
         at = json_object_iter_next((json_t *)(uintptr_t)field->json, at)) {
        struct field value = {field->config, field, json_object_iter_key(at), 0, json_object_iter_value(at)};

        result = read_entry(&value, property->properties, room + *ret_length * size, error);
        (*ret_length)++;
    }
    return result;
}
