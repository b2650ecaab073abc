/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What --log and --log-format ask for, in the two forms of runc, in which podman, conmon and containerd look for the last
 * error:
 *
 *     time="2024-05-01T10:00:00Z" level=error msg="container \"web\" does not exist"
 *     {"level":"error","msg":"container \"web\" does not exist","time":"2024-05-01T10:00:00Z","errno":"ENOENT"}
 *
 * JSON without a file goes to standard error, instead of the lines for people.
 */
#ifndef CLI_LOG_H
#define CLI_LOG_H

#include "base/error.h"
#include <stdbool.h>

enum log_format { LOG_TEXT, LOG_JSON };

/* "text", "json"; in the order of the enumeration, ended by NULL. */
extern const char *const log_format_names[];

/* Opens the file for appending; it stays open until the end. NULL: no file. */
int log_open(const char *path, enum log_format format, struct error *error) MUST_USE;

/* Whether standard error belongs to the log: errors, warnings and hazards may not be written there for people. */
bool log_has_standard_error(void);

/* One line; level is "error", "warning" or "debug". Without a log it does nothing. A log that can't be written to
 * doesn't keep a container from running. */
void log_line(const char *level, const char *message);

/* An error: its line, and in JSON what it is made of, under the names of its members. */
void log_error(const struct error *error, const char *line);

/* The same for a hazard of a plan. */
void log_hazard(const char *id, const char *place, const char *text);

#endif
