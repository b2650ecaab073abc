/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places in JSON text, by a path such as "mounts[3].options[0]". jansson keeps no positions of what it has
 * parsed, so the text is scanned again; only error messages and numbers above 2^63 need that.
 *
 * The text must be valid JSON that ends with a NUL, its duplicate keys refused.
 */
#ifndef CONFIG_POSITION_H
#define CONFIG_POSITION_H

#include <stddef.h>

/* The line (from 1) of the path's key or element, or of its nearest parent that the text has. */
size_t position_line(const char *text, const char *path);

/* The first character of the path's value, in text; NULL if the text does not have it. */
const char *position_value(const char *text, const char *path);

/* The lines of the elements of the array at the path, in one pass: at most length of them. Returns how many the array
 * has, at most length; 0 where there is no array. */
size_t position_element_lines(const char *text, const char *path, size_t *ret_lines, size_t length);

#endif
