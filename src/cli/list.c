/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/description.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* runc's columns: twelve characters wide at least, with three between them. */
#define COLUMN_WIDTH 12
#define COLUMN_SPACE 3

static const struct {
    const char *title, *key;
} columns[] = {
    {"ID", "id"},         {"PID", "pid"},         {"STATUS", "status"},
    {"BUNDLE", "bundle"}, {"CREATED", "created"}, {"OWNER", "owner"},
};

enum format { FORMAT_TABLE, FORMAT_JSON };

static const char *const formats[] = {"table", "json", NULL};

/* A container that can't be read is told and left out, as runc does. One that is gone by now is left out. */
static int add_container(json_t *list, const char *root, const char *id, struct error *error)
{
    CLEANUP_CONTAINER struct container container = CONTAINER_NONE;
    CLEANUP_ERROR struct error broken = {0};
    CLEANUP_FREE char *line = NULL;

    if (container_open(&container, root, id, false, &broken) == 0)
        return json_array_append_new(list, describe_container(&container)) < 0 ? error_memory(error) : 0;
    if (broken.code == ENOENT)
        return 0;
    error_place(&broken, "container %s", id);
    line = error_format(&broken);
    cli_warn(line ? line : id);
    return 0;
}

/* The text of a cell; numbers are written into the buffer. */
static const char *cell(const json_t *container, const char *key, char *buffer, size_t size)
{
    const json_t *value = json_object_get(container, key);

    if (!json_is_integer(value))
        return json_string_value(value);
    snprintf(buffer, size, "%lld", json_integer_value(value));
    return buffer;
}

static size_t column_width(const json_t *list, const char *title, const char *key)
{
    size_t longest = strlen(title), index;
    const json_t *container;
    char buffer[32];

    json_array_foreach(list, index, container)
    {
        size_t length = strlen(cell(container, key, buffer, sizeof(buffer)));

        longest = length > longest ? length : longest;
    }
    return longest + COLUMN_SPACE > COLUMN_WIDTH ? longest + COLUMN_SPACE : COLUMN_WIDTH;
}

/* container is NULL for the line of titles. */
static void print_row(const json_t *container, const size_t *widths)
{
    char buffer[32];

    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++) {
        const char *text =
            container ? cell(container, columns[i].key, buffer, sizeof(buffer)) : columns[i].title;

        if (i + 1 < ARRAY_LENGTH(columns))
            printf("%-*s", (int)widths[i], text);
        else
            puts(text);
    }
}

static void print_table(const json_t *list)
{
    size_t widths[ARRAY_LENGTH(columns)], index;
    const json_t *container;

    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++)
        widths[i] = column_width(list, columns[i].title, columns[i].key);
    print_row(NULL, widths);
    json_array_foreach(list, index, container) print_row(container, widths);
}

static int print_list(const char *root, const struct strings *ids, enum format format, struct error *error)
{
    json_t *list = json_array();
    int result = list ? 0 : error_memory(error);

    for (size_t i = 0; i < ids->length && result == 0; i++)
        result = add_container(list, root, ids->values[i], error);
    if (result == 0 && format == FORMAT_JSON)
        return cli_print_json(list, 0, error);
    if (result == 0)
        print_table(list);
    json_decref(list);
    return result;
}

static int run(const struct cli_call *call, struct error *error)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    struct cli_word format = {formats, FORMAT_TABLE};
    struct strings ids = {0};
    bool quiet = false;
    const struct cli_option options[] = {
        {"format", 'f', CLI_WORD, &format, "table|json", "what to print (default: table)"},
        {"quiet", 'q', CLI_FLAG, &quiet, NULL, "prints the IDs alone"},
        {0},
    };
    int first = cli_parse_words(call, options, 0, 0, error);

    if (first <= 0)
        return first;
    if (container_list(call->settings->root, &arena, &ids, error) < 0)
        return -error->code;
    if (!quiet)
        return print_list(call->settings->root, &ids, (enum format)format.index, error);
    for (size_t i = 0; i < ids.length; i++)
        puts(ids.values[i]);
    return 0;
}

const struct cli_command cli_list_command = {
    .name = "list",
    .arguments = "",
    .summary = "Lists the containers",
    .text = "",
    .run = run,
};
