/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of CPUs and memory nodes (cpuset(7), List format), as the kernel takes them: blanks and empty elements count for
 * nothing. */
#include "config/check.h"

#include <ctype.h>
#include <string.h>

/* Takes the number that *list begins with. false: there is none, or it is too large. */
static bool take_number(const char **list, unsigned long maximum, unsigned long *ret_number)
{
    char *end;

    if (!isdigit((unsigned char)**list))
        return false;
    errno = 0;
    *ret_number = strtoul(*list, &end, 10);
    *list = end;
    return errno == 0 && *ret_number <= maximum;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " ");
}

/* Takes "3" or "3-5" and what separates it from the next. */
static bool take_range(const char **list, unsigned long maximum)
{
    unsigned long first, last;

    if (!take_number(list, maximum, &first))
        return false;
    last = first;
    if (**list == '-') {
        (*list)++;
        if (!take_number(list, maximum, &last))
            return false;
    }
    *list = skip_blanks(*list);
    return last >= first && (**list == ',' || **list == '\0');
}

int check_number_list(const char *list, unsigned int maximum, struct error *error)
{
    const char *at = list;
    bool empty = true;

    for (;;) {
        at += strspn(at, " ,");
        if (!*at)
            break;
        if (!take_range(&at, maximum))
            return error_set(error, EINVAL,
                             "is \"%s\", but must be a list of numbers up to %u, such as 0-3,7", list,
                             maximum);
        empty = false;
    }
    return empty ? error_set(error, EINVAL, "is \"%s\", which has no number", list) : 0;
}
