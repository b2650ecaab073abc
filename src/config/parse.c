/* SPDX-License-Identifier: Apache-2.0 */
#include "config/parse.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Is the run of digits an integer that fits uint64_t, but not jansson's int64_t? */
static bool is_big_integer(const char *digits, size_t length)
{
    char copy[32];

    if (length >= sizeof(copy) || strchr(".eE", digits[length]))
        return false;
    memcpy(copy, digits, length);
    copy[length] = '\0';
    errno = 0;
    return strtoull(copy, NULL, 10) > INT64_MAX && errno == 0;
}

/* Makes 184467440737095516.5 of 18446744073709551615: a real number that takes as much room. */
static void hide_big_integers(char *text)
{
    bool in_string = false;

    while (*text) {
        size_t length = in_string ? 0 : strspn(text, "+-.0123456789eE");

        if (length > 0) {
            if (strspn(text, "0123456789") == length && is_big_integer(text, length))
                text[length - 2] = '.';
            text += length;
            continue;
        }
        if (*text == '"')
            in_string = !in_string;
        else if (*text == '\\' && text[1])
            text++;
        text++;
    }
}

static json_t *parse_with_big_integers(const char *text, size_t length, json_error_t *problem)
{
    CLEANUP_FREE char *copy = malloc(length + 1);

    if (!copy)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    hide_big_integers(copy);
    return json_loadb(copy, length, JSON_REJECT_DUPLICATES, problem);
}

/* jansson's words, but where they speak to the programmer. */
static const char *problem_text(const json_error_t *problem)
{
    return json_error_code(problem) == json_error_null_character ? "\\u0000 is not allowed" : problem->text;
}

int parse_json(const char *text, size_t length, const char *file, struct json_t **ret_json,
               struct error *error)
{
    json_error_t problem;
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);

    if (!json && json_error_code(&problem) == json_error_numeric_overflow)
        json = parse_with_big_integers(text, length, &problem);
    if (json) {
        *ret_json = json;
        return 0;
    }
    if (json_error_code(&problem) == json_error_out_of_memory)
        return error_memory(error);
    error_set(error, EINVAL, "%s", problem_text(&problem));
    error_place(error, "%s:%d:%d", file, problem.line, problem.column);
    return -EINVAL;
}
