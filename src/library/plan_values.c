/* SPDX-License-Identifier: Apache-2.0 */
/* Operations and warnings as values. */
#include "library/edge.h"

#include <stdio.h>

struct hf_operation {
    const struct plan_description *description;
    enum operation_kind kind;
    const char *attributes, *propagation;
};

static const char *join(struct arena *arena, const struct strings *words)
{
    const char *text = words->length > 0 ? words->values[0] : "";

    for (size_t i = 1; i < words->length && text; i++)
        text = arena_printf(arena, "%s %s", text, words->values[i]);
    return text;
}

static bool fill_operation(struct hf_plan *plan, size_t index, struct hf_operation *operation)
{
    const struct plan_description *description = &plan->listing.operations[index];

    *operation = (struct hf_operation){
        .description = description,
        .kind = plan->plan.operations[index].kind,
        .attributes = join(&plan->listing.arena, &description->values[FIELD_ATTRIBUTES]),
        .propagation = join(&plan->listing.arena, &description->values[FIELD_PROPAGATION]),
    };
    return operation->attributes && operation->propagation;
}

static bool fill_operations(struct hf_plan *plan)
{
    CLEANUP_ERROR struct error error = {0};
    struct hf_operation *operations;

    if (!plan->listing.operations && plan_list(&plan->listing, &plan->plan, &error) < 0)
        return false;
    operations = arena_allocate(&plan->listing.arena, plan->plan.length, sizeof(*operations));
    if (!operations)
        return false;
    for (size_t i = 0; i < plan->plan.length; i++)
        if (!fill_operation(plan, i, &operations[i]))
            return false;
    plan->operations = operations;
    return true;
}

const hf_operation *hf_plan_next(hf_plan *plan, const hf_operation *previous)
{
    size_t index = previous ? (size_t)(previous - plan->operations) + 1 : 0;

    if (index >= plan->plan.length || (!plan->operations && !fill_operations(plan)))
        return NULL;
    return &plan->operations[index];
}

enum hf_operation_kind hf_operation_kind(const hf_operation *operation)
{
    static const enum hf_operation_kind kinds[OPERATION_KINDS] = {
        [OPERATION_BIND] = HF_OPERATION_BIND,
        [OPERATION_FILESYSTEM] = HF_OPERATION_FILESYSTEM,
        [OPERATION_OVERLAY] = HF_OPERATION_OVERLAY,
        [OPERATION_DIRECTORY] = HF_OPERATION_DIRECTORY,
        [OPERATION_DEVICE] = HF_OPERATION_DEVICE,
        [OPERATION_SYMLINK] = HF_OPERATION_SYMLINK,
        [OPERATION_CONSOLE] = HF_OPERATION_CONSOLE,
        [OPERATION_ATTRIBUTES] = HF_OPERATION_ATTRIBUTES,
        [OPERATION_REMOUNT] = HF_OPERATION_REMOUNT,
        [OPERATION_HOOKS] = HF_OPERATION_HOOKS,
        [OPERATION_MASK] = HF_OPERATION_MASK,
        [OPERATION_READONLY] = HF_OPERATION_READONLY,
        [OPERATION_SWITCH_ROOT] = HF_OPERATION_SWITCH_ROOT,
        [OPERATION_COVER] = HF_OPERATION_COVER,
        [OPERATION_LAYERS] = HF_OPERATION_LAYERS,
        [OPERATION_DENY] = HF_OPERATION_DENY,
        [OPERATION_FILE] = HF_OPERATION_FILE,
    };

    return kinds[operation->kind];
}

const char *hf_operation_kind_name(const hf_operation *operation)
{
    return operation->description->kind->name;
}

const char *hf_operation_target(const hf_operation *operation)
{
    return operation->description->target;
}

const char *hf_operation_source(const hf_operation *operation)
{
    const char *source = plan_description_text(operation->description, FIELD_SOURCE);

    return source ? source : plan_description_text(operation->description, FIELD_TO);
}

const char *hf_operation_type(const hf_operation *operation)
{
    return plan_description_text(operation->description, FIELD_TYPE);
}

const char *hf_operation_attributes(const hf_operation *operation)
{
    return operation->attributes;
}

const char *hf_operation_propagation(const hf_operation *operation)
{
    return operation->propagation;
}

const char *hf_operation_origin(const hf_operation *operation)
{
    return operation->description->origin;
}

size_t hf_operation_line(const hf_operation *operation)
{
    return operation->description->line;
}

int edge_fill_warnings(struct hf_plan *plan, struct error *error)
{
    const struct strings *texts = &plan->plan.warnings;

    plan->warnings = arena_allocate(&plan->plan.arena, texts->length + 1, sizeof(*plan->warnings));
    if (!plan->warnings)
        return error_memory(error);
    for (size_t i = 0; i < texts->length; i++)
        plan->warnings[i].message = texts->values[i];
    return 0;
}

const hf_warning *hf_plan_next_warning(const hf_plan *plan, const hf_warning *previous)
{
    const struct hf_warning *next = previous ? previous + 1 : plan->warnings;

    return next->message ? next : NULL;
}

const char *hf_warning_message(const hf_warning *warning)
{
    return warning->message;
}
