/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of a plan as a picture: SVG that needs no font, style or script from elsewhere. */
#ifndef PLAN_SVG_H
#define PLAN_SVG_H

#include "plan/tree.h"

/* Draws it as text that the caller frees. title names what it is a plan of; NULL: nothing. */
int plan_tree_draw(const struct plan_tree *tree, const char *title, char **ret_text, size_t *ret_length,
                   struct error *error) MUST_USE;

#endif
