/* SPDX-License-Identifier: Apache-2.0 */
#include "config/field.h"

#include "config/position.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct field field_member(const struct field *object, const char *name)
{
    const json_t *json = json_object_get(object->json, name);

    return (struct field){object->config, object, name, 0, json_is_null(json) ? NULL : json};
}

struct field field_element(const struct field *array, size_t index)
{
    return (struct field){array->config, array, NULL, index, json_array_get(array->json, index)};
}

static void write_path(const struct field *field, FILE *out)
{
    if (!field->parent)
        return;
    write_path(field->parent, out);
    if (field->name)
        fprintf(out, "%s%s", field->parent->parent ? "." : "", field->name);
    else
        fprintf(out, "[%zu]", field->index);
}

/* "mounts[3].options[0]", which the caller frees; NULL when memory is short. */
static char *field_path(const struct field *field)
{
    char *path = NULL;
    size_t size;
    FILE *out = open_memstream(&path, &size);

    if (!out)
        return NULL;
    write_path(field, out);
    if (fclose(out) == 0)
        return path;
    free(path);
    return NULL;
}

void field_place(const struct field *field, struct error *error)
{
    CLEANUP_FREE char *path = field_path(field);

    config_error_place(field->config, error, path ? path : "");
}

int field_error(const struct field *field, struct error *error, const char *format, ...)
{
    CLEANUP_FREE char *text = NULL;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        text = NULL; /* vasprintf(3) leaves it undefined */
        return error_memory(error);
    }
    error_set(error, EINVAL, "%s", text);
    field_place(field, error);
    return -EINVAL;
}

static const char *const type_names[] = {
    [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a string",
    [JSON_INTEGER] = "a number", [JSON_REAL] = "a number",  [JSON_TRUE] = "a boolean",
    [JSON_FALSE] = "a boolean",  [JSON_NULL] = "null",
};

int field_expect(const struct field *field, int type, struct error *error)
{
    int found = json_typeof(field->json);

    if (type_names[found] == type_names[type])
        return 0;
    return field_error(field, error, "is %s, but must be %s", type_names[found], type_names[type]);
}

int field_require(const struct field *object, const char *name, struct error *error)
{
    struct field member = field_member(object, name);

    return member.json ? 0 : field_error(&member, error, "is missing");
}

int field_string(const struct field *field, const char **ret_text, struct error *error)
{
    int result = field_expect(field, JSON_STRING, error);
    const char *copy = result < 0 ? NULL : arena_copy(&field->config->arena, json_string_value(field->json));

    if (copy)
        *ret_text = copy;
    return result < 0 || copy ? result : error_memory(error);
}

/* A real number in the tree may be an integer that jansson cannot hold: the text knows (parse.h). */
static int read_big_integer(const struct field *field, uint64_t *ret_number, struct error *error)
{
    CLEANUP_FREE char *path = field_path(field);
    const char *number;

    if (!path)
        return error_memory(error);
    number = position_value(field->config->text, path);
    if (!number || strspn(number, "0123456789") != strspn(number, "+-.0123456789eE"))
        return field_error(field, error, "is a real number, but must be an integer");
    *ret_number = strtoull(number, NULL, 10);
    return 0;
}

/* A negative number comes in two's complement. maximum is not negative. */
static int read_integer(const struct field *field, int64_t minimum, uint64_t maximum, uint64_t *ret_number,
                        struct error *error)
{
    int result = field_expect(field, JSON_INTEGER, error);
    uint64_t number;
    bool negative;

    if (result < 0)
        return result;
    number = (uint64_t)json_integer_value(field->json);
    negative = json_integer_value(field->json) < 0;
    if (json_is_real(field->json))
        result = read_big_integer(field, &number, error);
    if (result < 0)
        return result;
    if (negative && (int64_t)number < minimum)
        return field_error(field, error, "is %" PRId64 ", but must be from %" PRId64 " to %" PRIu64,
                           (int64_t)number, minimum, maximum);
    if (!negative && (number > maximum || (minimum > 0 && number < (uint64_t)minimum)))
        return field_error(field, error, "is %" PRIu64 ", but must be from %" PRId64 " to %" PRIu64, number,
                           minimum, maximum);
    *ret_number = number;
    return 0;
}

int field_uint64(const struct field *field, uint64_t maximum, uint64_t *ret_number, struct error *error)
{
    return read_integer(field, 0, maximum, ret_number, error);
}

int field_int64(const struct field *field, int64_t minimum, int64_t maximum, int64_t *ret_number,
                struct error *error)
{
    uint64_t number = 0;
    int result = read_integer(field, minimum, (uint64_t)maximum, &number, error);

    if (result < 0)
        return result;
    *ret_number = (int64_t)number;
    return 0;
}

int field_uint32(const struct field *field, uint32_t maximum, uint32_t *ret_number, struct error *error)
{
    uint64_t number = 0;
    int result = field_uint64(field, maximum, &number, error);

    if (result < 0)
        return result;
    *ret_number = (uint32_t)number;
    return 0;
}

int field_array(const struct field *array, size_t size, void **ret_room, size_t *ret_length,
                struct error *error)
{
    int result = field_expect(array, JSON_ARRAY, error);
    size_t length = json_array_size(array->json);
    void *room;

    if (result < 0)
        return result;
    room = arena_allocate(&array->config->arena, length, size);
    if (!room)
        return error_memory(error);
    *ret_room = room;
    *ret_length = length;
    return 0;
}

int field_strings(const struct field *field, struct strings *ret_strings, struct error *error)
{
    const char **values;
    size_t length;
    void *room = NULL;
    int result = field_array(field, sizeof(*values), &room, &length, error);

    values = result < 0 ? NULL : room;
    for (size_t i = 0; result == 0 && i < length; i++) {
        struct field element = field_element(field, i);

        result = field_string(&element, &values[i], error);
    }
    if (result == 0)
        *ret_strings = (struct strings){values, length};
    return result;
}

static int unknown_word(const struct field *field, const char *text, const struct word *words,
                        struct error *error)
{
    CLEANUP_FREE char *known = NULL;
    size_t size;
    FILE *out = open_memstream(&known, &size);
    int result;

    if (!out)
        return error_memory(error);
    for (const struct word *row = words; row->word; row++)
        fprintf(out, "%s%s", row == words ? "" : ", ", row->word);
    if (fclose(out) != 0)
        return error_memory(error);
    result = field_error(field, error, "is \"%s\", which is not known", text);
    error_hint(error, "known are %s", known);
    return result;
}

int field_word(const struct field *field, const struct word *words, const struct word **ret_word,
               struct error *error)
{
    const char *text = json_string_value(field->json);
    int result = field_expect(field, JSON_STRING, error);

    if (result < 0)
        return result;
    for (const struct word *row = words; row->word; row++) {
        if (strcmp(row->word, text) == 0) {
            *ret_word = row;
            return 0;
        }
    }
    return unknown_word(field, text, words, error);
}

int field_word_bits(const struct field *field, const struct word *words, uint64_t *ret_bits,
                    struct error *error)
{
    int result = field_expect(field, JSON_ARRAY, error);
    uint64_t bits = 0;

    for (size_t i = 0; result == 0 && i < json_array_size(field->json); i++) {
        struct field element = field_element(field, i);
        const struct word *row;

        result = field_word(&element, words, &row, error);
        if (result == 0)
            bits |= row->number;
    }
    if (result == 0)
        *ret_bits = bits;
    return result;
}
