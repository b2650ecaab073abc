/* SPDX-License-Identifier: Apache-2.0 */
/* Directories of the machine that get or lose names in the box, without being written. */
#ifndef RULES_COVERS_H
#define RULES_COVERS_H

#include "rules/machine_tree.h"

struct cover_request {
    const char *directory; /* in the box */
    size_t region, item;   /* the items that it lies in, and for which it is asked */
    bool hides;            /* the item's name is taken away; otherwise it, or what leads to it, is missing */
};

struct covers {
    struct cover_request *requests;
    size_t length;
};

int covers_ask(struct covers *covers, struct arena *arena, const struct cover_request *request,
               struct error *error) MUST_USE;

/* Adds an item for each directory that is asked for. */
int covers_add(struct covers *covers, struct items *items, const struct machine_tree *tree,
               struct error *error) MUST_USE;

#endif
