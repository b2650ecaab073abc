/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/hazards.h"
#include "explain/machine_hazards.h"
#include "library/edge.h"

struct hf_hazards {
    struct arena arena;
    struct hazards hazards;
};

void hf_hazards_free(hf_hazards *hazards)
{
    if (hazards)
        arena_clear(&hazards->arena);
    free(hazards);
}

int hf_plan_find_hazards(const hf_plan *plan, hf_hazards **ret_hazards, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    hf_hazards *found = calloc(1, sizeof(*found));
    int status =
        found ? plan_find_hazards(&plan->plan, &found->arena, &found->hazards, &error) : error_memory(&error);

    if (status == 0)
        status = machine_find_hazards(&plan->plan, &found->arena, &found->hazards, &error);
    if (status < 0) {
        hf_hazards_free(found);
        return edge_fail(&error, ret_error);
    }
    *ret_hazards = found;
    return 0;
}

size_t hf_hazards_length(const hf_hazards *hazards)
{
    return hazards->hazards.length;
}

static const struct hazard *get(const hf_hazards *hazards, size_t index)
{
    return index < hazards->hazards.length ? &hazards->hazards.values[index] : NULL;
}

const char *hf_hazard_id(const hf_hazards *hazards, size_t index)
{
    const struct hazard *hazard = get(hazards, index);

    return hazard ? hazard->id : NULL;
}

const char *hf_hazard_place(const hf_hazards *hazards, size_t index)
{
    const struct hazard *hazard = get(hazards, index);

    return hazard ? hazard->place : NULL;
}

const char *hf_hazard_text(const hf_hazards *hazards, size_t index)
{
    const struct hazard *hazard = get(hazards, index);

    return hazard ? hazard->text : NULL;
}

const char *hf_hazard_hint(const hf_hazards *hazards, size_t index)
{
    const struct hazard *hazard = get(hazards, index);

    return hazard ? hazard_find_kind(hazard->id)->hint : NULL;
}

size_t hf_hazard_operation(const hf_hazards *hazards, size_t index)
{
    const struct hazard *hazard = get(hazards, index);

    return hazard ? hazard->operation : NO_OPERATION;
}
