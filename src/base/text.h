/* SPDX-License-Identifier: Apache-2.0 */
/* Text that others chose, a configuration or a container, for a person to read. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/cleanup.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Length in bytes of the character that text begins with, if it may be shown as it is; 0: it must not. Control
 * characters would reach the terminal; those that change the direction of writing show something else than what is
 * there (CVE-2021-42574); bytes that aren't UTF-8 show nothing. */
size_t text_character(const char *text);

/* Prints it, with what must not be shown, and the backslash, as octal numbers: "\033". Returns the number of characters. */
size_t text_print(FILE *out, const char *text);

/* The same as memory that the caller frees; NULL when memory is short. */
char *text_escape(const char *text);

#endif
