/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of CPUs and memory nodes. */
#ifndef PROCESS_NUMBER_LIST_H
#define PROCESS_NUMBER_LIST_H

#include "base/error.h"

#define NUMBER_LIST_BITS 8192 /* the most CPUs that a kernel can be configured for */
#define NUMBER_LIST_WORD_BITS (8 * sizeof(unsigned long))

/* A bit a number, as sched_setaffinity(2) and set_mempolicy(2) take them. */
struct number_list {
    unsigned long words[NUMBER_LIST_BITS / NUMBER_LIST_WORD_BITS];
};

/* Parses a list in the format of cpuset(7), "0-3,7"; as in runc there may be spaces and tabs around an element, and
 * empty elements. EINVAL: it isn't one, or names no number; ERANGE: one is NUMBER_LIST_BITS or above. */
int number_list_parse(const char *text, struct number_list *ret_list, struct error *error) MUST_USE;

#endif
