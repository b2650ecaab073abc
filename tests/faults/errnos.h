/* SPDX-License-Identifier: Apache-2.0 */
/* Which errors each system call may plausibly report. */
#ifndef ERRNOS_H
#define ERRNOS_H

#include <stdbool.h>
#include <stdint.h>

struct call_errnos {
    long number;
    const char *name;
    bool (*applies)(
        const uint64_t *arguments); /* NULL: to every call of the number that no row above is for */
    bool is_made;                   /* it has its effect although it fails: close(2) */
    int retried;                    /* the errno after which it has to be made again; 0: none */
    int codes[16];                  /* up to the first 0 */
};

/* The row for a call, or NULL for one that the table doesn't know. */
const struct call_errnos *errnos_of_call(long number, const uint64_t *arguments);

#endif
