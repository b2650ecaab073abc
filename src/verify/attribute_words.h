/* SPDX-License-Identifier: Apache-2.0 */
/* A mount's attributes as the words of a mount table, and back. */
#ifndef VERIFY_ATTRIBUTE_WORDS_H
#define VERIFY_ATTRIBUTE_WORDS_H

#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

/* All that a mount table shows. */
#define SHOWN_ATTRIBUTES UINT64_C(0x3000ff)

/* "ro,nosuid,relatime" as ATTRIBUTE_… bits. */
uint64_t attribute_words_parse(const char *text);

/* The words for the bits in mask, with the opposite where one is not set: "rw,nosuid". NULL when memory is short. */
const char *attribute_words_text(struct arena *arena, uint64_t attributes, uint64_t mask) MUST_USE;

/* The mask of all that one change touches: the bits about access times are one value. */
uint64_t attribute_words_touched(uint64_t set, uint64_t clear);

#endif
