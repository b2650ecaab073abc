/* SPDX-License-Identifier: Apache-2.0 */
#include "process/number_list.h"

#include <stdbool.h>
#include <string.h>

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* Reads the digits at *text and leaves it behind them. */
static int read_number(const char **text, unsigned *ret_number, struct error *error)
{
    unsigned number = 0;

    if (**text < '0' || **text > '9')
        return error_set(error, EINVAL,
                         "is no list of numbers like \"0-3,7\": a number is missing before \"%s\"", *text);
    for (; **text >= '0' && **text <= '9'; (*text)++) {
        number = number * 10 + (unsigned)(**text - '0');
        if (number >= NUMBER_LIST_BITS)
            return error_set(error, ERANGE, "has a number above %d", NUMBER_LIST_BITS - 1);
    }
    *ret_number = number;
    return 0;
}

/* "7" or "0-3". */
static int read_range(const char **text, unsigned *ret_first, unsigned *ret_last, struct error *error)
{
    int result = read_number(text, ret_first, error);

    *ret_last = *ret_first;
    if (result == 0 && **text == '-') {
        (*text)++;
        result = read_number(text, ret_last, error);
    }
    if (result == 0 && *ret_last < *ret_first)
        return error_set(error, EINVAL, "has a range whose end is below its begin: %u-%u", *ret_first,
                         *ret_last);
    return result;
}

static void add_range(struct number_list *list, unsigned first, unsigned last)
{
    for (unsigned number = first; number <= last; number++)
        list->words[number / NUMBER_LIST_WORD_BITS] |= 1UL << number % NUMBER_LIST_WORD_BITS;
}

/* One element and the comma behind it. */
static int read_element(const char **text, struct number_list *list, bool *any, struct error *error)
{
    unsigned first = 0, last = 0;

    *text = skip_blanks(*text);
    if (**text != ',' && **text) {
        int result = read_range(text, &first, &last, error);

        if (result < 0)
            return result;
        add_range(list, first, last);
        *any = true;
        *text = skip_blanks(*text);
    }
    if (**text && **text != ',')
        return error_set(error, EINVAL, "is no list of numbers like \"0-3,7\": \"%s\" is not expected there",
                         *text);
    *text += **text == ',';
    return 0;
}

int number_list_parse(const char *text, struct number_list *ret_list, struct error *error)
{
    struct number_list list = {0};
    bool any = false;

    while (*text) {
        int result = read_element(&text, &list, &any, error);

        if (result < 0)
            return result;
    }
    if (!any)
        return error_set(error, EINVAL, "names no number");
    *ret_list = list;
    return 0;
}
