/* SPDX-License-Identifier: Apache-2.0 */
/* The text of resctrl's files "schemata": lines as "L3:0=ff;1=f", a value for each cache or node. */
#ifndef PROCESS_INTEL_RDT_SCHEMATA_H
#define PROCESS_INTEL_RDT_SCHEMATA_H

#include "config/config.h"

/* What the configuration wants written, each line ended by a newline; "" if nothing. The caller frees it; NULL when
 * memory is short. Where memBwSchema is given, "MB:" lines of l3CacheSchema are left out (OCI config-linux.md). */
char *schemata_wanted(const struct config_intel_rdt *rdt);

/* The first wanted line that a class's present text doesn't agree with, NULL if there is none. What the line doesn't name
 * may be anything. *ret_length is the line's. */
const char *schemata_differ(const char *wanted, const char *present, size_t *ret_length);

#endif
