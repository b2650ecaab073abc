/* SPDX-License-Identifier: Apache-2.0 */
/* From JSON text to jansson's tree. */
#ifndef CONFIG_PARSE_H
#define CONFIG_PARSE_H

#include "base/error.h"

struct json_t;

/*
 * Parses length bytes. Duplicate keys are refused. Integers from 2^63 up to 2^64 - 1, which jansson cannot
 * hold, are in the tree as real numbers; what they really are, field_uint64() takes from the text. The caller
 * releases *ret_json. Errors are placed as "file:line:column".
 */
int parse_json(const char *text, size_t length, const char *file, struct json_t **ret_json,
               struct error *error) MUST_USE;

#endif
