/* SPDX-License-Identifier: Apache-2.0 */
/* Colours, only on a terminal that has them, and never where NO_COLOR is set to something
 * (https://no-color.org). */
#ifndef CLI_COLOR_H
#define CLI_COLOR_H

#include <stdbool.h>
#include <stdio.h>

enum color { COLOR_BOLD, COLOR_FAINT, COLOR_RED, COLOR_GREEN, COLOR_YELLOW };

/* Whether that stream gets any. */
bool color_is_wanted(FILE *out);

/* What begins the colour on that stream, and what ends it; "" where none is wanted. Static memory. */
const char *color_begin(FILE *out, enum color color);
const char *color_end(FILE *out);

#endif
