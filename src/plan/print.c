/* SPDX-License-Identifier: Apache-2.0 */
/* A plan's operations as lines for a person. */
#include "plan/print.h"

#include "base/text.h"

#include <string.h>

static void print_field(FILE *out, enum plan_field field, const struct strings *values, const char *lead)
{
    const struct plan_field_row *row = &plan_fields[field];

    fputs(lead, out);
    for (size_t i = 0; i < values->length && row->form != FORM_FLAG; i++) {
        fputs(i ? row->separator : "", out);
        text_print(out, values->values[i]);
    }
    fputs(row->tail, out);
}

static void print_fields(FILE *out, const struct plan_description *description)
{
    for (size_t field = 0; field < PLAN_FIELDS; field++) {
        const char *lead = field == FIELD_SOURCE ? description->kind->source_lead : plan_fields[field].lead;

        if (lead && description->values[field].length > 0)
            print_field(out, (enum plan_field)field, &description->values[field], lead);
    }
}

void plan_print_details(FILE *out, const struct plan_description *description)
{
    bool first = true;

    for (size_t field = 0; field < PLAN_FIELDS; field++) {
        const char *lead = plan_fields[field].lead;
        bool shown = field == FIELD_TYPE || field == FIELD_SOURCE || field == FIELD_FROM_ROOT ||
                     field == FIELD_TO || field == FIELD_DEVICE;

        if (!lead || shown || description->values[field].length == 0)
            continue;
        if (first)
            lead += strspn(lead, ", ");
        print_field(out, (enum plan_field)field, &description->values[field], lead);
        first = false;
    }
}

void plan_print_operation(FILE *out, const struct plan_description *description)
{
    fprintf(out, "%s ", description->kind->name);
    text_print(out, description->target);
    print_fields(out, description);
}

char *plan_line(const struct plan *plan, size_t index)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_ERROR struct error error = {0};
    struct plan_description description;
    char *line = NULL;
    size_t size;
    FILE *out;

    if (plan_describe(plan, index, &arena, &description, &error) < 0)
        return NULL;
    out = open_memstream(&line, &size);
    if (!out)
        return NULL;
    plan_print_operation(out, &description);
    fprintf(out, " (%s)", description.origin);
    if (fclose(out) == 0)
        return line;
    free(line);
    return NULL;
}

void plan_print_place(FILE *out, const struct plan_description *description)
{
    fputs(" (", out);
    text_print(out, description->origin);
    if (description->line)
        fprintf(out, ", line %zu", description->line);
    putc(')', out);
}

void plan_print_lines(FILE *out, const struct plan_listing *listing)
{
    for (size_t i = 0; i < listing->length; i++) {
        const struct plan_description *description = &listing->operations[i];

        fprintf(out, "%zu ", i + 1);
        plan_print_operation(out, description);
        plan_print_place(out, description);
        putc('\n', out);
    }
}
