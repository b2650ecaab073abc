/* SPDX-License-Identifier: Apache-2.0 */
#include "process/intel_rdt_schemata.h"

#include <stdio.h>
#include <string.h>

/* A part of a text. */
struct span {
    const char *start;
    size_t length;
};

/* Takes the part before the separator off the rest; false if there is no rest. */
static bool next_part(struct span *rest, char separator, struct span *ret_part)
{
    const char *end = rest->length ? memchr(rest->start, separator, rest->length) : NULL;
    size_t length = end ? (size_t)(end - rest->start) : rest->length;

    if (rest->length == 0)
        return false;
    *ret_part = (struct span){rest->start, length};
    rest->start += end ? length + 1 : length;
    rest->length -= end ? length + 1 : length;
    return true;
}

static struct span trimmed(struct span span)
{
    while (span.length > 0 && strchr(" \t\r", span.start[0])) {
        span.start++;
        span.length--;
    }
    while (span.length > 0 && strchr(" \t\r", span.start[span.length - 1]))
        span.length--;
    return span;
}

static bool is_same(struct span one, struct span other)
{
    return one.length == other.length && strncasecmp(one.start, other.start, one.length) == 0;
}

static bool is_bandwidth(struct span line)
{
    return line.length >= 3 && strncmp(line.start, "MB:", 3) == 0;
}

static void add_lines(FILE *out, const char *text, bool without_bandwidth)
{
    struct span rest = {text ? text : "", text ? strlen(text) : 0}, line;

    while (next_part(&rest, '\n', &line)) {
        line = trimmed(line);
        if (line.length > 0 && !(without_bandwidth && is_bandwidth(line)))
            fprintf(out, "%.*s\n", (int)line.length, line.start);
    }
}

char *schemata_wanted(const struct config_intel_rdt *rdt)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    add_lines(out, rdt->l3_cache_schema, rdt->memory_bandwidth_schema != NULL);
    add_lines(out, rdt->memory_bandwidth_schema, false);
    for (size_t i = 0; i < rdt->schemata.length; i++)
        add_lines(out, rdt->schemata.values[i], false);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* Splits "NAME<separator>rest". */
static struct span name_of(struct span *rest, char separator)
{
    struct span name = {rest->start, 0};

    if (next_part(rest, separator, &name))
        name = trimmed(name);
    return name;
}

/* "00ff" is "ff". */
static struct span number(struct span value)
{
    value = trimmed(value);
    while (value.length > 1 && value.start[0] == '0') {
        value.start++;
        value.length--;
    }
    return value;
}

/* The value of "id=value" among those that ";" separates; without length if there is none. */
static struct span value_in(struct span values, struct span id)
{
    struct span entry;

    while (next_part(&values, ';', &entry))
        if (is_same(name_of(&entry, '='), id))
            return number(entry);
    return (struct span){0};
}

static struct span values_in(const char *text, struct span name)
{
    struct span rest = {text, strlen(text)}, line;

    while (next_part(&rest, '\n', &line))
        if (is_same(name_of(&line, ':'), name))
            return line;
    return (struct span){0};
}

/* Of several lines with one name the last one counts, as if they were written one after the other. */
static bool is_overridden(struct span name, struct span id, struct span later)
{
    struct span line;

    while (next_part(&later, '\n', &line))
        if (is_same(name_of(&line, ':'), name) && value_in(line, id).length > 0)
            return true;
    return false;
}

static bool agrees(struct span line, struct span later, const char *present)
{
    struct span name = name_of(&line, ':'), has = values_in(present, name), entry;

    while (next_part(&line, ';', &entry)) {
        struct span id = name_of(&entry, '='), found = value_in(has, id);

        if (!is_overridden(name, id, later) && (found.length == 0 || !is_same(found, number(entry))))
            return false;
    }
    return true;
}

const char *schemata_differ(const char *wanted, const char *present, size_t *ret_length)
{
    struct span rest = {wanted, strlen(wanted)}, line;

    while (next_part(&rest, '\n', &line)) {
        if (agrees(line, rest, present))
            continue;
        *ret_length = line.length;
        return line.start;
    }
    return NULL;
}
