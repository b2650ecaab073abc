/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plan_hazards.h"
#include "cli/color.h"
#include "cli/json_text.h"
#include "cli/log.h"
#include "explain/machine_hazards.h"
#include "mount/machine.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static int refuse_id(const char *id, struct error *error)
{
    CLEANUP_FREE char *known = NULL;
    size_t size;
    FILE *out = open_memstream(&known, &size);

    if (!out)
        return error_memory(error);
    for (const struct hazard_kind *kind = hazard_kinds(); kind->id; kind++)
        fprintf(out, "%s%s", kind == hazard_kinds() ? "" : ", ", kind->id);
    if (fclose(out) != 0)
        return error_memory(error);
    error_set(error, EINVAL, "--fail-on: there is no hazard \"%s\"", id);
    error_hint(error, "known are %s", known);
    return -EINVAL;
}

int plan_hazards_check(const struct hazard_request *request, struct error *error)
{
    for (size_t i = 0; i < request->fail_on.length; i++)
        if (!hazard_find_kind(request->fail_on.values[i]))
            return refuse_id(request->fail_on.values[i], error);
    return 0;
}

int plan_hazards_find(const struct plan *plan, struct arena *arena, struct hazards *ret_hazards,
                      struct error *error)
{
    struct hazards hazards = {0};
    int status = plan_find_hazards(plan, arena, &hazards, error);

    if (status == 0)
        status = machine_find_hazards(plan, arena, &hazards, error);
    if (status == 0)
        *ret_hazards = hazards;
    return status;
}

void plan_hazards_print(const struct hazards *hazards, FILE *out)
{
    if (out == stderr && log_has_standard_error())
        return;
    for (size_t i = 0; i < hazards->length; i++) {
        const struct hazard *hazard = &hazards->values[i];

        fprintf(out, "%s%s%s: ", color_begin(out, COLOR_YELLOW), hazard->id, color_end(out));
        print_plain(hazard->place, out);
        fputs(": ", out);
        print_plain(hazard->text, out);
        fprintf(out, "\n    %s%s%s\n", color_begin(out, COLOR_FAINT), hazard_find_kind(hazard->id)->hint,
                color_end(out));
    }
}

void plan_hazards_log(const struct hazards *hazards)
{
    for (size_t i = 0; i < hazards->length; i++)
        log_hazard(hazards->values[i].id, hazards->values[i].place, hazards->values[i].text);
}

/* The operation's number as in the plan's array; none: null. */
static json_t *describe(const struct hazard *hazard)
{
    json_t *operation =
        hazard->operation == NO_OPERATION ? json_null() : json_integer((json_int_t)hazard->operation);

    return json_pack("{s:s, s:o, s:o, s:o, s:s}", "id", hazard->id, "operation", operation, "place",
                     json_text(hazard->place), "text", json_text(hazard->text), "hint",
                     hazard_find_kind(hazard->id)->hint);
}

json_t *plan_hazards_json(const struct hazards *hazards)
{
    json_t *array = json_array();

    for (size_t i = 0; array && i < hazards->length; i++) {
        if (json_array_append_new(array, describe(&hazards->values[i])) == 0)
            continue;
        json_decref(array);
        return NULL;
    }
    return array;
}

static bool is_refused(const struct hazard_request *request, const char *id)
{
    for (size_t i = 0; i < request->fail_on.length; i++)
        if (strcmp(request->fail_on.values[i], id) == 0)
            return true;
    return request->strict;
}

int plan_hazards_status(const struct hazard_request *request, const struct hazards *hazards)
{
    for (size_t i = 0; i < hazards->length; i++)
        if (is_refused(request, hazards->values[i].id))
            return HAZARD_STATUS;
    return EXIT_SUCCESS;
}

void plan_hazards_warn(const char *bundle, const char *config_name)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_PLAN struct plan plan = {0};
    CLEANUP(arena_clear) struct arena arena = {0};
    struct hazards hazards;

    if (config_read_bundle(&config, bundle, config_name, &error) < 0 ||
        plan_for_machine(&plan, &config, NULL, 0, &error) < 0 ||
        plan_hazards_find(&plan, &arena, &hazards, &error) < 0)
        return;
    plan_hazards_print(&hazards, stderr);
    plan_hazards_log(&hazards);
}
