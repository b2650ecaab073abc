/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of a cgroup's files as JSON: a table says which number comes from where. */
#ifndef CGROUP_STATISTICS_NUMBERS_H
#define CGROUP_STATISTICS_NUMBERS_H

#include "cgroup/cgroup.h"
#include <jansson.h>

/* What "max" is in the JSON, where runc has 18446744073709551615 or this: JSON's integers end at 63 bits in too many
 * readers, jansson among them, and version 1's files say "unlimited" with this number. */
#define STATISTICS_UNLIMITED ((uint64_t)INT64_MAX - 4095)

/* Which values are left out, as runc leaves them out. */
enum statistics_omission { ALWAYS, OMIT_ZERO, OMIT_ZERO_AND_UNLIMITED };

/* A number of the JSON, and its file. */
struct statistics_row {
    const char *section, *object; /* "memory", "usage"; no object: NULL */
    const char *key;
    const char *controller; /* "memory"; "": the unified hierarchy */
    const char *file;
    const char *field; /* the word at the beginning of its line; NULL: the file has one number */
    uint64_t factor;
    enum statistics_omission omission;
};

/* The JSON that is made, and the directory that was read last. */
struct statistics {
    const struct cgroup *cgroup;
    json_t *json;
    struct arena arena;
    const char *controller; /* NULL: none yet */
    int directory_fd;       /* of its directory; -1: there is none */
};

/* Goes to the directory of a controller. A cgroup without one leaves directory_fd -1. */
int statistics_go(struct statistics *statistics, const char *controller, struct error *error) MUST_USE;

/* The file's text in the directory; NULL where it isn't there. */
int statistics_read(struct statistics *statistics, const char *file, const char **ret_text,
                    struct error *error) MUST_USE;

/* The line after this one; "" at the end. */
const char *statistics_next_line(const char *line);

/* A number by itself; false if the text doesn't begin with one. "max" is UINT64_MAX. */
bool statistics_parse(const char *text, uint64_t *ret_number);

/* Sets what the rows are about. */
int statistics_set_rows(struct statistics *statistics, const struct statistics_row *rows, size_t length,
                        struct error *error) MUST_USE;

/* Each of these sets a member; a value of NULL is an error of memory. The value is taken over. */
int statistics_set(json_t *object, const char *key, json_t *value, struct error *error) MUST_USE;
int statistics_set_number(json_t *object, const char *key, uint64_t number, struct error *error) MUST_USE;
int statistics_append(json_t *array, json_t *value, struct error *error) MUST_USE;

/* memory.stat, as memory.raw. */
int statistics_set_raw(struct statistics *statistics, struct error *error) MUST_USE;

/* The endings of the names of a page size's files: "usage_in_bytes". */
struct statistics_hugepages {
    const char *usage, *max, *failures; /* NULL: there is none */
    const char *failures_field;         /* as in a row */
};

/* hugetlb, a member a page size that the directory has files of. */
int statistics_set_hugepages(struct statistics *statistics, const struct statistics_hugepages *names,
                             struct error *error) MUST_USE;

/* Adds an entry of block I/O to an array of blkio. op may be NULL. */
int statistics_add_block_io(struct statistics *statistics, const char *key, const unsigned device[2],
                            const char *op, uint64_t value, struct error *error) MUST_USE;

/* All numbers of version 2, and all of version 1. */
int statistics_set_unified(struct statistics *statistics, struct error *error) MUST_USE;
int statistics_set_legacy(struct statistics *statistics, struct error *error) MUST_USE;

#endif
