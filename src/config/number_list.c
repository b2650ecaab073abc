/* SPDX-License-Identifier: Apache-2.0 */
#include "config/number_list.h"

#include <string.h>

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* Takes the digits that *text begins with. false: there are none, or the number is too large. */
static bool take_number(const char **text, unsigned maximum, unsigned *ret_number)
{
    unsigned number = 0;

    if (**text < '0' || **text > '9')
        return false;
    for (; **text >= '0' && **text <= '9'; (*text)++) {
        number = number * 10 + (unsigned)(**text - '0');
        if (number > maximum)
            return false;
    }
    *ret_number = number;
    return true;
}

static void add_range(struct number_list *list, unsigned first, unsigned last)
{
    for (unsigned number = first; number <= last; number++)
        list->words[number / NUMBER_LIST_WORD_BITS] |= 1UL << number % NUMBER_LIST_WORD_BITS;
    if (list->length <= last)
        list->length = last + 1;
}

/* Takes "7" or "0-3", up to what separates it from the next. */
static bool take_range(const char **text, unsigned maximum, struct number_list *list)
{
    unsigned first, last;

    if (!take_number(text, maximum, &first))
        return false;
    last = first;
    if (**text == '-') {
        (*text)++;
        if (!take_number(text, maximum, &last))
            return false;
    }
    *text = skip_blanks(*text);
    if (last < first || (**text && **text != ','))
        return false;
    add_range(list, first, last);
    return true;
}

int number_list_parse(const char *text, unsigned maximum, struct number_list *ret_list, struct error *error)
{
    struct number_list list = {0};

    for (const char *at = text + strspn(text, " \t,"); *at; at += strspn(at, " \t,"))
        if (!take_range(&at, maximum, &list))
            return error_set(error, EINVAL,
                             "is \"%s\", but must be a list of numbers up to %u, such as 0-3,7", text,
                             maximum);
    if (list.length == 0)
        return error_set(error, EINVAL, "is \"%s\", which has no number", text);
    *ret_list = list;
    return 0;
}

bool number_list_has(const struct number_list *list, unsigned number)
{
    return list->words[number / NUMBER_LIST_WORD_BITS] >> number % NUMBER_LIST_WORD_BITS & 1;
}
