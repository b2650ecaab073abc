/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a tree, from the stacks of its places. */
#include "plan/tree.h"

#include "base/text.h"
#include "plan/stack.h"
#include "plan/tree_text.h"

#include <string.h>

/* What has become of a place. One that only leads to another has no row: its name goes in front of the other's. */
struct drawn {
    size_t row;         /* the place's, or that of the nearest one above; NO_OPERATION above the root */
    size_t depth;       /* of the rows below */
    const char *prefix; /* the names without a row; NULL: none */
    bool last;
};

/* A mount point that was made for what is mounted on it is not worth a row. */
static bool is_shown(const struct plan *plan, const struct layer *layer)
{
    return layer->hidden_by == NO_OPERATION || plan->operations[layer->operation].kind != OPERATION_DIRECTORY;
}

/* The one whose row has the place's name: what is seen there in the end. */
static const struct layer *main_layer(const struct plan *plan, const struct place *place)
{
    const struct layer *best = NULL, *first = NULL;

    for (const struct layer *layer = place->layers; layer; layer = layer->next) {
        if (!is_shown(plan, layer))
            continue;
        if (!first)
            first = layer;
        if (layer->hidden_by == NO_OPERATION && layer->content != TREE_CHANGE)
            best = layer;
    }
    return best ? best : first;
}

static bool has_other_layer(const struct plan *plan, const struct layer *layer, const struct layer *main)
{
    for (; layer; layer = layer->next)
        if (layer != main && is_shown(plan, layer))
            return true;
    return false;
}

static struct tree_row *add_row(struct plan_tree *tree, const struct place *place, const struct drawn *above)
{
    struct tree_row *row =
        arena_append(&tree->arena, (void **)&tree->rows, &tree->length, sizeof(*tree->rows));

    if (!row)
        return NULL;
    *row = (struct tree_row){
        .path = place->path,
        .depth = above->depth,
        .parent = above->row,
        .operation = NO_OPERATION,
        .hidden_by = NO_OPERATION,
        .text = "",
        .flags = "",
    };
    return row;
}

static int fill_row(struct plan_tree *tree, struct tree_row *row, const struct layer *layer,
                    struct error *error)
{
    const struct plan_description *description = &tree->listing.operations[layer->operation];

    row->content = layer->content;
    row->access = layer->access;
    row->operation = layer->operation;
    row->hidden_by = layer->hidden_by;
    row->text = tree_text(&tree->arena, tree->plan->operations[layer->operation].kind, description);
    row->flags = tree_flags(&tree->arena, description);
    return row->text && row->flags ? 0 : error_memory(error);
}

/* What lies below what is seen at the same place. */
static int add_lower_rows(struct plan_tree *tree, const struct place *place, const struct layer *main,
                          const struct drawn *drawn, struct error *error)
{
    int status = 0;

    for (const struct layer *layer = place->layers; layer && status == 0; layer = layer->next) {
        struct tree_row *row;

        if (layer == main || !is_shown(tree->plan, layer))
            continue;
        row = add_row(tree, place, drawn);
        if (!row)
            return error_memory(error);
        row->name = "";
        row->is_below = true;
        row->last = !place->children && !has_other_layer(tree->plan, layer->next, main);
        status = fill_row(tree, row, layer, error);
    }
    return status;
}

/* The place's name, after those that have no row. */
static const char *full_name(struct plan_tree *tree, const struct place *place, const struct drawn *above)
{
    CLEANUP_FREE char *name = text_escape(place->parent ? place->name : "/");

    if (!name)
        return NULL;
    return arena_printf(&tree->arena, "%s%s%s", above->prefix ? above->prefix : "", above->prefix ? "/" : "",
                        name);
}

static int draw_place(struct plan_tree *tree, const struct place *place, const struct drawn *above,
                      struct drawn *ret_drawn, struct error *error)
{
    const struct layer *main = main_layer(tree->plan, place);
    const char *name = full_name(tree, place, above);
    bool last = above->prefix ? above->last : !place->next;
    struct tree_row *row;

    if (!name)
        return error_memory(error);
    if (!main && place->parent && place->children && !place->children->next) {
        *ret_drawn = (struct drawn){above->row, above->depth, name, last};
        return 0;
    }
    row = add_row(tree, place, above);
    if (!row)
        return error_memory(error);
    row->name = name;
    row->last = last;
    *ret_drawn = (struct drawn){tree->length - 1, above->depth + 1, NULL, last};
    if (main && fill_row(tree, row, main, error) < 0)
        return -error->code;
    return add_lower_rows(tree, place, main, ret_drawn, error);
}

static int draw_all(struct plan_tree *tree, struct place *root, struct arena *scratch, struct error *error)
{
    static const struct drawn above_root = {.row = NO_OPERATION};
    int status = 0;

    for (struct place *place = root; place && status == 0; place = stack_next(root, place)) {
        place->drawn = arena_allocate(scratch, 1, sizeof(*place->drawn));
        if (!place->drawn)
            return error_memory(error);
        status =
            draw_place(tree, place, place->parent ? place->parent->drawn : &above_root, place->drawn, error);
    }
    return status;
}

int plan_tree_make(struct plan_tree *tree, const struct plan *plan, struct error *error)
{
    struct plan_tree made = {.plan = plan};
    CLEANUP(arena_clear) struct arena scratch = {0};
    struct stack stack = {.arena = &made.arena, .plan = plan, .listing = &made.listing};
    int status = plan_list(&made.listing, plan, error);

    if (status == 0)
        status = stack_fill(&stack, error);
    if (status == 0)
        status = draw_all(&made, stack.root, &scratch, error);
    if (status == 0)
        *tree = made;
    else
        plan_tree_clear(&made);
    return status;
}

void plan_tree_clear(struct plan_tree *tree)
{
    plan_listing_clear(&tree->listing);
    arena_clear(&tree->arena);
    *tree = (struct plan_tree){0};
}
