/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of CPUs and memory nodes, for who checks them and for who carries them out. */
#ifndef CONFIG_NUMBER_LIST_H
#define CONFIG_NUMBER_LIST_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

#define NUMBER_LIST_BITS 8192 /* the most CPUs that a kernel can be configured for */
#define NUMBER_LIST_WORD_BITS (8 * sizeof(unsigned long))

/* A bit a number, as sched_setaffinity(2) and set_mempolicy(2) take them. */
struct number_list {
    size_t length; /* one more than the largest number */
    unsigned long words[NUMBER_LIST_BITS / NUMBER_LIST_WORD_BITS];
};

/* Parses a list in the format of cpuset(7), "0-3,7"; as in runc there may be spaces and tabs around an element, and
 * empty elements. maximum is below NUMBER_LIST_BITS. EINVAL: it isn't one, names no number or one above the maximum; the
 * place is left to the caller. */
int number_list_parse(const char *text, unsigned maximum, struct number_list *ret_list,
                      struct error *error) MUST_USE;

/* Whether a number below NUMBER_LIST_BITS is in it. */
bool number_list_has(const struct number_list *list, unsigned number);

#endif
