/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json_text.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

void print_plain(const char *text, FILE *out)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f || *text == '\\')
            fprintf(out, "\\%03o", (unsigned char)*text);
        else
            putc(*text, out);
}

json_t *json_text(const char *text)
{
    json_t *string = json_string(text);
    char *escaped = NULL;
    size_t size;
    FILE *out;

    if (string)
        return string;
    out = open_memstream(&escaped, &size);
    if (!out)
        return NULL;
    for (; *text; text++)
        fprintf(out, (unsigned char)*text < 0x80 ? "%c" : "\\%03o", (unsigned char)*text);
    if (fclose(out) == 0)
        string = json_string(escaped);
    free(escaped);
    return string;
}

int json_print(json_t *json, size_t indentation, FILE *out, struct error *error)
{
    int result = json ? json_dumpf(json, out, indentation ? JSON_INDENT(indentation) : JSON_COMPACT) : -1;

    json_decref(json);
    if (ferror(out))
        return error_call(error, errno, "write", "cannot write the output");
    if (result < 0)
        return error_memory(error);
    putc('\n', out);
    return 0;
}
