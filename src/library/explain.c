/* SPDX-License-Identifier: Apache-2.0 */
#include "explain/explain.h"
#include "library/edge.h"

struct hf_explanations {
    struct world world; /* has the memory */
    struct hf_explanation *values;
    size_t length;
};

void hf_explanations_free(hf_explanations *explanations)
{
    if (explanations)
        world_clear(&explanations->world);
    free(explanations);
}

static void convert(const struct explanation *from, struct hf_explanation *to)
{
    *to = (struct hf_explanation){
        .size = sizeof(*to),
        .place = from->place,
        .known = from->known,
        .exists = from->exists,
        .type = from->type,
        .operation = from->operation,
        .origin = from->origin,
        .shows = from->shows,
        .host = from->host,
        .hides = from->hides.values,
        .hides_length = from->hides.length,
        .has_owner = from->has_owner && from->ids_known,
        .uid = from->owner.uid,
        .gid = from->owner.gid,
        .host_uid = from->owner.host_uid,
        .host_gid = from->owner.host_gid,
        .mode = from->owner.mode,
        .has_rights = from->rights[RIGHT_READ].known,
    };
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        to->flags |= from->flags[i].set ? 1U << i : 0;
        to->flag_reasons[i] = from->flags[i].reason;
    }
    for (size_t i = 0; i < RIGHT_COUNT; i++) {
        to->rights |= from->rights[i].allowed ? 1U << i : 0;
        to->right_reasons[i] = from->rights[i].reason;
    }
}

static int convert_all(hf_explanations *explanations, const struct explanations *found, struct error *error)
{
    explanations->values =
        arena_allocate(&explanations->world.arena, found->length + 1, sizeof(*explanations->values));
    if (!explanations->values)
        return error_memory(error);
    for (size_t i = 0; i < found->length; i++) {
        struct explanation copy = found->values[i];

        /* The plan may be gone by then. */
        copy.origin = arena_copy(&explanations->world.arena, copy.origin);
        if (!copy.origin)
            return error_memory(error);
        convert(&copy, &explanations->values[i]);
    }
    explanations->length = found->length;
    return 0;
}

static int explain(const hf_plan *plan, const char *path, const char *host_path,
                   hf_explanations *explanations, struct error *error)
{
    struct explainer explainer = {&explanations->world, explain_subject_of(plan->plan.config), NULL};
    struct explanations found = {0};
    struct explanation explanation;
    int status = world_from_plan(&explanations->world, &plan->plan, error);

    if (status == 0 && host_path) {
        status = explain_host_path(&explainer, host_path, &found, error);
    } else if (status == 0) {
        status = explain_path(&explainer, path, &explanation, error);
        found = (struct explanations){&explanation, 1};
    }
    return status == 0 ? convert_all(explanations, &found, error) : status;
}

static int make(const hf_plan *plan, const char *path, const char *host_path,
                hf_explanations **ret_explanations, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    hf_explanations *made = calloc(1, sizeof(*made));
    int status = made ? 0 : error_memory(&error);

    if (made)
        made->world = WORLD_NONE;
    if (status == 0)
        status = explain(plan, path, host_path, made, &error);
    if (status < 0) {
        hf_explanations_free(made);
        return edge_fail(&error, ret_error);
    }
    world_close(&made->world);
    *ret_explanations = made;
    return 0;
}

int hf_plan_explain(const hf_plan *plan, const char *path, hf_explanations **ret_explanations,
                    hf_error **ret_error)
{
    return make(plan, path, NULL, ret_explanations, ret_error);
}

int hf_plan_explain_host(const hf_plan *plan, const char *host_path, hf_explanations **ret_explanations,
                         hf_error **ret_error)
{
    return make(plan, NULL, host_path, ret_explanations, ret_error);
}

size_t hf_explanations_length(const hf_explanations *explanations)
{
    return explanations->length;
}

const struct hf_explanation *hf_explanations_get(const hf_explanations *explanations, size_t index)
{
    return index < explanations->length ? &explanations->values[index] : NULL;
}
