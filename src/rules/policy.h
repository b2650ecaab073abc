/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as a file, in JSON: docs/policy.md. */
#ifndef RULES_POLICY_H
#define RULES_POLICY_H

#include "rules/rules.h"

struct json_t;

/* Adds the rules of a policy's text; file is its name in messages. Unknown keys are errors. */
int policy_read_text(struct rules *rules, const char *text, size_t length, const char *file,
                     struct error *error) MUST_USE;

/* The same of the file at path. */
int policy_read_file(struct rules *rules, const char *path, struct error *error) MUST_USE;

/* The rules as such a text's JSON, which the caller releases. */
int policy_to_json(const struct rules *rules, struct json_t **ret_json, struct error *error) MUST_USE;

#endif
