/* SPDX-License-Identifier: Apache-2.0 */
/* What lies on top of what: the places of a plan's tree, and at each the operations that act there. */
#ifndef PLAN_STACK_H
#define PLAN_STACK_H

#include "plan/tree.h"

/* An operation at its place. */
struct layer {
    size_t operation;
    enum tree_content content;
    enum tree_access access;
    size_t hidden_by; /* NO_OPERATION: it can be seen */
    struct place *place;
    struct layer *next; /* the later one at the same place */
};

struct place {
    const char *name, *path;                /* "" and "/" for the root */
    struct place *parent, *children, *next; /* children are sorted by name */
    struct layer *layers, *top;             /* the first, and the last one that was added */
    struct drawn *drawn;                    /* for who draws the places */
};

struct stack {
    struct arena *arena;
    const struct plan *plan;
    const struct plan_listing *listing;
    struct place *root;
    struct layer **layers; /* of each operation; NULL: it has none */
};

/* Puts all operations in their places. */
int stack_fill(struct stack *stack, struct error *error) MUST_USE;

/* The next place in the tree's order after this one, below top; NULL at the end. */
struct place *stack_next(const struct place *top, struct place *place);

#endif
