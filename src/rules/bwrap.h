/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for what a bubblewrap command line mounts (bwrap(1), 0.8). */
#ifndef RULES_BWRAP_H
#define RULES_BWRAP_H

#include "rules/rules.h"

/* Adds rules that give the same view, whatever the order of the options: where a later one covers an earlier one, the
 * earlier one is left out. words are the arguments of bwrap; those from the command on are not looked at. Options that
 * are not about mounts become warnings, which name what does the same. Descriptors that options name are read. */
int bwrap_read(struct rules *rules, const char *const *words, size_t length, struct error *error) MUST_USE;

#endif
