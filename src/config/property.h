/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The properties of a JSON object as a table: one row a property, with the place in a struct that it fills.
 * Every property of the OCI specification has a row, also those that have no effect. Properties without a row are unknown and ignored (OCI config.md, Extensibility).
 */
#ifndef CONFIG_PROPERTY_H
#define CONFIG_PROPERTY_H

#include "config/field.h"

struct property;

/* Reads a field that is present as its row says; target is the struct that the table is about. */
typedef int property_reader(const struct field *field, const struct property *property, void *target,
                            struct error *error);

/* Reads a field that is present into its place, which is at the row's offset in the struct. */
typedef int custom_reader(const struct field *field, void *place, struct error *error);

struct property {
    const char *name;                  /* NULL ends the table */
    property_reader *read;             /* without a reader: accepted, without effect */
    custom_reader *custom;             /* instead of read */
    bool required;                     /* absent, or an empty string, is an error */
    size_t offset;                     /* in the struct, of what the field fills */
    size_t length_offset;              /* of a list's or map's length */
    size_t given_offset;               /* of a section's "given" */
    int64_t minimum;                   /* of a number */
    uint64_t maximum;                  /* of a number */
    const struct word *words;          /* of a word, or of each in a list of flags */
    const struct property *properties; /* of an object, or of each element of a list or map */
    size_t element_size;               /* of a list or map */
    const void *initial;               /* what elements are before they are read; NULL: zero */
};

/* Reads all properties of the object into the target, in the table's order. The first error ends it. */
int properties_read(const struct field *object, const struct property *properties, void *target,
                    struct error *error) MUST_USE;

/* An error that lists the known ones if the object has a property without a row. */
int properties_only(const struct field *object, const struct property *properties,
                    struct error *error) MUST_USE;

property_reader property_text, property_boolean, property_uint32, property_int32, property_uint64,
    property_int64, property_number, property_word, property_flags, property_strings, property_object,
    property_section, property_list, property_map;

/* The offset of a member, which must have the type that the reader writes. */
#define MEMBER_OFFSET(structure, member, type)                                                               \
    (__builtin_offsetof(structure, member) +                                                                 \
     0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((structure *)0)->member), type) ? 1 : -1]))

/* The rows; more members may follow. An optional empty string counts as absent, as with Go's writers. */
#define ROW(key, ...)                                                                                        \
    {                                                                                                        \
        .name = (key), __VA_ARGS__                                                                           \
    }
#define TEXT(key, structure, member, ...)                                                                    \
    ROW(key, .read = property_text, .offset = MEMBER_OFFSET(structure, member, const char *), __VA_ARGS__)
#define BOOLEAN(key, structure, member, ...)                                                                 \
    ROW(key, .read = property_boolean, .offset = MEMBER_OFFSET(structure, member, bool), __VA_ARGS__)
#define NUMERIC(key, reader, structure, member, type, low, high, ...)                                        \
    ROW(key, .read = (reader), .offset = MEMBER_OFFSET(structure, member, type), .minimum = (low),           \
        .maximum = (high), __VA_ARGS__)
#define INT32(key, structure, member, low, high, ...)                                                        \
    NUMERIC(key, property_int32, structure, member, int32_t, low, high, __VA_ARGS__)
#define INT64(key, structure, member, low, high, ...)                                                        \
    NUMERIC(key, property_int64, structure, member, int64_t, low, high, __VA_ARGS__)
/* For a member that can tell that the number is absent. */
#define NUMBER(key, structure, member, low, high, ...)                                                       \
    NUMERIC(key, property_number, structure, member, struct config_number, low, high, __VA_ARGS__)
#define UINT32(key, structure, member, limit, ...)                                                           \
    ROW(key, .read = property_uint32, .offset = MEMBER_OFFSET(structure, member, uint32_t),                  \
        .maximum = (limit), __VA_ARGS__)
#define UINT64(key, structure, member, ...)                                                                  \
    ROW(key, .read = property_uint64, .offset = MEMBER_OFFSET(structure, member, uint64_t),                  \
        .maximum = UINT64_MAX, __VA_ARGS__)
/* One of the list of words, as its number: the member is an int or uint32_t. */
#define WORD(key, structure, member, list, ...)                                                              \
    ROW(key, .read = property_word,                                                                          \
        .offset = __builtin_offsetof(structure, member) +                                                    \
                  0 * sizeof(char[sizeof(((structure *)0)->member) == sizeof(uint32_t) ? 1 : -1]),           \
        .words = (list), __VA_ARGS__)
/* An array of words, whose numbers are or'ed. */
#define FLAGS(key, structure, member, list)                                                                  \
    ROW(key, .read = property_flags, .offset = MEMBER_OFFSET(structure, member, uint64_t), .words = (list))
#define STRINGS(key, structure, member, ...)                                                                 \
    ROW(key, .read = property_strings, .offset = MEMBER_OFFSET(structure, member, struct strings),           \
        __VA_ARGS__)
#define LIST(key, structure, member, length, table, ...)                                                     \
    ROW(key, .read = property_list, .offset = __builtin_offsetof(structure, member),                         \
        .length_offset = MEMBER_OFFSET(structure, length, size_t),                                           \
        .element_size = sizeof(*((structure *)0)->member), .properties = (table), __VA_ARGS__)
/* An object whose keys are free, as an array: each element is a struct whose first member is the key. The table is
 * about the values, which are objects; NULL: they are strings, and the elements struct config_key_value. */
#define MAP(key, structure, member, length, table)                                                           \
    ROW(key, .read = property_map, .offset = __builtin_offsetof(structure, member),                          \
        .length_offset = MEMBER_OFFSET(structure, length, size_t),                                           \
        .element_size = sizeof(*((structure *)0)->member), .properties = (table))
/* An object that fills a member, a struct of its own with the member "given", which becomes true. */
#define SECTION(key, structure, member, table)                                                               \
    ROW(key, .read = property_section, .offset = __builtin_offsetof(structure, member),                      \
        .given_offset = MEMBER_OFFSET(structure, member.given, bool), .properties = (table))
/* An object that fills the struct itself, or with .offset a struct in it. */
#define OBJECT(key, table, ...) ROW(key, .read = property_object, .properties = (table), __VA_ARGS__)
#define CUSTOM(key, function, ...) ROW(key, .custom = (function), __VA_ARGS__)
#define IGNORED(key) ROW(key)
#define REQUIRED .required = true

#endif
