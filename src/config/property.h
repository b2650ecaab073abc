/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The properties of a JSON object as a table: one row a property, with the place in a struct that it fills.
 * Every property of the OCI specification has a row, also those that have no effect and those that holdfast
 * does not carry out yet. Properties without a row are unknown and ignored (OCI config.md, Extensibility).
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
    size_t length_offset;              /* of a list's length */
    uint64_t maximum;                  /* of a number */
    const struct property *properties; /* of an object, or of each element of a list */
    size_t element_size;               /* of a list */
    const void *initial;               /* what elements are before they are read; NULL: zero */
};

/* Reads all properties of the object into the target, in the table's order. The first error ends it. */
int properties_read(const struct field *object, const struct property *properties, void *target,
                    struct error *error) MUST_USE;

property_reader property_text, property_boolean, property_uint32, property_uint64, property_strings,
    property_object, property_list;

/* Refuses what asks for something that holdfast does not carry out yet: ENOTSUP. */
custom_reader property_unsupported;

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
#define BOOLEAN(key, structure, member)                                                                      \
    ROW(key, .read = property_boolean, .offset = MEMBER_OFFSET(structure, member, bool))
#define UINT32(key, structure, member, limit, ...)                                                           \
    ROW(key, .read = property_uint32, .offset = MEMBER_OFFSET(structure, member, uint32_t),                  \
        .maximum = (limit), __VA_ARGS__)
#define UINT64(key, structure, member, ...)                                                                  \
    ROW(key, .read = property_uint64, .offset = MEMBER_OFFSET(structure, member, uint64_t),                  \
        .maximum = UINT64_MAX, __VA_ARGS__)
#define STRINGS(key, structure, member, ...)                                                                 \
    ROW(key, .read = property_strings, .offset = MEMBER_OFFSET(structure, member, struct strings),           \
        __VA_ARGS__)
#define LIST(key, structure, member, length, table, ...)                                                     \
    ROW(key, .read = property_list, .offset = __builtin_offsetof(structure, member),                         \
        .length_offset = MEMBER_OFFSET(structure, length, size_t),                                           \
        .element_size = sizeof(*((structure *)0)->member), .properties = (table), __VA_ARGS__)
#define OBJECT(key, table, ...) ROW(key, .read = property_object, .properties = (table), __VA_ARGS__)
#define CUSTOM(key, function, ...) ROW(key, .custom = (function), __VA_ARGS__)
#define IGNORED(key) ROW(key)
#define UNSUPPORTED(key) ROW(key, .custom = property_unsupported)
#define REQUIRED .required = true

#endif
