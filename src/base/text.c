/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>

/* The code points from first to last. */
struct range {
    uint32_t first, last;
};

static const struct range hidden[] = {
    {0x00, 0x1f}, {0x7f, 0x9f}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff},
};

/* How many bytes the first one announces (utf-8(7)); 0: it begins no character. */
static size_t announced(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Overlong forms, surrogates and what is above U+10FFFF are no characters. */
static bool is_valid(uint32_t point, size_t length)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

    return point >= smallest[length] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

size_t text_character(const char *text)
{
    static const unsigned char first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    size_t length = announced((unsigned char)*text);
    uint32_t point = (unsigned char)*text & first_bits[length];

    for (size_t i = 1; i < length; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | ((unsigned char)text[i] & 0x3f);
    }
    if (length == 0 || !is_valid(point, length))
        return 0;
    for (size_t i = 0; i < ARRAY_LENGTH(hidden); i++)
        if (point >= hidden[i].first && point <= hidden[i].last)
            return 0;
    return length;
}

size_t text_print(FILE *out, const char *text)
{
    size_t columns = 0;

    while (*text) {
        size_t length = *text == '\\' ? 0 : text_character(text);

        if (length == 0)
            fprintf(out, "\\%03o", (unsigned)(unsigned char)*text);
        else
            fwrite(text, 1, length, out);
        columns += length == 0 ? 4 : 1;
        text += length == 0 ? 1 : length;
    }
    return columns;
}

char *text_escape(const char *text)
{
    char *escaped = NULL;
    size_t size;
    FILE *out = open_memstream(&escaped, &size);

    if (!out)
        return NULL;
    text_print(out, text);
    if (fclose(out) == 0)
        return escaped;
    free(escaped);
    return NULL;
}
