/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value in the JSON tree that knows the way to it, so that every error names its place. Fields live on the
 * stack of the functions that descend; nothing is allocated unless there is an error.
 */
#ifndef CONFIG_FIELD_H
#define CONFIG_FIELD_H

#include "config/config.h"

struct json_t;

struct field {
    struct config *config;      /* being read */
    const struct field *parent; /* NULL: this is the whole document */
    const char *name;           /* of a member; NULL: an element */
    size_t index;               /* of an element */
    const struct json_t
        *json; /* NULL: absent. A member that is null counts as absent, as with Go's readers */
};

/* The member of an object. The parent must outlive it. */
struct field field_member(const struct field *object, const char *name);

/* The element of an array. The array must outlive it. */
struct field field_element(const struct field *array, size_t index);

/* An error at this field: EINVAL with that text, placed. Returns -EINVAL. */
int field_error(const struct field *field, struct error *error, const char *format, ...) PRINTF(3, 4);

/* Puts file, line and path of the field in front of an error. */
void field_place(const struct field *field, struct error *error);

/* The field must have that type: a value of jansson's json_type, JSON_TRUE for both booleans. */
int field_expect(const struct field *field, int type, struct error *error) MUST_USE;

/* Fails if the object does not have that member. */
int field_require(const struct field *object, const char *name, struct error *error) MUST_USE;

/* The values of present fields, checked. Strings and lists belong to the configuration. */
int field_string(const struct field *field, const char **ret_text, struct error *error) MUST_USE;
int field_strings(const struct field *field, struct strings *ret_strings, struct error *error) MUST_USE;
int field_uint64(const struct field *field, uint64_t maximum, uint64_t *ret_number,
                 struct error *error) MUST_USE;
int field_uint32(const struct field *field, uint32_t maximum, uint32_t *ret_number,
                 struct error *error) MUST_USE;
int field_int64(const struct field *field, int64_t minimum, int64_t maximum, int64_t *ret_number,
                struct error *error) MUST_USE;

/* Zeroed room for as many elements of size bytes as the array has; it belongs to the configuration. */
int field_array(const struct field *array, size_t size, void **ret_room, size_t *ret_length,
                struct error *error) MUST_USE;

/* One of a list of words, each with its number. Lists end with a NULL word. */
struct word {
    const char *word;
    uint32_t number;
};

/* The row of the field's word; an error that lists the known ones if there is none. */
int field_word(const struct field *field, const struct word *words, const struct word **ret_word,
               struct error *error) MUST_USE;

/* The numbers of an array of words, all or'ed. */
int field_word_bits(const struct field *field, const struct word *words, uint64_t *ret_bits,
                    struct error *error) MUST_USE;

#endif
