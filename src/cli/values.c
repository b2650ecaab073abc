/* SPDX-License-Identifier: Apache-2.0 */
/* What options and words of the command line stand for, and what commands print. */
#include "cli/cli.h"
#include "cli/json_text.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* "k", "kb", "kib" and so on, as Go's units package reads them; b alone is 1. */
static bool parse_unit(const char *text, int *ret_shift)
{
    static const char letters[] = "kmgtp";
    const char *letter = *text ? strchr(letters, *text | 0x20) : NULL;

    *ret_shift = letter ? (int)(letter - letters + 1) * 10 : 0;
    if (letter)
        text++;
    if (letter && (*text | 0x20) == 'i' && (text[1] | 0x20) == 'b')
        text++;
    return *text == '\0' || ((*text | 0x20) == 'b' && text[1] == '\0');
}

bool cli_parse_number(const char *text, bool bytes, int64_t minimum, int64_t maximum, int64_t *ret_number)
{
    const char *digits = text + (*text == '-');
    int64_t number;
    int shift = 0;
    char *end;

    if (*digits < '0' || *digits > '9')
        return false;
    errno = 0;
    number = strtoimax(text, &end, 10);
    if (errno != 0 || (bytes ? !parse_unit(end, &shift) : *end != '\0'))
        return false;
    if (__builtin_mul_overflow(number, INT64_C(1) << shift, &number) || number < minimum || number > maximum)
        return false;
    *ret_number = number;
    return true;
}

static const struct {
    const char *name;
    int64_t nanoseconds;
} time_units[] = {
    /* the longer name first */
    {"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000},
};

/* A number and its unit; *text moves behind them. */
static bool add_duration(const char **text, int64_t *sum)
{
    int64_t number;
    char *end;

    if (**text < '0' || **text > '9')
        return false;
    errno = 0;
    number = strtoimax(*text, &end, 10);
    for (size_t i = 0; i < ARRAY_LENGTH(time_units) && errno == 0; i++) {
        size_t length = strlen(time_units[i].name);

        if (strncmp(end, time_units[i].name, length) != 0)
            continue;
        *text = end + length;
        return !__builtin_mul_overflow(number, time_units[i].nanoseconds, &number) &&
               !__builtin_add_overflow(*sum, number, sum);
    }
    return false;
}

int cli_parse_duration(const char *text, const char *what, int64_t *ret_nanoseconds, struct error *error)
{
    const char *rest = text;
    int64_t sum = 0;

    while (*rest && add_duration(&rest, &sum))
        ;
    if (*rest == '\0' && sum > 0) {
        *ret_nanoseconds = sum;
        return 0;
    }
    error_set(error, EINVAL, "%s: \"%s\" is not a duration above 0", what, text);
    error_hint(error, "write it like 5s, 250ms or 1m30s");
    return -EINVAL;
}

int cli_print_json(json_t *json, size_t indentation, struct error *error)
{
    return json_print(json, indentation, stdout, error);
}
