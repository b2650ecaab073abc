/* SPDX-License-Identifier: Apache-2.0 */
/* Explanations for people and as JSON. */
#ifndef CLI_EXPLAIN_PRINT_H
#define CLI_EXPLAIN_PRINT_H

#include "explain/explain.h"
#include <stdio.h>

/* A paragraph: what it is, and below what it hides, its flags, its owner, what the user may do. */
int explain_print(const struct plan *plan, const struct explanation *explanation, FILE *out,
                  struct error *error) MUST_USE;

/* The same as an object, the caller's; NULL when memory is short. */
struct json_t *explain_json(const struct explanation *explanation);

#endif
