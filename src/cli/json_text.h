/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside, such as paths, which may hold any bytes, for people and for JSON. */
#ifndef CLI_JSON_TEXT_H
#define CLI_JSON_TEXT_H

#include "base/error.h"
#include <stdio.h>

/* A JSON string; in text that isn't UTF-8 the other bytes are written as "\377". NULL when memory is short.
 * */
struct json_t *json_text(const char *text);

/* Prints it as a line, or indented by as many blanks, and drops it. NULL: ENOMEM. */
int json_print(struct json_t *json, size_t indentation, FILE *out, struct error *error) MUST_USE;

/* The text, with control characters and backslashes written as "\033": they would reach the terminal. */
void print_plain(const char *text, FILE *out);

#endif
