/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what changes the whole process run in a child of their own. */
#ifndef UNIT_CHILD_H
#define UNIT_CHILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_FAILED 99
#define CHILD_SKIPPED 98

/* Ends the child as failed, and says where. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, strerror(errno));            \
            _exit(CHILD_FAILED);                                                                             \
        }                                                                                                    \
    } while (0)

/* Ends the child as skipped, and says why. */
#define SKIP_UNLESS(condition, reason)                                                                       \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "skipped: %s\n", reason);                                                        \
            _exit(CHILD_SKIPPED);                                                                            \
        }                                                                                                    \
    } while (0)

/* CHECK for a function that fills an error. */
#define CHECK_OK(call, error)                                                                                \
    do {                                                                                                     \
        if ((call) < 0) {                                                                                    \
            char *line_ = error_format(error);                                                               \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, line_ ? line_ : "out of memory");             \
            free(line_);                                                                                     \
            _exit(CHILD_FAILED);                                                                             \
        }                                                                                                    \
    } while (0)

/* Whether the error's line contains the text; shows the line if not. */
static inline bool error_says(const struct error *error, const char *text)
{
    CLEANUP_FREE char *line = error_format(error);
    bool found = line && strstr(line, text);

    if (!found)
        fprintf(stderr, "\"%s\" is not in \"%s\"\n", text, line ? line : "");
    return found;
}

/* The wait status of body in a child. A test that hangs is ended after half a minute, or HOLDFAST_TEST_SECONDS. */
static inline int child_status(void (*body)(const void *), const void *argument)
{
    const char *seconds = getenv("HOLDFAST_TEST_SECONDS");
    int status;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(seconds ? (unsigned)atoi(seconds) : 30);
        body(argument);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* Runs body in a child, which has to end with 0; skips the test if the child did. */
static inline void in_child(void (*body)(const void *), const void *argument)
{
    int status = child_status(body, argument);

    if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_SKIPPED)
        skip();
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#endif
