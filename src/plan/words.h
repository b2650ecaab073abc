/* SPDX-License-Identifier: Apache-2.0 */
/* The words of mount(8) for bits of the kernel's. */
#ifndef PLAN_WORDS_H
#define PLAN_WORDS_H

#include <stdint.h>

struct bit_word {
    uint64_t bits;
    const char *word, *recursive; /* "ro", and "rro" for all mounts below as well */
};

/* Tables that end with a row without a word. */
extern const struct bit_word words_of_set_attributes[], words_of_cleared_attributes[], words_of_propagation[];

#endif
