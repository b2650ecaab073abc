/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step in other namespaces than the caller's. It is taken by a helper process that shares the caller's
 * memory and descriptors while the caller is suspended (vfork(2)), so that nothing has to be sent back, and
 * that is gone when this returns. Its namespaces, root and working directory are its own.
 */
#ifndef BASE_HELPER_H
#define BASE_HELPER_H

#include "base/error.h"

/* Calls function(argument, error) in the helper and returns what it returns. */
int helper_run(int (*function)(void *argument, struct error *error), void *argument,
               struct error *error) MUST_USE;

#endif
