/* SPDX-License-Identifier: Apache-2.0 */
/* The calling thread's effective capabilities (capabilities(7)). */
#ifndef KERNEL_PRIVILEGE_H
#define KERNEL_PRIVILEGE_H

#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>

/* Whether it has all of them: bits of CAP_… numbers below 32. A kernel that doesn't tell is an error, and no answer: root
 * would be taken for an ordinary user, and be started, and cleaned up after, in another way. */
int privilege_find(uint32_t capabilities, bool *ret_has, struct error *error) MUST_USE;

#endif
