/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for people: as lines, and as a table. */
#ifndef PLAN_PRINT_H
#define PLAN_PRINT_H

#include "plan/listing.h"

#include <stdio.h>

/* A line an operation: its number, what plan_line() says, and where it comes from. The form stays as it is, for
 * programs that compare texts. */
void plan_print_lines(FILE *out, const struct plan_listing *listing);

/* The same in columns, with headings: number, operation, "source → target", details, place in the configuration. */
int plan_print_table(FILE *out, const struct plan_listing *listing, bool colors,
                     struct error *error) MUST_USE;

/* The parts of such a line: what plan_line() says without the origin, and " (mounts[3], line 20)". */
void plan_print_operation(FILE *out, const struct plan_description *description);
void plan_print_place(FILE *out, const struct plan_description *description);

/* What a line says of an operation beside its source, its target and where it comes from. */
void plan_print_details(FILE *out, const struct plan_description *description);

#endif
