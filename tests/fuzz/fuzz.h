/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every target has: libFuzzer calls LLVMFuzzerTestOneInput() with inputs that it makes up, from those in
 * corpus/NAME and the words of NAME.dict. A crash, a report of a sanitizer, a leak or a REQUIRE that does not hold is
 * a find.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "base/cleanup.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* assert(3) that no build leaves out. */
#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                   \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* The input as a text with a NUL, which the caller frees. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    REQUIRE(text);
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/* What every error has to be: a code, a text, and one line without control characters. */
static inline void fuzz_check_error(int status, const struct error *error)
{
    CLEANUP_FREE char *line = NULL;

    REQUIRE(status < 0 && error->code == -status && error->text);
    line = error_format(error);
    REQUIRE(line && *line);
    for (const char *byte = line; *byte; byte++)
        REQUIRE((unsigned char)*byte >= ' ' && *byte != 0x7f);
}

#endif
