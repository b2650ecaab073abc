/* SPDX-License-Identifier: Apache-2.0 */
/* Texts in a picture. */
#ifndef PLAN_SVG_TEXT_H
#define PLAN_SVG_TEXT_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdio.h>

struct svg_lines {
    const char **values;
    size_t length;
};

/* Breaks a text into lines of at most `widest` characters, after a space, a comma or a slash where there is one. false:
 * memory is short. */
bool svg_break(struct arena *arena, const char *text, size_t widest, struct svg_lines *ret_lines);

/* The number of characters of UTF-8. */
size_t svg_characters(const char *text);

/* Prints a text, with what has a meaning in XML escaped. */
void svg_put(FILE *out, const char *text);

#endif
