/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/svg_text.h"

#include <string.h>

static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

size_t svg_characters(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += begins_character(*text);
    return count;
}

/* The bytes of a line that begins here. */
static size_t line_length(const char *text, size_t widest)
{
    size_t characters = 0, length = 0, good = 0;

    while (text[length] && (characters < widest || !begins_character(text[length]))) {
        characters += begins_character(text[length]);
        length++;
        if (strchr(" ,/", text[length - 1]))
            good = length;
    }
    return text[length] && good > 0 ? good : length;
}

bool svg_break(struct arena *arena, const char *text, size_t widest, struct svg_lines *ret_lines)
{
    struct svg_lines lines = {0};

    while (*text) {
        size_t length = line_length(text, widest);
        const char **place = arena_append(arena, (void **)&lines.values, &lines.length, sizeof(*place));

        if (place)
            *place = arena_copy_range(arena, text, length);
        if (!place || !*place)
            return false;
        text += length;
        text += strspn(text, " ");
    }
    *ret_lines = lines;
    return true;
}

void svg_put(FILE *out, const char *text)
{
    static const struct {
        char character;
        const char *name;
    } names[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {' ', "\302\240"}};

    for (; *text; text++) {
        const char *name = NULL;

        for (size_t i = 0; i < ARRAY_LENGTH(names) && !name; i++)
            name = names[i].character == *text ? names[i].name : NULL;
        if (name)
            fputs(name, out);
        else
            putc(*text, out);
    }
}
