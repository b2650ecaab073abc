/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are in a picture, in pixels. */
#ifndef PLAN_SVG_LAYOUT_H
#define PLAN_SVG_LAYOUT_H

#include "plan/svg_text.h"
#include "plan/tree.h"

#define SVG_MARGIN 32
#define SVG_LINE 18        /* from one line of text to the next */
#define SVG_DRAWN_DEPTH 32 /* what is deeper is not indented further */

struct picture {
    FILE *out;
    const struct plan_tree *tree;
    struct svg_lines *lines; /* the text of each row */
    int *tops;               /* where each row begins */
    int access_left, text_left, width, height;
};

/* Breaks the texts into lines and works out all places, in the arena. out and tree are given. false: memory is short. */
bool svg_lay_out(struct picture *picture, struct arena *arena);

/* What a row comes from; "" for a directory on the way. */
const char *svg_origin_of(const struct plan_tree *tree, const struct tree_row *row);

/* Where the mark of a row stands; its name is to the right. */
int svg_mark_left(const struct tree_row *row);

/* The middle of a row's first line. */
int svg_row_middle(const struct picture *picture, size_t index);

int svg_row_height(const struct picture *picture, size_t index);

#endif
