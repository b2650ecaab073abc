/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/statistics_numbers.h"
#include "base/fd.h"
#include "cgroup/files.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int statistics_go(struct statistics *statistics, const char *controller, struct error *error)
{
    const struct cgroup_place *place;

    if (statistics->controller && strcmp(statistics->controller, controller) == 0)
        return 0;
    fd_close(&statistics->directory_fd);
    statistics->controller = controller;
    place = cgroup_find_place(statistics->cgroup, controller);
    if (!place)
        return 0;
    statistics->directory_fd = cgroup_open_place(place, error);
    return statistics->directory_fd < 0 ? statistics->directory_fd : 0;
}

int statistics_read(struct statistics *statistics, const char *file, const char **ret_text,
                    struct error *error)
{
    int status = -ENOENT;

    if (statistics->directory_fd >= 0)
        status = cgroup_read(statistics->directory_fd, file, &statistics->arena, ret_text, error);
    if (status == -ENOENT) {
        *ret_text = NULL;
        return 0;
    }
    return status;
}

const char *statistics_next_line(const char *line)
{
    line += strcspn(line, "\n");
    return line + (*line == '\n');
}

bool statistics_parse(const char *text, uint64_t *ret_number)
{
    if (strncmp(text, "max", 3) == 0) {
        *ret_number = UINT64_MAX;
        return true;
    }
    return sscanf(text, "%" SCNu64, ret_number) == 1;
}

int statistics_set(json_t *object, const char *key, json_t *value, struct error *error)
{
    return json_object_set_new(object, key, value) < 0 ? error_memory(error) : 0;
}

int statistics_append(json_t *array, json_t *value, struct error *error)
{
    return json_array_append_new(array, value) < 0 ? error_memory(error) : 0;
}

int statistics_set_number(json_t *object, const char *key, uint64_t number, struct error *error)
{
    uint64_t shown = number > STATISTICS_UNLIMITED ? STATISTICS_UNLIMITED : number;

    return statistics_set(object, key, json_integer((json_int_t)shown), error);
}

/* What follows the field's word on its line; NULL if there is none. */
static const char *find_field(const char *text, const char *field)
{
    size_t length = strlen(field);

    for (const char *line = text; *line; line = statistics_next_line(line))
        if (strncmp(line, field, length) == 0 && line[length] == ' ')
            return line + length + 1;
    return NULL;
}

static bool is_omitted(const struct statistics_row *row, uint64_t number)
{
    return (row->omission != ALWAYS && number == 0) ||
           (row->omission == OMIT_ZERO_AND_UNLIMITED && number == UINT64_MAX);
}

static int set_row(const struct statistics *statistics, const struct statistics_row *row, const char *text,
                   struct error *error)
{
    json_t *object = json_object_get(statistics->json, row->section);
    const char *value = text && row->field ? find_field(text, row->field) : text;
    int64_t level;
    uint64_t number;

    if (row->object)
        object = json_object_get(object, row->object);
    /* cpuset.sched_relax_domain_level is -1 by default. */
    if (value && *value == '-' && sscanf(value, "%" SCNd64, &level) == 1)
        return statistics_set(object, row->key, json_integer(level), error);
    if (!value || !statistics_parse(value, &number) || is_omitted(row, number))
        return 0;
    return statistics_set_number(object, row->key, number == UINT64_MAX ? number : number * row->factor,
                                 error);
}

int statistics_set_rows(struct statistics *statistics, const struct statistics_row *rows, size_t length,
                        struct error *error)
{
    const char *file = "", *text = NULL;
    int status = 0;

    for (size_t i = 0; status == 0 && i < length; i++) {
        status = statistics_go(statistics, rows[i].controller, error);
        /* A file is read once for all its rows, which are one after the other, so that they fit together. */
        if (status == 0 && strcmp(file, rows[i].file) != 0)
            status = statistics_read(statistics, rows[i].file, &text, error);
        file = rows[i].file;
        if (status == 0)
            status = set_row(statistics, &rows[i], text, error);
    }
    return status;
}

int statistics_set_raw(struct statistics *statistics, struct error *error)
{
    const char *text;
    json_t *raw;
    int status = statistics_read(statistics, "memory.stat", &text, error);

    if (status < 0 || !text)
        return status;
    raw = json_object();
    status = statistics_set(json_object_get(statistics->json, "memory"), "raw", raw, error);
    for (const char *line = text; status == 0 && *line; line = statistics_next_line(line)) {
        char key[128];
        uint64_t number;

        if (sscanf(line, "%127s %" SCNu64, key, &number) == 2)
            status = statistics_set_number(raw, key, number, error);
    }
    return status;
}

int statistics_add_block_io(struct statistics *statistics, const char *key, const unsigned device[2],
                            const char *op, uint64_t value, struct error *error)
{
    json_t *section = json_object_get(statistics->json, "blkio");
    json_t *entry = json_object();
    int status = 0;

    if (!json_object_get(section, key))
        status = statistics_set(section, key, json_array(), error);
    if (status < 0) {
        json_decref(entry);
        return status;
    }
    status = statistics_append(json_object_get(section, key), entry, error);
    if (status == 0)
        status = statistics_set_number(entry, "major", device[0], error);
    if (status == 0)
        status = statistics_set_number(entry, "minor", device[1], error);
    if (status == 0 && op)
        status = statistics_set(entry, "op", json_string(op), error);
    return status < 0 ? status : statistics_set_number(entry, "value", value, error);
}
