/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one internal convention for errors. A function that can fail takes a `struct error *` as its last
 * parameter and returns 0 or a negative errno; on failure it has filled the error, on success it has left it
 * alone. On the way up each caller may add what it knows: the place in the configuration, what to do.
 *
 *     config.json:12: mounts[3] (/data): cannot open the source /srv/data: open_tree: ENOENT (No such file
 *     or directory); create it on the host, or correct "source"
 *     ^ place                            ^ message                         ^ call ^ code   ^ hint
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/cleanup.h"
#include <stddef.h>

struct error {
    int code;     /* errno of the failure, as a positive number */
    char *place;  /* where in the configuration, outermost first; NULL if it is not from there */
    char *text;   /* what was tried, and on what */
    char *call;   /* the system call or library function that failed; NULL if none did */
    char *kernel; /* what the kernel itself logged on the file system context; NULL if nothing */
    char *hint;   /* what to do about it; NULL if that is not known */
};

/* Releases what the error holds and makes it empty again. */
void error_clear(struct error *error);

#define CLEANUP_ERROR CLEANUP(error_clear)

/* A failure that no system call reported. Returns -code. */
int error_set(struct error *error, int code, const char *format, ...) PRINTF(3, 4);

/* A failure of a system call. code is its errno, either sign. Returns -code. */
int error_call(struct error *error, int code, const char *call, const char *format, ...) PRINTF(4, 5);

/* Out of memory. Returns -ENOMEM. */
int error_memory(struct error *error);

/* Adds a place in front of the places that are known already ("config.json:12", then "mounts[3]"). */
void error_place(struct error *error, const char *format, ...) PRINTF(2, 3);

/* Sets what to do about it, unless a deeper caller knew better. */
void error_hint(struct error *error, const char *format, ...) PRINTF(2, 3);

/* Adds what the kernel logged. */
void error_kernel(struct error *error, const char *log);

/* One line without a newline, which the caller frees; NULL when memory is short. */
char *error_format(const struct error *error);

/* "ENOENT" for ENOENT; "errno 4711" for a number that has no name. Static or thread-local memory. */
const char *error_name(int code);

/* The error as bytes for another process, and back again. The caller frees *ret_bytes. Of bytes that are no error, or one
 * without a code, EPROTO is made. */
int error_pack(const struct error *error, char **ret_bytes, size_t *ret_length) MUST_USE;
void error_unpack(struct error *error, const char *bytes, size_t length);

#endif
