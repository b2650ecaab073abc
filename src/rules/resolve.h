/* SPDX-License-Identifier: Apache-2.0 */
/* Where the rules' paths lead in the box, and what of the machine they show. */
#ifndef RULES_RESOLVE_H
#define RULES_RESOLVE_H

#include "rules/rules.h"

/* Replaces links in the rules' paths by where they lead in the box: those on the way, and at the end that of a rule
 * about what is there; what is denied, or made, is a link itself. Then fills in the source of RULE_RO, RULE_RW and
 * RULE_OVERLAY: what would be seen at the path otherwise, or the same path of the machine. Reads links, nothing else. */
int rules_resolve(struct rules *rules, struct error *error) MUST_USE;

/* The rule that decides about the directory of path; NULL: none, or path is "/". */
const struct rule *rules_find_parent(const struct rules *rules, const char *path);

/* The rule about exactly that path, or NULL. */
const struct rule *rules_find_exactly(const struct rules *rules, const char *path);

/* Whether a directory is at path in the box, as far as the rules and the machine tell. Of rules that were resolved. */
bool rules_show_directory(const struct rules *rules, const char *path);

#endif
