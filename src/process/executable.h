/* SPDX-License-Identifier: Apache-2.0 */
/* What a program file needs, to say why the kernel does not execute it. */
#ifndef PROCESS_EXECUTABLE_H
#define PROCESS_EXECUTABLE_H

#include "base/error.h"

/* Says why execve(2) of path failed with code (positive): what is missing is the file, the interpreter that
 * it needs or that its first line asks for, a permission, or it is made for another machine. Returns -code.
 */
int executable_explain(const char *path, int code, struct error *error);

#endif
