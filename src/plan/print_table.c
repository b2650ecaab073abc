/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as a table for a terminal. Nothing is cut off: a text that is wider than its column moves the rest aside. */
#include "base/text.h"
#include "plan/print.h"

#include <string.h>

enum column {
    COLUMN_NUMBER,
    COLUMN_KIND,
    COLUMN_SOURCE,
    COLUMN_TARGET,
    COLUMN_DETAILS,
    COLUMN_ORIGIN,
    COLUMNS
};

/* What stands over it, how wide it may get, and its colour (ECMA-48, SGR). */
static const struct {
    const char *heading;
    size_t widest;
    const char *color;
} columns[COLUMNS] = {
    [COLUMN_NUMBER] = {"#", 6, "2"},        [COLUMN_KIND] = {"OPERATION", 10, "36"},
    [COLUMN_SOURCE] = {"SOURCE", 40, ""},   [COLUMN_TARGET] = {"TARGET", 40, "1"},
    [COLUMN_DETAILS] = {"DETAILS", 60, ""}, [COLUMN_ORIGIN] = {"FROM", 40, "2"},
};

static void print_number(FILE *out, const struct plan_description *description, size_t index)
{
    (void)description;
    fprintf(out, "%zu", index + 1);
}

static void print_kind(FILE *out, const struct plan_description *description, size_t index)
{
    (void)index;
    fputs(description->kind->name, out);
}

static void print_source(FILE *out, const struct plan_description *description, size_t index)
{
    static const enum plan_field fields[] = {FIELD_TYPE, FIELD_SOURCE, FIELD_TO, FIELD_DEVICE};
    const char *previous = NULL;

    (void)index;
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        const char *text = plan_description_text(description, fields[i]);

        if (!text || (previous && strcmp(text, previous) == 0))
            continue;
        if (previous)
            putc(' ', out);
        text_print(out, text);
        previous = text;
    }
    if (plan_description_has(description, FIELD_FROM_ROOT))
        fputs(plan_fields[FIELD_FROM_ROOT].lead, out);
}

static void print_target(FILE *out, const struct plan_description *description, size_t index)
{
    (void)index;
    text_print(out, description->target);
}

static void print_details(FILE *out, const struct plan_description *description, size_t index)
{
    (void)index;
    plan_print_details(out, description);
}

static void print_origin(FILE *out, const struct plan_description *description, size_t index)
{
    (void)index;
    fputs(description->origin, out);
    if (description->line)
        fprintf(out, ", line %zu", description->line);
}

static void (*const printers[COLUMNS])(FILE *out, const struct plan_description *description,
                                       size_t index) = {
    print_number, print_kind, print_source, print_target, print_details, print_origin,
};

/* A cell, as memory that the caller frees; NULL when memory is short. */
static char *make_cell(const struct plan_listing *listing, size_t row, enum column column)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    printers[column](out, &listing->operations[row], row);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static size_t text_width(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static bool measure(const struct plan_listing *listing, size_t *widths)
{
    for (size_t column = 0; column < COLUMNS; column++) {
        widths[column] = strlen(columns[column].heading);
        for (size_t row = 0; row < listing->length; row++) {
            CLEANUP_FREE char *cell = make_cell(listing, row, (enum column)column);
            size_t width = cell ? text_width(cell) : 0;

            if (!cell)
                return false;
            if (width > widths[column] && width <= columns[column].widest)
                widths[column] = width;
        }
    }
    return true;
}

static void print_cell(FILE *out, const char *text, size_t width, const char *color)
{
    size_t used = text_width(text);

    if (*color)
        fprintf(out, "\033[%sm%s\033[m", color, text);
    else
        fputs(text, out);
    if (width > 0)
        fprintf(out, "%*s", used < width ? (int)(width - used) : 0, "");
}

/* Between source and target there is an arrow, where there is a source. */
static const char *gap(enum column column, const char *cell)
{
    if (column == COLUMN_SOURCE)
        return *cell ? " → " : "   ";
    return column == COLUMN_ORIGIN ? "\n" : "  ";
}

static bool print_row(FILE *out, const struct plan_listing *listing, size_t row, const size_t *widths,
                      bool colors)
{
    for (size_t column = 0; column < COLUMNS; column++) {
        CLEANUP_FREE char *cell = make_cell(listing, row, (enum column)column);
        bool last = column + 1 == COLUMNS;

        if (!cell)
            return false;
        print_cell(out, cell, last ? 0 : widths[column], colors ? columns[column].color : "");
        fputs(gap((enum column)column, cell), out);
    }
    return true;
}

static void print_headings(FILE *out, const size_t *widths, bool colors)
{
    for (size_t column = 0; column < COLUMNS; column++) {
        bool last = column + 1 == COLUMNS;

        print_cell(out, columns[column].heading, last ? 0 : widths[column], colors ? "2" : "");
        fputs(gap((enum column)column, ""), out);
    }
}

int plan_print_table(FILE *out, const struct plan_listing *listing, bool colors, struct error *error)
{
    size_t widths[COLUMNS];
    bool good = measure(listing, widths);

    if (good)
        print_headings(out, widths, colors);
    for (size_t row = 0; row < listing->length && good; row++)
        good = print_row(out, listing, row, widths, colors);
    return good ? 0 : error_memory(error);
}
